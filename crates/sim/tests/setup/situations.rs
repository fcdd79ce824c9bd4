//! The situations: a device with its faults, what a person does, and how it must end.

use platen_model::Secret;
use platen_protocol::provisioning::esp::Scheme;
use platen_protocol::provisioning::machines::{HandOver, Plan};
use platen_sim::air::Peripheral;
use platen_sim::air::setup::{EspDevice, EspPrinter, Faults, Hotspot, ImprovPrinter, Place, SerialPrinter, Unboxed};
use std::time::Duration;

pub(crate) enum Device {
    Improv(ImprovPrinter),
    Esp(EspPrinter),
    Serial(SerialPrinter),
    /// A cable with nothing behind it that answers.
    DeadLine,
    AccessPoint {
        device: EspDevice,
        gone_at: Option<u32>,
    },
}

impl Device {
    pub(crate) fn peripheral(&mut self) -> &mut dyn Peripheral {
        match self {
            Self::Improv(device) => device,
            Self::Esp(device) => device,
            _ => panic!("no Bluetooth device"),
        }
    }
}

pub(crate) struct Situation {
    pub(crate) name: &'static str,
    pub(crate) says: &'static str,
    pub(crate) device: Device,
    pub(crate) plan: Plan,
    pub(crate) header: Vec<(&'static str, String)>,
    /// On the first event that begins so, after so many milliseconds, this.
    pub(crate) script: Vec<(&'static str, u64, &'static str)>,
    /// Events that must be told, in this order.
    pub(crate) must: Vec<&'static str>,
    pub(crate) end: &'static str,
}

const HOME: &str = "user joins \"home\" wpa2 \"correct horse\"";
const WRONG: &str = "user joins \"home\" wpa2 \"wrong horse\"";
const JOINED: &str = "joined see http://127.0.0.1/";
const AT: &str = "joined at 127.0.0.1";

impl Situation {
    fn new(name: &'static str, says: &'static str, device: Device) -> Self {
        let seed = [9; 32];
        let header = vec![("seed", hex::encode(seed))];
        let script = vec![("choose", 0, HOME)];
        Self { name, says, device, plan: Plan::new(seed), header, script, must: vec!["joining"], end: JOINED }
    }

    fn person(mut self, script: &[(&'static str, u64, &'static str)]) -> Self {
        self.script = script.to_vec();
        self
    }

    fn must(mut self, must: &[&'static str], end: &'static str) -> Self {
        (self.must, self.end) = (must.to_vec(), end);
        self
    }

    fn code(mut self, code: &str) -> Self {
        self.plan.code = Some(Secret::new(code.as_bytes().to_vec()));
        self.header.retain(|(name, _)| *name != "code");
        self.header.push(("code", code.to_owned()));
        self
    }

    fn promised(mut self, scheme: Scheme, number: &str) -> Self {
        self.plan.promised = Some(scheme);
        self.header.push(("promised", number.to_owned()));
        self
    }

    fn sent_before(mut self) -> Self {
        self.plan.already_sent = true;
        self.header.push(("already-sent", "yes".to_owned()));
        self
    }

    fn developer(mut self) -> Self {
        self.plan.allow_zero = true;
        self.header.push(("allow-zero", "yes".to_owned()));
        self
    }

    fn token(mut self, token: &str) -> Self {
        self.header.push(("hand-over", format!("platen-bind {token} cloud.example")));
        self.plan.hand_over = Some(HandOver {
            endpoint: "platen-bind".to_owned(),
            token: Secret::from(token),
            host: "cloud.example".to_owned(),
        });
        self
    }
}

fn box_with(faults: Faults) -> Unboxed {
    Unboxed::new("PROV_01B1E8", "SN0001").with(faults)
}

fn improv(name: &'static str, says: &'static str, faults: Faults) -> Situation {
    Situation::new(name, says, Device::Improv(ImprovPrinter::new(box_with(faults))))
}

fn improv_in(name: &'static str, says: &'static str, place: Place) -> Situation {
    let printer = Unboxed { place, ..box_with(Faults::default()) };
    Situation::new(name, says, Device::Improv(ImprovPrinter::new(printer)))
}

fn serial(name: &'static str, says: &'static str, faults: Faults) -> Situation {
    Situation::new(name, says, Device::Serial(SerialPrinter::new(box_with(faults))))
}

fn esp(name: &'static str, says: &'static str, scheme: u8, faults: Faults) -> Situation {
    let device = EspDevice::new(box_with(faults), scheme);
    Situation::new(name, says, Device::Esp(EspPrinter::new(device))).code("abcd1234").must(&["joining", "sent"], AT)
}

fn access_point(name: &'static str, says: &'static str, scheme: u8, gone_at: Option<u32>) -> Situation {
    let device = EspDevice::new(box_with(Faults::default()), scheme);
    Situation::new(name, says, Device::AccessPoint { device, gone_at }).code("abcd1234").must(&["joining", "sent"], AT)
}

fn hotspot(ssid: &[u8], hidden: bool, rssi: i8) -> Hotspot {
    Hotspot { ssid: ssid.to_vec(), passphrase: b"correct horse".to_vec(), auth: 3, channel: 6, rssi, hidden }
}

pub(crate) fn situations() -> Vec<Situation> {
    [over_improv(), over_improv_faulty(), over_cable(), over_esp(), over_esp_faulty(), over_access_point()]
        .into_iter()
        .flatten()
        .collect()
}

fn over_improv() -> Vec<Situation> {
    let sound = Faults::default;
    vec![
        improv("improv-joins", "The usual way.", sound())
            .must(&["session", "device not encrypted, blinks", "networks \"home\" wpa2 -52", "sent", "trying"], JOINED),
        improv("improv-open-network", "An open network has no password, and none is asked for.", sound())
            .person(&[("choose", 0, "user joins \"cafe\" open")])
            .must(&["sent"], JOINED),
        improv("improv-enterprise", "A network with user names is refused here; nothing is sent.", sound())
            .person(&[("choose", 0, "user joins \"office\" enterprise \"whatever\""), ("not taken", 0, HOME)])
            .must(&["not taken ENTERPRISE", "sent"], JOINED),
        improv("improv-short-password", "A password of seven characters is refused here; nothing is sent.", sound())
            .person(&[("choose", 0, "user joins \"home\" wpa2 \"1234567\""), ("not taken", 0, HOME)])
            .must(&["not taken BAD-LENGTH", "sent"], JOINED),
        improv_in(
            "improv-name-in-bytes",
            "A network's name that is no UTF-8 goes out as it came in.",
            Place { hotspots: vec![hotspot(b"\xbc\xd2\xd6\xd0", false, -50)] },
        )
        .person(&[("choose", 0, "user joins xbcd2d6d0 wpa2 \"correct horse\"")])
        .must(&["networks xbcd2d6d0 wpa2", "sent"], JOINED),
        improv_in(
            "improv-hidden-network",
            "A network that hides its name is typed in.",
            Place::flat().and(hotspot(b"secret place", true, -50)),
        )
        .person(&[("choose", 0, "user joins \"secret place\" unknown \"correct horse\"")])
        .must(&["sent"], JOINED),
        improv_in("improv-no-networks", "The printer sees nothing; a name can still be typed in.", Place::default())
            .person(&[("choose", 0, "user cancels")])
            .must(&["no networks", "choose"], "failed CANCELLED"),
        improv("improv-look-again", "Looking again, and letting it blink.", sound())
            .person(&[("networks", 2_000, "user identifies"), ("choose", 3_000, "user rescans"), ("choose", 0, HOME)])
            .must(&["networks", "choose", "networks", "choose", "sent"], JOINED),
        improv("improv-cancelled", "Stopped while choosing.", sound())
            .person(&[("choose", 0, "user cancels")])
            .must(&["choose"], "failed CANCELLED"),
        improv("improv-cancelled-while-joining", "Stopped while it joins.", sound())
            .person(&[("choose", 0, HOME), ("trying", 100, "user cancels")])
            .must(&["trying"], "failed CANCELLED"),
        improv("improv-nobody-chooses", "Nobody chooses within ten minutes.", sound())
            .person(&[])
            .must(&["choose"], "failed EXPIRED"),
        improv(
            "improv-button",
            "It must be authorised, and somebody presses its button.",
            Faults { button: Some(Some(Duration::from_secs(20))), ..sound() },
        )
        .must(&["authorise", "press the button within 60 s", "networks", "sent"], JOINED),
        improv(
            "improv-button-never",
            "Nobody presses the button: armed again twice, then over.",
            Faults { button: Some(None), ..sound() },
        )
        .must(
            &[
                "press the button within 60 s",
                "press the button within 60 s, again",
                "press the button within 60 s, again",
            ],
            "failed AUTH-TIMEOUT",
        ),
        improv(
            "improv-button-again",
            "Its authorisation runs out while somebody looks for the password.",
            Faults {
                button: Some(Some(Duration::from_secs(5))),
                authorised_for: Some(Duration::from_secs(30)),
                ..sound()
            },
        )
        .person(&[("choose", 60_000, "user cancels")])
        .must(&["choose", "authorise", "press the button"], "failed CANCELLED"),
        improv("improv-no-list", "It cannot list networks.", Faults { no_scan: true, ..sound() })
            .must(&["networks not listed", "sent"], JOINED),
        improv("improv-version-1", "Its version tells no capabilities.", Faults { old: true, ..sound() })
            .must(&["device not encrypted", "networks not listed", "sent"], JOINED),
        improv("improv-few-words", "It says less about itself than it should.", Faults { few_words: true, ..sound() })
            .must(&["device", "sent"], JOINED),
    ]
}

fn over_improv_faulty() -> Vec<Situation> {
    let sound = Faults::default;
    let twice = [("choose", 0, WRONG), ("not joined", 0, HOME)];
    vec![
        improv("improv-wrong-password", "State before error; the second password is right.", sound())
            .person(&twice)
            .must(&["trying", "not joined REFUSED", "choose", "sent", "trying"], JOINED),
        improv("improv-error-before-state", "The error comes first.", Faults { error_first: true, ..sound() })
            .person(&twice)
            .must(&["not joined REFUSED", "sent"], JOINED),
        improv(
            "improv-error-long-before-state",
            "The error comes long before the state.",
            Faults { error_first: true, apart: Duration::from_secs(3), ..sound() },
        )
        .person(&[("choose", 0, WRONG), ("not joined", 5_000, HOME)])
        .must(&["not joined REFUSED", "sent"], JOINED),
        improv(
            "improv-error-never-told",
            "The error is only kept; it is read after the state went back.",
            Faults { error_kept: true, apart: Duration::ZERO, ..sound() },
        )
        .person(&twice)
        .must(&["not joined REFUSED", "sent"], JOINED),
        improv("improv-not-found", "There is no such network; Improv has the same word for it.", sound())
            .person(&[("choose", 0, "user joins \"gone\" wpa2 \"correct horse\""), ("not joined", 0, "user cancels")])
            .must(&["not joined REFUSED"], "failed CANCELLED"),
        improv_in(
            "improv-weak-signal",
            "Refused far from the router.",
            Place { hotspots: vec![hotspot(b"home", false, -84)] },
        )
        .person(&[("choose", 0, WRONG), ("not joined", 0, "user cancels")])
        .must(&["not joined REFUSED, weak"], "failed CANCELLED"),
        improv("improv-endless", "It tries for ever; the time is ours.", Faults { endless: true, ..sound() })
            .person(&[("choose", 0, HOME), ("not joined", 0, "user cancels")])
            .must(&["trying", "still trying", "not joined JOIN-TIMEOUT"], "failed CANCELLED"),
        improv(
            "improv-lost-after-apply",
            "The link is gone after the credentials: sent, not confirmed.",
            Faults { lost_after_apply: true, ..sound() },
        )
        .must(&["sent", "trying"], "sent, not confirmed"),
        improv("improv-lost-early", "The link is gone while it lists.", Faults { lost_at_write: Some(2), ..sound() })
            .must(&["networks"], "failed LINK-LOST"),
        improv(
            "improv-lost-between-pieces",
            "The link is gone before the last piece of the command: nothing was sent.",
            Faults { lost_at_write: Some(3), mtu: 23, ..sound() },
        )
        .must(&["joining"], "failed LINK-LOST"),
        improv(
            "improv-late-answer",
            "The write is answered never: it joins, and the link ends. Not a failure, and not sent again.",
            Faults { late_answer: true, ..sound() },
        )
        .must(&["trying"], "joined"),
        improv(
            "improv-late-answer-wrong-password",
            "The write is answered after the failed try.",
            Faults { late_answer: true, ..sound() },
        )
        .person(&twice)
        .must(&["trying", "not joined REFUSED", "trying"], "joined"),
        improv("improv-mtu-23", "Twenty bytes at a time, both ways.", Faults { mtu: 23, ..sound() })
            .must(&["networks \"home\" wpa2 -52, \"cafe\" open -67, \"office\" enterprise -71", "sent"], JOINED),
        improv("improv-split", "Notifications of three bytes.", Faults { split: Some(3), ..sound() })
            .must(&["networks \"home\" wpa2 -52, \"cafe\" open -67, \"office\" enterprise -71", "sent"], JOINED),
        improv("improv-glued", "Two results in one notification.", Faults { glue: true, ..sound() })
            .must(&["networks \"home\" wpa2 -52, \"cafe\" open -67, \"office\" enterprise -71", "sent"], JOINED),
        improv("improv-mute", "It tells nothing by itself: its state is read.", Faults { mute: true, ..sound() })
            .must(&["sent"], JOINED),
        improv("improv-busy", "Somebody else is setting it up.", Faults { busy: true, ..sound() })
            .must(&["session"], "failed DEVICE-BUSY"),
        improv("improv-already-online", "It has joined already.", Faults { joined: true, ..sound() })
            .must(&["session"], "failed ALREADY-ONLINE"),
        improv("improv-no-address", "It joins and names no address.", Faults { no_address: true, ..sound() })
            .must(&["sent"], "joined"),
        improv(
            "improv-sent-before",
            "Connected again after the link was lost: it has joined meanwhile.",
            Faults { joined: true, ..sound() },
        )
        .sent_before()
        .must(&["joining"], "joined"),
        improv("improv-sent-before-in-vain", "Connected again: it did not join.", sound())
            .sent_before()
            .person(&[("not joined", 3_000, HOME)])
            .must(&["joining", "not joined REFUSED", "networks", "sent"], JOINED),
    ]
}

fn over_cable() -> Vec<Situation> {
    let sound = Faults::default;
    vec![
        serial("serial-joins", "Over a cable, between lines of a log.", sound())
            .must(&["session", "device not encrypted", "networks \"home\" wpa2 -52, \"cafe\" open -67"], JOINED),
        serial("serial-wrong-password", "Over a cable, the second password is right.", sound())
            .person(&[("choose", 0, WRONG), ("not joined", 0, HOME)])
            .must(&["not joined REFUSED", "sent"], JOINED),
        serial("serial-already-online", "Over a cable, it has joined already.", Faults { joined: true, ..sound() })
            .must(&["session"], "failed ALREADY-ONLINE"),
        serial("serial-endless", "Over a cable, it tries for ever.", Faults { endless: true, ..sound() })
            .person(&[("choose", 0, HOME), ("not joined", 0, "user cancels")])
            .must(&["still trying", "not joined JOIN-TIMEOUT"], "failed CANCELLED"),
        Situation::new("serial-silent", "Nothing on this cable answers.", Device::DeadLine)
            .must(&["session"], "failed NO-ANSWER"),
    ]
}

fn over_esp() -> Vec<Situation> {
    let sound = Faults::default;
    let list =
        "networks \"home\" wpa2 -52 channel 6, \"cafe\" open -67 channel 11, \"office\" enterprise -71 channel 1";
    vec![
        esp("esp2-joins", "The usual way, with security 2.", 2, sound())
            .must(&["session", "device encrypted, lists networks", list, "sent"], AT),
        esp(
            "esp2-old-nonce",
            "Firmware before security patch 1: the nonce stands still.",
            2,
            Faults { counting: false, ..sound() },
        ),
        esp("esp1-joins", "Security 1.", 1, sound()).must(&["device encrypted", list, "sent"], AT),
        esp("esp1-without-code", "Security 1 without a code.", 1, Faults { no_code: true, ..sound() }),
        esp(
            "esp1-plain-version",
            "Very old firmware: its version is a word, and it lists nothing.",
            1,
            Faults { old: true, ..sound() },
        )
        .must(&["networks not listed", "sent"], AT),
        esp("esp0-refused", "No security: refused without the developer's switch.", 0, sound())
            .must(&["session"], "failed DOWNGRADE"),
        esp("esp0-for-developers", "No security, behind the developer's switch.", 0, sound())
            .developer()
            .must(&["device not encrypted", list, "sent"], AT),
        {
            let mut place = Place::flat();
            for number in 0..9u8 {
                place = place.and(hotspot(&[b'n', b'0' + number], false, -60));
            }
            let device = EspDevice::new(Unboxed { place, ..box_with(sound()) }, 1);
            Situation::new(
                "esp1-many-networks",
                "Twelve networks, four an answer.",
                Device::Esp(EspPrinter::new(device)),
            )
            .code("abcd1234")
            .must(&["networks \"home\" wpa2 -52 channel 6, \"cafe\" open", "sent"], AT)
        },
        {
            let place = Place { hotspots: vec![hotspot(b"\xbc\xd2", true, -60)] };
            let device = EspDevice::new(Unboxed { place, ..box_with(sound()) }, 1);
            Situation::new(
                "esp1-hidden-bytes",
                "A hidden network whose name is no UTF-8.",
                Device::Esp(EspPrinter::new(device)),
            )
            .code("abcd1234")
            .person(&[("choose", 0, "user joins xbcd2 wpa2 \"correct horse\"")])
            .must(&["no networks", "sent"], AT)
        },
        esp(
            "esp2-undescribed",
            "Endpoints without descriptions are found by number.",
            2,
            Faults { undescribed: true, ..sound() },
        ),
        esp(
            "esp1-numbered",
            "Endpoints numbered from zero are found by description.",
            1,
            Faults { numbered: true, ..sound() },
        ),
        esp("esp1-no-list", "It cannot list networks.", 1, Faults { no_scan: true, ..sound() })
            .must(&["networks not listed", "sent"], AT),
        esp(
            "esp2-bind-token",
            "The bind token goes through the session, before the credentials.",
            2,
            Faults { bind_endpoint: Some("platen-bind".to_owned()), ..sound() },
        )
        .token("tok-1")
        .must(&["joining", "token taken as SN0001", "sent"], AT),
        esp(
            "esp2-token-too-long",
            "The bind token is longer than a write: the printer joins without it.",
            2,
            Faults { bind_endpoint: Some("platen-bind".to_owned()), ..sound() },
        )
        .token(&"t".repeat(700))
        .must(&["joining", "sent"], AT),
        esp("esp1-no-place-for-the-token", "It has no endpoint for the bind token.", 1, sound()).token("tok-1"),
        esp("esp1-enterprise", "A network with user names is refused here.", 1, sound())
            .person(&[("choose", 0, "user joins \"office\" enterprise \"x\""), ("not taken", 0, HOME)])
            .must(&["not taken ENTERPRISE", "sent"], AT),
    ]
}

fn over_esp_faulty() -> Vec<Situation> {
    let sound = Faults::default;
    let twice = [("choose", 0, WRONG), ("not joined", 0, HOME)];
    let typed = [("code", 0, "user types abcd1234"), ("choose", 0, HOME)];
    let end = [("choose", 0, HOME), ("not joined", 0, "user cancels")];
    vec![
        esp("esp2-wrong-code", "The proof is refused with error 04; the second code is right.", 2, sound())
            .code("abcd1235")
            .person(&typed)
            .must(&["code wrong", "networks", "sent"], AT),
        esp("esp1-wrong-code", "The same with security 1.", 1, sound())
            .code("abcd1235")
            .person(&typed)
            .must(&["code wrong", "networks", "sent"], AT),
        {
            let device = EspDevice::new(box_with(sound()), 2);
            Situation::new(
                "esp2-code-asked",
                "Nobody gave a code: it is asked for.",
                Device::Esp(EspPrinter::new(device)),
            )
            .person(&typed)
            .must(&["code needed", "networks", "sent"], AT)
        },
        {
            let device = EspDevice::new(box_with(sound()), 2);
            Situation::new("esp2-no-code", "Nobody knows the code.", Device::Esp(EspPrinter::new(device)))
                .person(&[])
                .must(&["code needed"], "failed CODE-MISSING")
        },
        esp(
            "esp2-downgrade",
            "The label promises security 2, the device asks for 1.",
            2,
            Faults { announces: Some(1), ..sound() },
        )
        .promised(Scheme::Two, "2")
        .must(&["session"], "failed DOWNGRADE"),
        esp(
            "esp1-other-scheme",
            "It announces another scheme than it speaks.",
            1,
            Faults { announces: Some(2), ..sound() },
        )
        .must(&["session"], "failed BROKEN-ANSWER"),
        esp(
            "esp1-unknown-scheme",
            "It announces a scheme that nobody knows.",
            1,
            Faults { announces: Some(7), ..sound() },
        )
        .must(&["session"], "failed NOT-SUPPORTED"),
        esp("esp2-busy", "It has a session with somebody else.", 2, Faults { busy: true, ..sound() })
            .must(&["session"], "failed DEVICE-BUSY"),
        esp("esp2-wrong-password", "Reset goes before the second password.", 2, sound())
            .person(&twice)
            .must(&["not joined REFUSED", "choose", "sent"], AT),
        esp("esp1-not-found", "There is no such network, then there is.", 1, sound())
            .person(&[("choose", 0, "user joins \"gone\" wpa2 \"correct horse\""), ("not joined", 0, HOME)])
            .must(&["not joined NOT-FOUND", "sent"], AT),
        esp(
            "esp1-endless",
            "It tries for ever; the time is ours, and reset makes it listen again.",
            1,
            Faults { endless: true, ..sound() },
        )
        .person(&end)
        .must(&["sent", "trying", "still trying", "not joined JOIN-TIMEOUT"], "failed CANCELLED"),
        esp(
            "esp2-lost-after-apply",
            "The link is gone with the answer to apply.",
            2,
            Faults { lost_after_apply: true, ..sound() },
        )
        .must(&["joining"], "sent, not confirmed"),
        esp("esp1-lost-early", "The link is gone while it lists.", 1, Faults { lost_at_write: Some(4), ..sound() })
            .must(&["networks"], "failed LINK-LOST"),
        esp(
            "esp1-no-control",
            "It cannot be reset: somebody must hold its button.",
            1,
            Faults { no_control: true, ..sound() },
        )
        .person(&[("choose", 0, WRONG), ("not joined REFUSED", 0, HOME), ("not joined NEEDS", 0, "user cancels")])
        .must(&["not joined REFUSED", "not joined NEEDS-RESET"], "failed CANCELLED"),
        esp(
            "esp2-answer-garbled-while-listing",
            "An answer is garbled: a new session, and the name is typed in.",
            2,
            Faults { garbled: Some(2), ..sound() },
        )
        .must(&["networks not listed", "choose", "sent"], AT),
        esp(
            "esp2-answer-garbled-while-joining",
            "An answer is garbled after apply: a new session watches on.",
            2,
            Faults { garbled: Some(6), ..sound() },
        ),
        esp("esp1-no-address", "It joins and gets no address.", 1, Faults { no_address: true, ..sound() })
            .must(&["sent"], "joined"),
        esp("esp1-sent-before-in-vain", "Connected again: it does nothing.", 1, sound())
            .sent_before()
            .person(&end)
            .must(&["joining", "trying", "not joined JOIN-TIMEOUT"], "failed CANCELLED"),
    ]
}

fn over_access_point() -> Vec<Situation> {
    let typed = [("code", 0, "user types abcd1234"), ("choose", 0, HOME)];
    vec![
        access_point("softap2-joins", "Over its own access point, with security 2.", 2, None),
        access_point("softap1-joins", "Over its own access point, with security 1.", 1, None),
        access_point("softap2-wrong-code", "The connection is closed at the proof: a wrong code.", 2, None)
            .code("abcd1235")
            .person(&typed)
            .must(&["code wrong", "sent"], AT),
        access_point("softap1-lost-early", "The access point is gone before the credentials.", 1, Some(5))
            .must(&["networks"], "failed LINK-LOST"),
        access_point("softap1-lost-after-apply", "The access point is gone when it joins.", 1, Some(9))
            .must(&["sent"], "sent, not confirmed"),
    ]
}
