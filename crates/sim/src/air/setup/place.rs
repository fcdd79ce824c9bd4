//! Where a printer stands: the networks around it, and whether one lets it in.

/// An access point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hotspot {
    /// Its name.
    pub ssid: Vec<u8>,
    /// Its pass phrase; empty for an open one.
    pub passphrase: Vec<u8>,
    /// Its protection by the number of Espressif's messages.
    pub auth: u8,
    /// Its channel.
    pub channel: u8,
    /// Its strength in dBm at the printer.
    pub rssi: i8,
    /// It does not announce itself.
    pub hidden: bool,
}

/// The networks around a printer.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Place {
    /// All of them.
    pub hotspots: Vec<Hotspot>,
}

/// How a try to join ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Joined,
    WrongPassword,
    NotFound,
}

impl Place {
    /// A home with its network, an open one, and an office's next door.
    pub fn flat() -> Self {
        let hotspot = |ssid: &str, passphrase: &str, auth, channel, rssi| Hotspot {
            ssid: ssid.as_bytes().to_vec(),
            passphrase: passphrase.as_bytes().to_vec(),
            auth,
            channel,
            rssi,
            hidden: false,
        };
        Self {
            hotspots: vec![
                hotspot("home", "correct horse", 3, 6, -52),
                hotspot("cafe", "", 0, 11, -67),
                hotspot("office", "x", 5, 1, -71),
            ],
        }
    }

    /// The same place with one more access point.
    #[must_use]
    pub fn and(mut self, hotspot: Hotspot) -> Self {
        self.hotspots.push(hotspot);
        self
    }

    /// What a scan finds.
    pub(super) fn seen(&self) -> impl Iterator<Item = &Hotspot> {
        self.hotspots.iter().filter(|hotspot| !hotspot.hidden)
    }

    pub(super) fn join(&self, ssid: &[u8], passphrase: &[u8]) -> Verdict {
        let mut named = self.hotspots.iter().filter(|hotspot| hotspot.ssid == ssid).peekable();
        if named.peek().is_none() {
            return Verdict::NotFound;
        }
        if named.any(|hotspot| hotspot.passphrase == passphrase && hotspot.auth != 5) {
            Verdict::Joined
        } else {
            Verdict::WrongPassword
        }
    }
}
