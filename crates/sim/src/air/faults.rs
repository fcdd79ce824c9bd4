//! What can be wrong with the air between the host and one device.
//!
//! Source: row F25 of the fault matrix and the measurements of the stack notes (queues without backpressure, the MTU
//! that a printer offers). What a device itself does wrong is the device's own business.

use std::num::NonZeroU32;
use std::time::Duration;

/// The air around one device. The default is perfect air.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Faults {
    /// An MTU other than the device's own, 23 to 517; read when somebody connects.
    pub mtu: Option<u16>,
    /// Bytes a second that the link carries down. What is written faster queues on the host's side.
    pub rate: Option<NonZeroU32>,
    /// How long every write, read and notification takes in addition.
    pub delay: Duration,
    /// The most bytes that queue before a write without response waits. Without, it never does, as on Linux.
    pub queue: Option<usize>,
    /// Where the link breaks; used up by breaking it once.
    pub cut: Option<LinkCut>,
    /// How many more times each notification arrives.
    pub repeat: u8,
    /// How many connections fail from now on.
    pub refuse: u8,
    /// How long a connection takes to be made.
    pub connecting: Duration,
}

/// A break of the link at a byte of what the host writes after connecting, counted over all characteristics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkCut {
    /// The link breaks with the write that holds this byte, counted from 0.
    pub at: u64,
    /// Whether that write still reaches the device. The host cannot tell.
    pub arrives: bool,
}
