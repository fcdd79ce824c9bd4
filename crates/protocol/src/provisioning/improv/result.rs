//! What results say.

use crate::provisioning::{Network, Security, Ssid};

/// Why a result cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResultError {
    /// A string is longer than the rest of the data.
    #[error("a string of the result is cut off")]
    CutOff,
    /// Fewer strings than the specification asks for.
    #[error("the result has {has} strings; at least {least} were expected")]
    TooFew {
        /// How many there are.
        has: usize,
        /// How many there should be.
        least: usize,
    },
    /// Networks come as three strings each.
    #[error("the list of networks has {has} strings, which is no multiple of three")]
    NotTriples {
        /// How many there are.
        has: usize,
    },
}

/// The strings of a result, as bytes. An empty result has none.
///
/// # Errors
/// [`ResultError::CutOff`].
pub fn strings(data: &[u8]) -> Result<Vec<&[u8]>, ResultError> {
    let mut rest = data;
    let mut all = Vec::new();
    while let Some((length, tail)) = rest.split_first() {
        let (string, after) = tail.split_at_checked(usize::from(*length)).ok_or(ResultError::CutOff)?;
        all.push(string);
        rest = after;
    }
    Ok(all)
}

/// What a device says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names of the specification
pub struct DeviceInfo {
    pub firmware: String,
    pub version: String,
    pub hardware: String,
    pub name: String,
}

/// Reads the answer to [`super::Command::DeviceInfo`]. Newer devices add strings; they are left out.
///
/// # Errors
/// See [`ResultError`].
pub fn device_info(data: &[u8]) -> Result<DeviceInfo, ResultError> {
    let all = strings(data)?;
    let [firmware, version, hardware, name, ..] = all.as_slice() else {
        return Err(ResultError::TooFew { has: all.len(), least: 4 });
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(DeviceInfo { firmware: text(firmware), version: text(version), hardware: text(hardware), name: text(name) })
}

/// Reads one answer to [`super::Command::Scan`]. An empty one ends the list. Names of more than 32 bytes are none and left
/// out.
///
/// # Errors
/// See [`ResultError`].
pub fn networks(data: &[u8]) -> Result<Vec<Network>, ResultError> {
    let all = strings(data)?;
    let (triples, rest) = all.as_chunks::<3>();
    if !rest.is_empty() {
        return Err(ResultError::NotTriples { has: all.len() });
    }
    let network = |[ssid, rssi, security]: &[&[u8]; 3]| {
        Some(Network {
            ssid: Ssid::new(ssid)?,
            rssi: std::str::from_utf8(rssi).ok().and_then(|text| text.trim().parse().ok()),
            security: self::security(security),
            channel: None,
            bssid: None,
        })
    };
    Ok(triples.iter().filter_map(network).collect())
}

/// The protection by its words, which may be combined with `/`; over a serial line only YES or NO is said.
fn security(words: &[u8]) -> Security {
    let words = String::from_utf8_lossy(words).to_ascii_uppercase();
    let has = |word: &str| words.split('/').any(|one| one.trim() == word);
    match () {
        () if has("NO") || has("NONE") || words.is_empty() => Security::Open,
        () if has("WPA2 EAP") || has("WPA3 EAP") => Security::Enterprise,
        () if has("WPA2") && has("WPA3") => Security::Wpa2Wpa3,
        () if has("WPA3") => Security::Wpa3,
        () if has("WPA") && has("WPA2") => Security::WpaWpa2,
        () if has("WPA2") => Security::Wpa2,
        () if has("WPA") => Security::Wpa,
        () if has("WEP") => Security::Wep,
        () if has("WAPI") => Security::Wapi,
        () => Security::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provisioning::improv::Reassembly;
    use hex::decode;

    fn data(packet: &str) -> Vec<u8> {
        Reassembly::default().push(&decode(packet).unwrap()).remove(0).data
    }

    #[test]
    fn results_are_the_vectors() {
        let url = data("011413687474703a2f2f3139322e3136382e312e352fda");
        assert_eq!(strings(&url), Ok(vec![&b"http://192.168.1.5/"[..]]));
        let found = networks(&data("040d034e6574032d36300457504132ef")).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ssid.bytes(), found[0].rssi, found[0].security), (&b"Net"[..], Some(-60), Security::Wpa2));
        assert_eq!(networks(&data("040004")), Ok(Vec::new()));
        let info =
            device_info(&data("032007455350486f6d6509323032312e31312e30056573703332075072696e746572f4")).unwrap();
        assert_eq!(
            [info.firmware.as_str(), &info.version, &info.hardware, &info.name],
            ["ESPHome", "2021.11.0", "esp32", "Printer"]
        );
    }

    #[test]
    fn broken_results_are_told_apart() {
        assert_eq!(strings(&[3, b'a']), Err(ResultError::CutOff));
        assert_eq!(device_info(&[1, b'a']), Err(ResultError::TooFew { has: 1, least: 4 }));
        assert_eq!(networks(&[1, b'a', 0]), Err(ResultError::NotTriples { has: 2 }));
        let nonsense = [[33].as_slice(), &[b'a'; 33], &[1, b'x', 0]].concat();
        assert_eq!(networks(&nonsense), Ok(Vec::new()));
    }

    #[test]
    fn protections_are_told_by_their_words() {
        for (words, expected) in [
            ("NO", Security::Open),
            ("WPA2 EAP", Security::Enterprise),
            ("WPA2/WPA3", Security::Wpa2Wpa3),
            ("WPA/WPA2", Security::WpaWpa2),
            ("wpa3", Security::Wpa3),
            ("YES", Security::Unknown),
            ("OWE", Security::Unknown),
        ] {
            assert_eq!(security(words.as_bytes()), expected, "{words}");
        }
    }
}
