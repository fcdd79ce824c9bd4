//! A set-up's dialogue as text: the steps of `.case` files, and what of it may be shown.
//!
//! ```text
//! > write! …/…8003 0404…      Bluetooth, as in `platen_model::transcript`
//! > send 494d50…    < bytes 494d50…                                          a cable
//! > POST prov-session cookie=session=1 0801…    < 200 cookie=session=1 0801…    < broken    < unreachable
//! < user joins "home" wpa2 "pass phrase"    < user types abcd1234    < user rescans    < user identifies    < user cancels
//! ! networks "home" wpa2 -50, x636166e9 open -70    ! not joined REFUSED    = joined at 192.168.1.7    = failed WRONG-CODE
//! ```
//!
//! [`shown`] is for everything that leaves the machine: writes that carry or may carry a pass phrase are shown as `*` and
//! their length. A session of security 1 gives a short code away to whoever guesses, so its credentials are hidden too.

use super::improv_carries_passphrase;
use super::{Progress, SetupEvent, SetupOutcome};
use crate::provisioning::esp::{Endpoint, Scheme};
use crate::provisioning::{Credentials, Obstacle, Security, Ssid};
use platen_model::gatt::Tree;
use platen_model::{GattRequest, HttpRequest, Secret, UserAnswer, transcript};

/// A request for somebody else's eyes. `tree` is the device's table: it tells which characteristic takes credentials.
pub fn shown(request: &GattRequest, tree: &Tree) -> String {
    let GattRequest::Write { at, bytes, confirmed } = request else { return transcript::request_text(request) };
    let described = tree.get(*at).and_then(|row| row.description.as_deref());
    let configures = match described {
        // Also what a maker added: a bind token goes there.
        Some(name) => Endpoint::named(name).is_none_or(|endpoint| endpoint == Endpoint::Config),
        None => Endpoint::Config
            .characteristic(&at.service.to_string())
            .is_some_and(|config| config == at.characteristic.to_string()),
    };
    if configures || improv_carries_passphrase(*at, bytes) {
        let sign = if *confirmed { "write!" } else { "write" };
        return format!("{sign} {} *{}", transcript::at_text(*at), bytes.len());
    }
    transcript::request_text(request)
}

/// An HTTP request, whole: for tests.
pub fn http_text(request: &HttpRequest) -> String {
    let endpoint = request.url.rsplit('/').next().unwrap_or_default();
    let cookie = request.headers.iter().find(|(name, _)| name == "cookie");
    let cookie = cookie.map(|(_, value)| format!("cookie={value} ")).unwrap_or_default();
    format!("POST {endpoint} {cookie}{}", hex::encode(&request.body))
}

/// An event.
pub fn event_text(event: &SetupEvent) -> String {
    match event {
        SetupEvent::Stage(stage) => stage.name().to_owned(),
        SetupEvent::Device(facts) => {
            let mut words = vec![if facts.encrypted { "encrypted" } else { "not encrypted" }.to_owned()];
            words.extend(facts.identify.then(|| "blinks".to_owned()));
            words.extend(facts.scan.then(|| "lists networks".to_owned()));
            words.extend(facts.name.iter().map(|name| format!("named {name}")));
            words.extend(facts.hardware.iter().map(|hardware| format!("hardware {hardware}")));
            words.extend(facts.firmware.iter().map(|firmware| format!("firmware {firmware}")));
            format!("device {}", words.join(", "))
        }
        SetupEvent::CodeNeeded { wrong: false } => "code needed".to_owned(),
        SetupEvent::CodeNeeded { wrong: true } => "code wrong".to_owned(),
        SetupEvent::PressButton { within, again } => {
            format!("press the button within {} s{}", within.as_secs(), if *again { ", again" } else { "" })
        }
        SetupEvent::Networks { listed: false, .. } => "networks not listed".to_owned(),
        SetupEvent::Networks { list, .. } if list.is_empty() => "no networks".to_owned(),
        SetupEvent::Networks { list, .. } => {
            let texts = list.iter().map(|network| {
                let rssi = network.rssi.map(|rssi| format!(" {rssi}")).unwrap_or_default();
                let channel = network.channel.map(|channel| format!(" channel {channel}")).unwrap_or_default();
                format!("{} {}{rssi}{channel}", ssid_text(&network.ssid), network.security.name())
            });
            format!("networks {}", texts.collect::<Vec<_>>().join(", "))
        }
        SetupEvent::Joining(Progress::Sent) => "sent".to_owned(),
        SetupEvent::Joining(Progress::Trying(None)) => "trying".to_owned(),
        SetupEvent::Joining(Progress::Trying(Some(left))) => format!("trying, {left} left"),
        SetupEvent::Joining(Progress::StillTrying) => "still trying".to_owned(),
        SetupEvent::NotJoined(obstacle) => format!("not joined {}", reason(*obstacle)),
        SetupEvent::NotTaken(obstacle) => format!("not taken {}", reason(*obstacle)),
        SetupEvent::HandedOver { taken, device_id } => {
            let id = device_id.as_ref().map(|id| format!(" as {id}")).unwrap_or_default();
            format!("token {}{id}", if *taken { "taken" } else { "not taken" })
        }
    }
}

fn reason(obstacle: Obstacle) -> String {
    let weak = if obstacle == (Obstacle::Refused { weak: true }) { ", weak" } else { "" };
    format!("{}{weak}", obstacle.class())
}

/// An end.
pub fn end_text(end: &Result<SetupOutcome, Obstacle>) -> String {
    match end {
        Ok(SetupOutcome::Joined(joined)) => {
            let address = joined.address.as_ref().map(|address| format!(" at {address}")).unwrap_or_default();
            let urls: String = joined.urls.iter().map(|url| format!(" see {url}")).collect();
            format!("joined{address}{urls}")
        }
        Ok(SetupOutcome::Sent) => "sent, not confirmed".to_owned(),
        Err(obstacle) => format!("failed {}", reason(*obstacle)),
    }
}

/// A person's answer, without what is secret.
pub fn answer_text(answer: &UserAnswer) -> String {
    match answer {
        UserAnswer::Join(Credentials { ssid, security, .. }) => {
            format!("user joins {} {} *", ssid_text(ssid), security.name())
        }
        UserAnswer::Text(_) => "user types *".to_owned(),
        UserAnswer::Rescan => "user rescans".to_owned(),
        UserAnswer::Identify => "user identifies".to_owned(),
        UserAnswer::Confirm(yes) => format!("user says {}", if *yes { "yes" } else { "no" }),
    }
}

/// A person's answer, read; `None` when the text is none.
pub fn read_answer(text: &str) -> Option<UserAnswer> {
    if let Some(code) = text.strip_prefix("user types ") {
        return Some(UserAnswer::Text(Secret::from(code)));
    }
    if let Some(rest) = text.strip_prefix("user joins ") {
        let (ssid, rest) = read_quoted(rest)?;
        let (security, rest) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
        let passphrase = if rest.is_empty() { Vec::new() } else { read_quoted(rest)?.0 };
        return Some(UserAnswer::Join(Credentials {
            ssid: Ssid::new(&ssid)?,
            security: Security::named(security)?,
            passphrase: Secret::new(passphrase),
        }));
    }
    match text {
        "user rescans" => Some(UserAnswer::Rescan),
        "user identifies" => Some(UserAnswer::Identify),
        _ => None,
    }
}

/// `"home"`, or `x636166e9` where the name is not plain text.
pub fn ssid_text(ssid: &Ssid) -> String {
    quoted(ssid.bytes())
}

/// Text in quotation marks, or hexadecimal digits after `x`.
pub fn quoted(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.chars().all(|letter| !letter.is_control() && letter != '"') => format!("\"{text}\""),
        _ => format!("x{}", hex::encode(bytes)),
    }
}

/// What stands in quotation marks or after `x`, and what follows it.
fn read_quoted(text: &str) -> Option<(Vec<u8>, &str)> {
    if let Some(rest) = text.strip_prefix('"') {
        let (inside, rest) = rest.split_once('"')?;
        return Some((inside.as_bytes().to_vec(), rest));
    }
    let rest = text.strip_prefix('x')?;
    let (digits, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((hex::decode(digits).ok()?, rest))
}

/// The scheme that a number in a header means.
pub fn scheme(number: &str) -> Option<Scheme> {
    match number {
        "0" => Some(Scheme::Zero),
        "1" => Some(Scheme::One),
        "2" => Some(Scheme::Two),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::improv::Command;
    use platen_model::gatt::{Characteristic, Properties};
    use platen_model::{At, Uuid};

    #[test]
    fn answers_come_back_and_their_secrets_are_not_shown() {
        for (text, shown) in [
            ("user joins \"home\" wpa2 \"pass phrase\"", "user joins \"home\" wpa2 *"),
            ("user joins x636166e9 open", "user joins x636166e9 open *"),
            ("user types canary", "user types *"),
            ("user rescans", "user rescans"),
            ("user identifies", "user identifies"),
        ] {
            assert_eq!(answer_text(&read_answer(text).unwrap()), shown);
        }
        assert!(read_answer("user sings").is_none());
        assert!(read_answer("user joins \"home\" nonsense").is_none());
    }

    #[test]
    fn what_leaves_the_machine_holds_no_passphrase() {
        let service: Uuid = crate::provisioning::improv::SERVICE.parse().unwrap();
        let rpc = At::new(service, crate::provisioning::improv::RPC_COMMAND.parse().unwrap());
        let wifi =
            Command::SendWifi { ssid: Ssid::new(b"net").unwrap(), passphrase: Secret::new(b"canary-phrase".to_vec()) };
        let packet = wifi.packet().unwrap().reveal().clone();
        let write = |at, bytes: &[u8]| GattRequest::Write { at, bytes: bytes.to_vec(), confirmed: true };
        let tree = Tree::default();
        for piece in packet.chunks(5).chain([packet.as_slice()]) {
            let text = shown(&write(rpc, piece), &tree);
            assert!(text.ends_with(&format!(" *{}", piece.len())), "{text}");
        }
        // What carries nothing secret is shown: a technician needs it.
        assert!(shown(&write(rpc, &[4, 0, 4]), &tree).ends_with(" 040004"));
        let esp: Uuid = crate::provisioning::esp::DEFAULT_SERVICE.parse().unwrap();
        let of = |name: Option<&str>, id: &str| {
            let at = At::new(esp, id.parse().unwrap());
            let row = Characteristic { at, properties: Properties::default(), description: name.map(str::to_owned) };
            shown(&write(at, b"secret"), &Tree { characteristics: vec![row] })
        };
        assert!(of(Some("prov-config"), "1775abcd-6b43-439b-877c-060f2d9bed07").ends_with(" *6"));
        assert!(of(Some("platen-bind"), "1775ff54-6b43-439b-877c-060f2d9bed07").ends_with(" *6"));
        assert!(of(None, "1775ff52-6b43-439b-877c-060f2d9bed07").ends_with(" *6"));
        assert!(of(Some("prov-session"), "1775ff51-6b43-439b-877c-060f2d9bed07").ends_with(" 736563726574"));
    }
}
