//! The simplest device: what is written comes back as notifications. For tests of what lies between it and the app.

use super::{Deed, Peripheral};
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree};
use platen_model::{At, Moment, Uuid};
use std::collections::VecDeque;

/// Its service.
const SERVICE: Uuid = Uuid::short(0xfee0);

/// A device that repeats what it is told and keeps it.
#[derive(Debug)]
pub struct Echo {
    name: String,
    mtu: u16,
    /// Everything that was written to it, over all connections.
    pub received: Vec<u8>,
    /// Whether it repeats.
    pub repeats: bool,
    listened: bool,
    waiting: VecDeque<Vec<u8>>,
}

impl Echo {
    /// Takes bytes, with and without response.
    pub const DOWN: At = At::new(SERVICE, Uuid::short(0xfee1));
    /// Tells them, in pieces of what the writes were.
    pub const UP: At = At::new(SERVICE, Uuid::short(0xfee2));
    /// How many bytes it got so far, as four bytes, big end first.
    pub const COUNT: At = At::new(SERVICE, Uuid::short(0xfee3));

    /// One with this name.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            mtu: 247,
            received: Vec::new(),
            repeats: true,
            listened: false,
            waiting: VecDeque::new(),
        }
    }

    /// The same with another MTU.
    pub fn with_mtu(mut self, mtu: u16) -> Self {
        self.mtu = mtu;
        self
    }
}

impl Peripheral for Echo {
    fn advertisement(&self) -> Option<Advertisement> {
        Some(Advertisement { name: Some(self.name.clone()), services: vec![SERVICE], ..Advertisement::default() })
    }

    fn tree(&self) -> Tree {
        let row = |at, properties, description: Option<&str>| Characteristic {
            at,
            properties,
            description: description.map(str::to_owned),
        };
        let down = Properties { write: true, write_without_response: true, ..Properties::default() };
        let up = Properties { notify: true, ..Properties::default() };
        let count = Properties { read: true, ..Properties::default() };
        Tree {
            characteristics: vec![
                row(Self::DOWN, down, Some("down")),
                row(Self::UP, up, None),
                row(Self::COUNT, count, None),
            ],
        }
    }

    fn mtu(&self) -> u16 {
        self.mtu
    }

    fn connected(&mut self, _: Moment) {}

    fn disconnected(&mut self, _: Moment) {
        self.listened = false;
        self.waiting.clear();
    }

    fn listening(&mut self, _: Moment, at: At, on: bool) {
        if at == Self::UP {
            self.listened = on;
        }
    }

    fn written(&mut self, _: Moment, _: At, bytes: &[u8], _: bool) -> Result<(), u8> {
        self.received.extend_from_slice(bytes);
        if self.repeats && self.listened {
            self.waiting.push_back(bytes.to_vec());
        }
        Ok(())
    }

    fn read(&mut self, _: Moment, _: At) -> Result<Vec<u8>, u8> {
        let count = u32::try_from(self.received.len()).unwrap_or(u32::MAX);
        Ok(count.to_be_bytes().to_vec())
    }

    fn poll(&mut self, _: Moment) -> Deed {
        self.waiting.pop_front().map_or(Deed::Wait(None), |bytes| Deed::Notify { at: Self::UP, bytes })
    }
}
