//! The simulated world: printers and the clouds they talk to.
