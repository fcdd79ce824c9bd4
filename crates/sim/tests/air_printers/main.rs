//! Direct printing against simulated printers: paper equals preview, at every size of a link, with every fault.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

mod bench;
mod cat;
mod escpos;
mod niimbot;
mod pages;
