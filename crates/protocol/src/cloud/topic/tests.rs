use super::*;

fn owner() -> Owner {
    Owner { tenant_code: Segment::new("tenant_a").unwrap(), user_name: Segment::new("owner_user").unwrap() }
}

#[test]
fn all_eleven_tails_round_trip_and_strange_ones_are_kept() {
    let sn = Segment::new("SN123456").unwrap();
    for tail in Tail::ALL.into_iter().chain([Tail::Other("up/new/thing".to_owned())]) {
        let topic = Topic::new(TopicPrefix::Devices, &owner(), &sn, tail);
        assert_eq!(Topic::parse(&topic.to_string()), Ok(topic));
    }
}

#[test]
fn c_6_both_prefixes_are_read_and_only_the_profiles_one_is_subscribed() {
    let topic = Topic::parse("device/tenant_a/owner_user/SN123456/up/state").unwrap();
    assert_eq!((topic.prefix, topic.tail.clone()), (TopicPrefix::Device, Tail::State));
    assert_eq!(topic.owner(), owner());
    let mut profile = Profile::sample("t", "http://localhost", "localhost", 1883);
    let sn = Segment::new("SN123456").unwrap();
    let wanted = ["up/state", "up/print/ack", "up/upgrade/ack", "up/control/ack", "up/event"];
    for (prefix, name) in [(TopicPrefix::Devices, "devices"), (TopicPrefix::Device, "device")] {
        profile.mqtt.prefix = prefix;
        assert_eq!(
            filters(&profile, &owner(), &sn),
            wanted.map(|t| format!("{name}/tenant_a/owner_user/SN123456/{t}"))
        );
    }
}

#[test]
fn c_7_at_most_one_leading_slash_is_dropped() {
    assert_eq!(message_type("up/state"), Tail::State);
    assert_eq!(message_type("/up/state"), Tail::State);
    assert_eq!(message_type("//up/state"), Tail::Other("/up/state".to_owned()));
    assert_eq!(message_type("UP/STATE"), Tail::Other("UP/STATE".to_owned()));
}

/// Names that would change what a topic means, or that look like another name (promise MQ-1, fault F11).
pub(crate) fn hostile_names() -> Vec<String> {
    let long = "x".repeat(65_536);
    let seeds =
        ["+", "#", "/", "|", "\0", "\u{FEFF}", "\u{202E}", "\u{7}", "\u{200B}", "\u{85}", "\t", "\r\n", "\u{2066}"];
    let mut names: Vec<String> = ["", "$SYS", "$share", "$", "a/b", "a|b", long.as_str()].map(str::to_owned).to_vec();
    for seed in seeds {
        for (before, after) in
            [("", ""), ("a", ""), ("", "b"), ("a", "b"), ("..", ".."), ("ร้าน", "店"), ("%2F", "e\u{301}")]
        {
            names.push(format!("{before}{seed}{after}"));
            names.push(format!("{before}{seed}{seed}{after}"));
        }
        names.push(format!("$SYS{seed}"));
    }
    names.extend((129..140).map(|length| "y".repeat(length)));
    names.extend((43..46).map(|count| "ร".repeat(count)));
    names
}

#[test]
fn c_20_two_hundred_hostile_names_never_become_a_topic() {
    let names = hostile_names();
    assert!(names.len() >= 200, "{}", names.len());
    for name in names {
        assert!(Segment::new(name.as_str()).is_err(), "{name:?}");
        for topic in [
            format!("devices/{name}/u/SN1/up/state"),
            format!("devices/t/{name}/SN1/up/state"),
            format!("devices/t/u/{name}/up/state"),
        ] {
            // A slash moves the levels: then the tail is not the one that was meant.
            assert!(Topic::parse(&topic).map_or(true, |read| read.tail != Tail::State), "{topic:?}");
        }
        assert!(Topic::parse(&format!("{name}/t/u/SN1/up/state")).is_err());
    }
}

#[test]
fn topics_that_are_none_of_ours_are_refused() {
    for (text, error) in [
        ("", TopicError::Prefix),
        ("printers/t/u/s/up/state", TopicError::Prefix),
        ("/devices/t/u/s/up/state", TopicError::Prefix),
        ("devices/t/u/s", TopicError::TooShort),
        ("devices/t/u", TopicError::TooShort),
        ("devices//u/s/up/state", TopicError::Level),
        ("devices/t/u/s/", TopicError::Level),
        ("devices/t/u/s/up/#", TopicError::Level),
        ("devices/t/+/s/up/state", TopicError::Level),
    ] {
        assert_eq!(Topic::parse(text), Err(error), "{text:?}");
    }
    assert_eq!(Topic::parse(&format!("devices/{}", "a/".repeat(600))), Err(TopicError::TooLong));
}
