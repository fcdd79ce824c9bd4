//! The cloud-print platform, device level: a printer is bound to an account, jobs go up over HTTP, states and
//! acknowledgements come down over MQTT.
//!
//! Source: the vendor's tenant integration guide in our words (sections 1–11, rules C-1 to C-23) and the promises MQ-1
//! to MQ-12. What the guide leaves open is data in a [`Profile`]; what it does not show at all (the HTTP bodies) is in
//! one place, [`shapes`].
//!
//! Deliberately absent: sockets, TLS, files (the profile's certificate is read by the caller), the tenant-level API,
//! and any way to flash firmware (rule C-22).

pub mod backoff;
pub mod connect;
pub mod control;
pub mod correlate;
pub mod inbox;
pub mod json;
pub mod machines;
pub mod messages;
pub mod profile;
pub mod progress;
pub mod qr;
pub mod shapes;
pub mod status;
pub mod token;
pub mod topic;

pub use json::DecodeError;
pub use messages::Message;
pub use profile::{Mode, Owner, Profile, ProfileError};
pub use topic::{Tail, Topic, TopicPrefix};
