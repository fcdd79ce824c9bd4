//! Giving a printer its Wi-Fi: Improv over Bluetooth and USB, Espressif's unified provisioning, and the codes on labels.
//!
//! Source: `docs/protocols/provisioning.md`. Everything here is pure: randomness (key pairs) is handed in, bytes go in and
//! out. SSIDs are bytes, 0 to 32 of them and perhaps not UTF-8; pass phrases are [`platen_model::Secret`]s and so are the
//! packets that carry one. Deliberately absent: BLUFI, SmartConfig, ESPTouch, AirKiss and sound waves (they leak what they
//! carry), Matter and Wi-Fi Easy Connect (other apps' work; their codes are recognised).

pub mod esp;
pub mod improv;
pub mod label;
pub mod machines;
mod obstacle;
pub mod wizard;

pub use obstacle::Obstacle;
pub use platen_model::wifi::{Band, CredentialProblem, Credentials, Network, Security, Ssid, check_passphrase};
