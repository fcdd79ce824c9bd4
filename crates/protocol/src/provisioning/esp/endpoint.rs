//! Where messages go.

/// The service of devices that did not choose their own.
pub const DEFAULT_SERVICE: &str = "1775244d-6b43-439b-877c-060f2d9bed07";
/// The service of Espressif's examples and of RainMaker.
pub const EXAMPLE_SERVICE: &str = "021a9004-0382-4aea-bff4-6b3f1c5adfb4";
/// The longest value that a device takes in one write, in bytes. Never send more: older firmware breaks.
pub const MAX_VALUE: usize = 512;

/// A place for one kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoint {
    /// Reset and reprovision.
    Control,
    /// Networks.
    Scan,
    /// The handshake.
    Session,
    /// Credentials and status.
    Config,
    /// Versions and capabilities.
    Version,
}

impl Endpoint {
    /// All that the standard knows.
    pub const ALL: [Self; 5] = [Self::Control, Self::Scan, Self::Session, Self::Config, Self::Version];

    /// Its name: the path over HTTP, and the characteristic's user description over Bluetooth. Names go before numbers;
    /// some makers number otherwise.
    pub fn name(self) -> &'static str {
        match self {
            Self::Control => "prov-ctrl",
            Self::Scan => "prov-scan",
            Self::Session => "prov-session",
            Self::Config => "prov-config",
            Self::Version => "proto-ver",
        }
    }

    /// The endpoint of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|endpoint| endpoint.name() == name)
    }

    /// The characteristic's UUID where descriptions are missing: the service's, with the low 16 bits of its first group
    /// replaced. `None` when `service` is no UUID.
    pub fn characteristic(self, service: &str) -> Option<String> {
        let id = match self {
            Self::Control => "ff4f",
            Self::Scan => "ff50",
            Self::Session => "ff51",
            Self::Config => "ff52",
            Self::Version => "ff53",
        };
        let (head, tail) = (service.get(..4)?, service.get(8..)?);
        (service.len() == 36 && service.is_ascii()).then(|| format!("{head}{id}{tail}").to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characteristics_follow_from_the_service() {
        let session = |service| Endpoint::Session.characteristic(service);
        assert_eq!(session(DEFAULT_SERVICE).as_deref(), Some("1775ff51-6b43-439b-877c-060f2d9bed07"));
        assert_eq!(session(EXAMPLE_SERVICE).as_deref(), Some("021aff51-0382-4aea-bff4-6b3f1c5adfb4"));
        assert_eq!(session("nonsense"), None);
        for endpoint in Endpoint::ALL {
            assert_eq!(Endpoint::named(endpoint.name()), Some(endpoint));
        }
    }
}
