//! The codes on labels and in set-up sheets.
//!
//! Source: section 8 of `docs/protocols/provisioning.md`. A code is data: an address in it is never opened and nothing is
//! fetched. Deliberately absent: reading pictures.

use super::{Security, Ssid};
use crate::provisioning::esp::Scheme;
use platen_model::Secret;
use serde::Deserialize;

/// The longest code that is looked at, in bytes.
pub const MOST: usize = 2048;
/// The longest set-up code of Espressif's form, in bytes.
const MOST_SETUP: usize = 512;

/// What a code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// A printer that can be set up, with its code.
    Setup(Setup),
    /// A network to join, as routers and phones show it.
    Wifi {
        /// Its name.
        ssid: Ssid,
        /// Its pass phrase, empty for an open network.
        passphrase: Secret<Vec<u8>>,
        /// Its protection.
        security: Security,
        /// It does not announce itself.
        hidden: bool,
    },
    /// A network that a printer cannot join, because it asks for a user.
    EnterpriseWifi,
    /// A printer's identity: `{product id}_{serial}`.
    Device {
        /// The product's id.
        product: String,
        /// The serial number.
        serial: String,
    },
    /// An address of a maker. Shown, never opened.
    Address {
        /// Its host, in lower case.
        host: String,
        /// What stands behind `id=`, if that is a plausible identity.
        id: Option<String>,
    },
    /// A code for another kind of app.
    Foreign(Foreign),
    /// Perhaps a serial number.
    Serial(String),
}

/// Codes that belong to other apps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names of the systems
pub enum Foreign {
    Matter,
    WifiEasyConnect,
    HomeKit,
    WeCom,
}

/// How a printer is reached to be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Bluetooth.
    Ble,
    /// Its own access point.
    SoftAp,
}

/// A set-up code of Espressif's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The name under which the printer is found.
    pub name: String,
    /// How it is reached.
    pub transport: Transport,
    /// The user of [`Scheme::Two`], if it says one.
    pub username: Option<String>,
    /// The code that proves possession; empty when there is none.
    pub code: Secret<Vec<u8>>,
    /// The least security that it promises. Newer labels say none and mean 2.
    pub scheme: Scheme,
    /// The pass phrase of its access point.
    pub access_point: Option<Secret<Vec<u8>>>,
}

/// Why a code is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabelError {
    /// Nothing, or nothing that can be read.
    #[error("there is nothing to read in this code")]
    Unreadable,
    /// More than a label holds.
    #[error("this code is too long for a label")]
    TooLong,
    /// A set-up code that lacks something, or has something of the wrong kind.
    #[error("this set-up code is damaged")]
    Damaged,
    /// A set-up code for something that is not Wi-Fi.
    #[error("this printer is set up for another network than Wi-Fi")]
    NotWifi,
}

#[derive(Deserialize)]
struct Raw {
    ver: Option<String>,
    name: String,
    transport: String,
    #[serde(default)]
    pop: String,
    username: Option<String>,
    security: Option<u8>,
    password: Option<String>,
    network: Option<String>,
}

/// Reads the text of a code.
///
/// # Errors
/// See [`LabelError`].
pub fn read(text: &str) -> Result<Label, LabelError> {
    let text = text.trim_matches(['\u{FEFF}', '\0', '\r', '\n', '\t', ' ']);
    if text.is_empty() {
        return Err(LabelError::Unreadable);
    }
    if text.len() > MOST {
        return Err(LabelError::TooLong);
    }
    if text.starts_with('{') {
        return setup(text);
    }
    let prefix = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    for (start, foreign) in
        [("MT:", Foreign::Matter), ("DPP:", Foreign::WifiEasyConnect), ("X-HM://", Foreign::HomeKit)]
    {
        if prefix(start) {
            return Ok(Label::Foreign(foreign));
        }
    }
    if prefix("WIFI:") {
        return wifi(text.get(5..).unwrap_or_default());
    }
    if prefix("http://") || prefix("https://") {
        return address(text);
    }
    if let Some((product, serial)) = text.split_once('_').filter(|(product, serial)| is_device(product, serial)) {
        return Ok(Label::Device { product: product.to_owned(), serial: serial.to_owned() });
    }
    let printable = text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    if printable && text.len() <= 32 { Ok(Label::Serial(text.to_owned())) } else { Err(LabelError::Unreadable) }
}

fn setup(text: &str) -> Result<Label, LabelError> {
    if text.len() > MOST_SETUP {
        return Err(LabelError::TooLong);
    }
    let raw: Raw = serde_json::from_str(text).map_err(|_| LabelError::Damaged)?;
    if raw.ver.is_some_and(|version| version != "v1") || raw.name.is_empty() {
        return Err(LabelError::Damaged);
    }
    if raw.network.is_some_and(|network| network != "wifi") {
        return Err(LabelError::NotWifi);
    }
    let transport = match raw.transport.as_str() {
        "ble" => Transport::Ble,
        "softap" => Transport::SoftAp,
        _ => return Err(LabelError::Damaged),
    };
    let scheme = match raw.security {
        Some(0) => Scheme::Zero,
        Some(1) => Scheme::One,
        Some(2) | None => Scheme::Two,
        Some(_) => return Err(LabelError::Damaged),
    };
    let secret = |text: String| Secret::new(text.into_bytes());
    Ok(Label::Setup(Setup {
        name: raw.name,
        transport,
        username: raw.username.filter(|name| !name.is_empty()),
        code: secret(raw.pop),
        scheme,
        access_point: raw.password.filter(|phrase| !phrase.is_empty()).map(secret),
    }))
}

/// `T:WPA;S:name;P:phrase;H:true;;` in any order; `\` takes away the meaning of what follows.
fn wifi(text: &str) -> Result<Label, LabelError> {
    let (mut ssid, mut phrase, mut security, mut hidden) = (None, String::new(), Security::Unknown, false);
    let mut rest = text;
    while !rest.is_empty() && !rest.starts_with(';') {
        let (key, tail) = rest.split_once(':').ok_or(LabelError::Damaged)?;
        let (value, after) = unescaped(tail);
        match key.to_ascii_uppercase().as_str() {
            "S" => ssid = Some(value),
            "P" => phrase = value,
            "H" => hidden = value.eq_ignore_ascii_case("true"),
            "T" => {
                security = match value.to_ascii_uppercase().as_str() {
                    "NOPASS" | "" => Security::Open,
                    "WEP" => Security::Wep,
                    "WPA" | "WPA2" => Security::WpaWpa2,
                    "SAE" => Security::Wpa3,
                    _ => Security::Unknown,
                }
            }
            "E" | "A" | "PH2" if !value.is_empty() => {
                return Ok(Label::EnterpriseWifi);
            }
            _ => {}
        }
        rest = after;
    }
    let ssid = ssid.filter(|ssid| !ssid.is_empty()).ok_or(LabelError::Damaged)?;
    let ssid = Ssid::new(ssid.as_bytes()).ok_or(LabelError::Damaged)?;
    if phrase.is_empty() && security == Security::Unknown {
        security = Security::Open;
    }
    Ok(Label::Wifi { ssid, passphrase: Secret::new(phrase.into_bytes()), security, hidden })
}

/// A value up to its `;`, and what follows.
fn unescaped(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, letter)| letter)),
            ';' => return (value, text.get(at + 1..).unwrap_or_default()),
            other => value.push(other),
        }
    }
    (value, "")
}

fn address(text: &str) -> Result<Label, LabelError> {
    let url = url::Url::parse(text).map_err(|_| LabelError::Unreadable)?;
    let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
    if host == "open.work.weixin.qq.com" {
        return Ok(Label::Foreign(Foreign::WeCom));
    }
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    if let Some(data) = value("data").filter(|data| data.starts_with('{')) {
        return setup(&data);
    }
    let plain = |id: &String| {
        !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    Ok(Label::Address { host, id: value("id").filter(plain) })
}

fn is_device(product: &str, serial: &str) -> bool {
    (1..=16).contains(&product.len())
        && product.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-')
        && !serial.is_empty()
        && product.len() + serial.len() < 64
        && serial.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETUP: &str = r#"{"ver":"v1","name":"PROV_01B1E8","username":"wifiprov","pop":"abcd1234","transport":"ble","network":"wifi"}"#;

    #[test]
    fn set_up_codes_are_read_plain_and_inside_of_an_address() {
        let Ok(Label::Setup(setup)) = read(SETUP) else { panic!() };
        assert_eq!((setup.name.as_str(), setup.transport, setup.scheme), ("PROV_01B1E8", Transport::Ble, Scheme::Two));
        assert_eq!((setup.username.as_deref(), setup.code.reveal().as_slice()), (Some("wifiprov"), &b"abcd1234"[..]));
        assert!(!format!("{setup:?}").contains("abcd1234"));
        let mut url = url::Url::parse("https://espressif.github.io/qrcode.html").unwrap();
        url.query_pairs_mut().append_pair("data", SETUP);
        assert_eq!(read(url.as_str()), Ok(Label::Setup(setup)));
        let without_version = r#"{"name":"P","transport":"softap","security":1,"password":"12345678","new":[1]}"#;
        let Ok(Label::Setup(old)) = read(without_version) else { panic!() };
        assert_eq!((old.scheme, old.transport, old.code.reveal().len()), (Scheme::One, Transport::SoftAp, 0));
        assert_eq!(old.access_point.unwrap().reveal(), b"12345678");
    }

    #[test]
    fn damaged_set_up_codes_are_refused() {
        for (text, error) in [
            ("{", LabelError::Damaged),
            (r#"{"ver":"v2","name":"a","transport":"ble"}"#, LabelError::Damaged),
            (r#"{"ver":"v1","transport":"ble"}"#, LabelError::Damaged),
            (r#"{"ver":"v1","name":"a","transport":"nfc"}"#, LabelError::Damaged),
            (r#"{"ver":"v1","name":"a","transport":"ble","pop":7}"#, LabelError::Damaged),
            (r#"{"ver":"v1","name":"a","transport":"ble","security":3}"#, LabelError::Damaged),
            (r#"{"ver":"v1","name":"a","transport":"ble","network":"thread"}"#, LabelError::NotWifi),
            ("  ", LabelError::Unreadable),
            ("\u{1F600}", LabelError::Unreadable),
        ] {
            assert_eq!(read(text), Err(error), "{text}");
        }
        assert_eq!(read(&format!(r#"{{"name":"{}","transport":"ble"}}"#, "a".repeat(600))), Err(LabelError::TooLong));
        assert_eq!(read(&"a".repeat(3000)), Err(LabelError::TooLong));
    }

    #[test]
    fn network_codes_are_read_in_any_order_with_their_escapes() {
        let wifi = |text: &str| match read(text) {
            Ok(Label::Wifi { ssid, passphrase, security, hidden }) => {
                (ssid.shown(), String::from_utf8(passphrase.reveal().clone()).unwrap(), security, hidden)
            }
            other => panic!("{text}: {other:?}"),
        };
        let plain = ("home".to_owned(), "pass word ".to_owned(), Security::WpaWpa2, false);
        assert_eq!(wifi("WIFI:T:WPA;S:home;P:pass word ;;"), plain);
        assert_eq!(wifi("wifi:P:pass word ;S:home;T:WPA2;;"), plain);
        let escaped = (r#"a;b:c\d"e,f"#.to_owned(), String::new(), Security::Open, true);
        assert_eq!(wifi(r#"WIFI:S:a\;b\:c\\d\"e\,f;H:true;T:nopass;;"#), escaped);
        assert_eq!(wifi("WIFI:T:SAE;S:x;P:y;R:1;I:z;K:k;;").2, Security::Wpa3);
        assert_eq!(read("WIFI:T:WPA2-EAP;S:x;E:PEAP;A:me;PH2:MSCHAPV2;P:y;;"), Ok(Label::EnterpriseWifi));
        assert_eq!(read("WIFI:T:WPA;P:x;;"), Err(LabelError::Damaged));
    }

    #[test]
    fn identities_addresses_and_other_apps_codes_are_told_apart() {
        let device = Label::Device { product: "D-33".to_owned(), serial: "SN-0a1".to_owned() };
        assert_eq!(read("D-33_SN-0a1"), Ok(device));
        assert_eq!(read("d33_SN"), Ok(Label::Serial("d33_SN".to_owned())));
        let address = Label::Address { host: "print.example.com".to_owned(), id: Some("D33_7".to_owned()) };
        assert_eq!(read("https://Print.example.com/p?id=D33_7"), Ok(address));
        let odd = Label::Address { host: "print.example.com".to_owned(), id: None };
        assert_eq!(read("http://print.example.com/?id=../../x"), Ok(odd));
        for (text, foreign) in [
            ("MT:Y.K9042C00KA0648G00", Foreign::Matter),
            ("DPP:C:81/1;K:abc;;", Foreign::WifiEasyConnect),
            ("X-HM://0023ISYWY", Foreign::HomeKit),
            ("https://open.work.weixin.qq.com/x", Foreign::WeCom),
        ] {
            assert_eq!(read(text), Ok(Label::Foreign(foreign)));
        }
        assert_eq!(read("XP-58-0001"), Ok(Label::Serial("XP-58-0001".to_owned())));
    }
}
