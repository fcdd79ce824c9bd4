//! Names that would turn a topic into somebody else's (promise MQ-1, fault F11). The judge is the broker: it must never
//! be asked for anything but the exact topics of the one honest printer.

use crate::support::{Shop, Stub, open_engine};
use platen_protocol::cloud::Mode;
use serde_json::json;
use std::collections::BTreeSet;

/// At least 200 names that must be refused, from the parts of the list of topic segments.
fn hostile() -> Vec<String> {
    let marks = [
        "+", "#", "/", "|", "\0", "\u{1}", "\n", "\r", "\t", "\u{7f}", "\u{85}", "\u{feff}", "\u{202e}", "\u{202a}",
        "\u{2066}", "\u{2069}", "\u{200b}", "\u{200e}", "\u{200f}", "\u{2028}", "\u{00ad}", "\u{061c}",
    ];
    let mut names = BTreeSet::new();
    for mark in marks {
        for frame in [
            ("", ""),
            ("SN", ""),
            ("", "SN"),
            ("SN", "123"),
            ("a", "b/+/c"),
            ("../", ""),
            ("ร้าน", "1"),
            ("打印", "机"),
            ("%2F", "x"),
            (" ", " "),
        ] {
            names.insert(format!("{}{mark}{}", frame.0, frame.1));
        }
    }
    for name in ["", "$SYS", "$share/g/x", "$", "a/b", "a|b", "+/+", "#/x", "sim_tenant/sim_user/SN", "SN/up/state"] {
        names.insert(name.to_owned());
    }
    for length in [129, 130, 256, 1024, 4096, 65_536] {
        names.insert("x".repeat(length));
    }
    // 129 bytes in 43 characters.
    names.insert("机".repeat(43));
    names.into_iter().collect()
}

/// Names that look odd and are harmless: each is a device of its own.
const HONEST: [&str; 8] = ["..", "a%2Fb", "%2b", "sn", "SN", "é", "e\u{301}", "a b"];

fn filters(shop: &Shop) -> Vec<String> {
    shop.world.asked().unwrap().into_iter().map(|asked| asked.filter).collect()
}

#[tokio::test]
async fn hostile_serial_numbers_are_refused_before_anybody_is_asked() {
    let names = hostile();
    assert!(names.len() >= 200, "{}", names.len());
    let shop = Shop::open().await;
    shop.bind().await;
    let (asked, binds) = (filters(&shop), shop.world.troubles().count(platen_sim::Call::Bind));
    for name in &names {
        let refused = shop.engine.bind(name, None, None, None).await.unwrap_err();
        assert_eq!(refused.code, "name_refused", "{name:?}");
        assert!(!refused.message.contains(name.as_str()) || name.len() < 4, "{name:?} is told back as it came");
        assert_eq!(shop.engine.refresh_printer(name).await.unwrap_err().code, "printer_unknown");
        assert_eq!(shop.engine.control(name, "reboot").await.unwrap_err().code, "printer_unknown");
    }
    assert_eq!(shop.world.troubles().count(platen_sim::Call::Bind), binds);
    assert_eq!(filters(&shop), asked);
}

#[tokio::test]
async fn hostile_owners_in_a_profile_are_refused_with_their_line() {
    let shop = Shop::open().await;
    let toml = shop.world.profile(Mode::Direct).to_toml();
    let honest = |key: &str, value: &str| format!("{key} = \"{value}\"");
    for (key, value) in [("tenantCode", "sim_tenant"), ("userName", "sim_user")] {
        assert!(toml.contains(&honest(key, value)), "{toml}");
        for name in hostile() {
            let quoted: String = name.chars().map(|c| format!("\\U{:08X}", u32::from(c))).collect();
            let spoilt = toml.replace(&honest(key, value), &honest(key, &quoted));
            let refused = shop.engine.use_profile(&spoilt, None, true).await.unwrap_err();
            assert_eq!(refused.code, "profile_invalid", "{name:?}");
            assert!(refused.message.starts_with("Line "), "{refused:?}");
        }
    }
    // The profile that was there is still in use.
    let kept = shop.engine.profile().await.unwrap().unwrap().profile;
    assert_eq!(kept, shop.world.profile(Mode::Direct));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_owners_in_the_platforms_answers_bind_nothing() {
    let shop = Shop::open().await;
    let honest = shop.bind().await;
    let asked = filters(&shop);
    let answer = |tenant: &str, user: &str| {
        json!({ "appAuthCode": "code", "token": "token", "expiresIn": 3600, "tenantCode": tenant, "userName": user })
            .to_string()
            .into_bytes()
    };
    let mut answers = Vec::new();
    for name in hostile().into_iter().filter(|name| !name.is_empty()) {
        answers.push((format!("tenant {name:.20?}"), answer(&name, "user")));
        answers.push((format!("user {name:.20?}"), answer("tenant", &name)));
    }
    // Half a surrogate pair is no text at all.
    let broken = br#"{"appAuthCode":"c","token":"t","expiresIn":60,"tenantCode":"\ud800","userName":"u"}"#;
    answers.push(("half a character".to_owned(), broken.to_vec()));
    for (what, body) in answers {
        let stub = Stub::answering(body).await;
        let url = stub.url();
        shop.change_profile(|profile| profile.http.base_url = url).await;
        let refused = shop.engine.bind("SN-OF-A-LIAR", None, None, None).await.unwrap_err();
        assert!(
            ["owner_not_allowed", "cloud_answer_unreadable"].contains(&refused.code.as_ref()),
            "{what}: {refused:?}"
        );
    }
    let bound: Vec<_> = shop.engine.printers().await.unwrap().into_iter().map(|printer| printer.row.sn).collect();
    assert_eq!(bound, std::slice::from_ref(&honest));
    // The honest printer was restarted with each profile; it asks for its own topics, and for nothing else.
    let own: BTreeSet<_> = asked.iter().filter(|filter| filter.contains(&honest)).cloned().collect();
    let ours = shop.world.asked().unwrap().into_iter().filter(|asked| asked.client_id.starts_with("platen-"));
    for asked in ours {
        assert!(own.contains(&asked.filter) && asked.granted, "{asked:?}");
    }
}

#[tokio::test]
async fn odd_but_harmless_names_keep_to_themselves() {
    let shop = Shop::open().await;
    let broker =
        platen_sim::broker::Broker::start(0, 1 << 20, std::sync::Arc::new(platen_sim::broker::OpenGate)).await.unwrap();
    let answer = json!({ "appAuthCode": "code", "token": "token", "expiresIn": 3600 });
    let stub = Stub::answering(answer.to_string().into_bytes()).await;
    let (url, port) = (stub.url(), broker.port());
    shop.change_profile(|profile| {
        profile.http.base_url = url;
        profile.mqtt.port = port;
    })
    .await;
    for sn in HONEST {
        shop.engine.bind(sn, None, None, None).await.unwrap();
        shop.until_ready(sn).await;
    }
    let asked: BTreeSet<_> = broker.asked().into_iter().map(|asked| asked.filter).collect();
    assert_eq!(asked.len(), 5 * HONEST.len());
    for sn in HONEST {
        assert_eq!(asked.iter().filter(|filter| filter.split('/').nth(3) == Some(sn)).count(), 5, "{sn:?}");
    }
    assert!(asked.iter().all(|filter| !filter.contains(['+', '#'])));
}

#[tokio::test]
async fn a_stored_name_that_turned_hostile_starts_nothing() {
    // A database that somebody wrote into: the name is checked again before a topic is made of it.
    let shop = Shop::open().await;
    let sn = shop.bind().await;
    let (world, clock, folder) = shop.close().await;
    let data = folder.path().join("data");
    {
        let dir = platen_store::DataDir::open(&data).unwrap();
        let store = platen_store::Store::open(&dir).await.unwrap();
        let mut row = store.printer(&sn).await.unwrap();
        row.user = "+".to_owned();
        store.save_printer(&row).await.unwrap();
        store.close().await.unwrap();
    }
    let before = world.asked().unwrap().len();
    let engine = open_engine(&data, clock).await.unwrap();
    assert_eq!(engine.refresh_printer(&sn).await.unwrap_err().code, "name_refused");
    assert_eq!(world.asked().unwrap().len(), before);
    engine.close().await;
}
