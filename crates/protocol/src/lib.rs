//! Messages and state machines of the systems that Platen speaks.
//!
//! This crate is pure: bytes, moments and answers go in; bytes, requests and events come out. It reads no clock, file,
//! socket or random source (`clippy.toml` beside it bans them). What runs the machines is `engine`; what carries the
//! bytes is `transport`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod cloud;
pub mod provisioning;
