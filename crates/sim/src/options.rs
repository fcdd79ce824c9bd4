//! How a world is started.

use crate::error::WorldError;
use crate::readings::Readings;
use std::path::PathBuf;

/// Which MQTT broker the world uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MqttChoice {
    /// Its own, on loopback; port 0 takes any.
    Embedded {
        /// TCP port.
        port: u16,
    },
    /// A real one, `mqtt://host:port`. It must let everybody in; who is online is then told from reports.
    Broker(String),
}

/// Everything about a world that can be chosen.
#[derive(Clone, Debug)]
pub struct WorldOptions {
    /// Where paper and memory are. A second start with the same folder goes on where the first one stopped.
    pub dir: PathBuf,
    /// TCP port of the platform on loopback; 0 takes any.
    pub http_port: u16,
    /// The broker.
    pub mqtt: MqttChoice,
    /// Decides serial numbers, codes and temperatures.
    pub seed: u64,
    /// How many times faster than real printers these are; 1 = 60 mm of paper a second.
    pub speed: f64,
    /// How the contradictions of the guide are read.
    pub readings: Readings,
    /// How long a device token lives, in seconds.
    pub token_seconds: u64,
    /// With a third printer: sheets of A4 on both sides, with levels of grey.
    pub office: bool,
    /// Where the platform forwards messages to.
    pub callback: Option<String>,
}

impl WorldOptions {
    /// The defaults: own broker, any ports, seed 1, real speed, tokens of two hours.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            http_port: 0,
            mqtt: MqttChoice::Embedded { port: 0 },
            seed: 1,
            speed: 1.0,
            readings: Readings::default(),
            token_seconds: 7200,
            office: false,
            callback: None,
        }
    }

    /// The speed within what clocks can do.
    pub(crate) fn sane_speed(&self) -> f64 {
        if self.speed.is_finite() { self.speed.clamp(0.01, 1e6) } else { 1.0 }
    }
}

/// Host and port of `mqtt://host:port`.
pub(crate) fn broker_address(url: &str) -> Result<(String, u16), WorldError> {
    let wrong = || WorldError::BrokerAddress(url.to_owned());
    let rest = url.strip_prefix("mqtt://").ok_or_else(wrong)?.trim_end_matches('/');
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "1883"));
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains(['/', '@']) {
        return Err(wrong());
    }
    Ok((host.to_owned(), port.parse().map_err(|_| wrong())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_address_has_a_host_and_perhaps_a_port() {
        assert_eq!(broker_address("mqtt://localhost:1884").unwrap(), ("localhost".to_owned(), 1884));
        assert_eq!(broker_address("mqtt://10.0.0.1/").unwrap(), ("10.0.0.1".to_owned(), 1883));
        assert_eq!(broker_address("mqtt://[::1]:7").unwrap(), ("::1".to_owned(), 7));
        for wrong in ["localhost:1883", "mqtts://x:1", "mqtt://", "mqtt://x:y", "mqtt://u@x:1"] {
            assert!(broker_address(wrong).is_err(), "{wrong}");
        }
    }
}
