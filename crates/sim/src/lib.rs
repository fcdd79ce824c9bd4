//! The simulated world: printers and the clouds they talk to.
//!
//! An *outside* world: it behaves like a real platform and real devices, and shares only the pure crates with the
//! product. It ships in the product ("try without a printer"), so it is written and tested like the rest of it.

pub mod broker;
mod clock;
