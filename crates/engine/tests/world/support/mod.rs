//! The actors of these tests: a [`Shop`] with an app and a world of printers, and whoever makes life hard for it.

mod clock;
mod documents;
mod judge;
mod mosquitto;
mod proxy;
mod shop;
mod stub;
mod walker;

pub(crate) use clock::{FastClock, hand_clock};
pub(crate) use documents::{drawing, label, photo, picture};
pub(crate) use judge::{Printed, paper};
pub(crate) use mosquitto::Mosquitto;
pub(crate) use proxy::{Cut, Proxy};
pub(crate) use shop::{PATIENCE, Shop, hand_in, open_engine};
pub(crate) use stub::Stub;
pub(crate) use walker::{Stand, Walker};
