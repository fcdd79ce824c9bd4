//! The Bluetooth side: an endpoint is a characteristic, its name a description.

use super::EspDevice;
use crate::air::{Deed, Peripheral};
use platen_model::gatt::{Advertisement, Characteristic, Properties, Tree};
use platen_model::{At, Moment, Uuid};
use std::collections::VecDeque;
use std::time::Duration;

const SERVICE: u128 = 0x1775_244d_6b43_439b_877c_060f_2d9b_ed07;
/// Where the number of an endpoint stands in its UUID.
const NUMBER: u32 = 96;
/// How long the service stays after somebody has read "connected".
const STAYS: Duration = Duration::from_secs(1);
/// Invalid PDU: what every handler's "no" becomes.
const NO: u8 = 0x04;

/// A printer with unified provisioning over Bluetooth.
pub struct EspPrinter {
    device: EspDevice,
    endpoints: Vec<(String, At)>,
    connected: bool,
    joined: bool,
    writes: u32,
    answer: Vec<u8>,
    hang_up: Option<Moment>,
    ready: VecDeque<Deed>,
}

impl EspPrinter {
    /// A printer around its brain.
    pub fn new(device: EspDevice) -> Self {
        let faults = &device.printer.faults;
        let mut names = vec!["prov-ctrl", "prov-scan", "prov-session", "prov-config", "proto-ver"];
        names.extend(faults.bind_endpoint.as_deref());
        let endpoints = names
            .iter()
            .zip(0u16..)
            .filter(|(name, _)| {
                !(faults.no_control && **name == "prov-ctrl" || faults.no_scan && **name == "prov-scan")
            })
            .map(|(name, place)| {
                let number = if faults.numbered { place } else { 0xff4f + place };
                let bits = SERVICE & !(0xffff << NUMBER) | u128::from(number) << NUMBER;
                ((*name).to_owned(), At::new(Uuid::new(SERVICE), Uuid::new(bits)))
            })
            .collect();
        Self {
            device,
            endpoints,
            connected: false,
            joined: false,
            writes: 0,
            answer: Vec::new(),
            hang_up: None,
            ready: VecDeque::new(),
        }
    }

    /// What its label says.
    pub fn label(&self) -> String {
        self.device.label()
    }
}

impl Peripheral for EspPrinter {
    fn advertisement(&self) -> Option<Advertisement> {
        (!self.connected && !self.joined).then(|| Advertisement {
            name: Some(self.device.printer.name.clone()),
            services: vec![Uuid::new(SERVICE)],
            ..Advertisement::default()
        })
    }

    fn tree(&self) -> Tree {
        let described = !self.device.printer.faults.undescribed;
        let row = |(name, at): &(String, At)| Characteristic {
            at: *at,
            properties: Properties { read: true, write: true, ..Properties::default() },
            description: described.then(|| name.clone()),
        };
        Tree { characteristics: self.endpoints.iter().map(row).collect() }
    }

    fn mtu(&self) -> u16 {
        self.device.printer.faults.mtu
    }

    fn connected(&mut self, _now: Moment) {
        self.connected = true;
        self.writes = 0;
    }

    fn disconnected(&mut self, _now: Moment) {
        self.connected = false;
        self.hang_up = None;
        self.ready.clear();
        self.device.hung_up();
    }

    fn listening(&mut self, _now: Moment, _at: At, _on: bool) {}

    fn written(&mut self, now: Moment, at: At, bytes: &[u8], _confirmed: bool) -> Result<(), u8> {
        self.writes += 1;
        if self.device.printer.faults.lost_at_write.is_some_and(|count| self.writes >= count) {
            self.ready.push_back(Deed::HangUp);
            return Ok(());
        }
        let (name, _) = self.endpoints.iter().find(|(_, own)| *own == at).ok_or(0x01)?;
        // Longer ones break older firmware.
        if bytes.len() > 512 {
            return Err(0x0d);
        }
        self.answer = self.device.request(now, name, bytes).map_err(|()| NO)?;
        if self.device.stops() {
            self.joined = true;
            let lost = self.device.printer.faults.lost_after_apply;
            self.hang_up = Some(if lost { now } else { now + STAYS });
        }
        Ok(())
    }

    fn read(&mut self, _now: Moment, at: At) -> Result<Vec<u8>, u8> {
        self.endpoints.iter().find(|(_, own)| *own == at).ok_or(0x01u8)?;
        Ok(self.answer.clone())
    }

    fn poll(&mut self, now: Moment) -> Deed {
        self.device.live(now);
        if self.hang_up.is_some_and(|at| now >= at) {
            self.hang_up = None;
            return Deed::HangUp;
        }
        self.ready
            .pop_front()
            .unwrap_or_else(|| Deed::Wait([self.hang_up, self.device.next()].into_iter().flatten().min()))
    }
}
