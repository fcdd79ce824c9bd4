//! A direct printer as a door shows it.

use super::{FRESH, Live};
use crate::Core;
use crate::printer::{LinkState, PrinterStatus, Problem};
use platen_model::{Channel, Connection, Fault};
use platen_printers::talk::Trouble;
use platen_protocol::cloud::messages::KnownState;
use platen_store::PrinterRow;

impl Core {
    /// The printer of a row that has [`platen_store::DirectRow`].
    pub(crate) fn direct_status(&self, row: PrinterRow, open_jobs: u32, held: bool) -> PrinterStatus {
        let nothing = Live::default();
        let running = self.running_direct(&row.sn);
        let guard = running.as_ref().map(|printer| printer.live());
        let live = guard.as_deref().unwrap_or(&nothing);
        let address = row.direct.as_ref().map(|direct| direct.address.as_str()).unwrap_or_default();
        let heard = self.nearby.air.device(address).filter(|device| self.clock.now().since(device.heard) < FRESH);
        let connection = match (live.connected, live.connecting, heard.is_some(), live.missed) {
            (true, ..) => Connection::Online,
            (_, true, ..) => Connection::Connecting,
            (.., true, _) => Connection::Online,
            (.., true) => Connection::Offline,
            _ => Connection::Unknown,
        };
        let mut known: KnownState = serde_json::from_str(&row.state_json).unwrap_or_default();
        if live.told.is_none() {
            known.forget_live();
        }
        PrinterStatus {
            channel: Channel::Ble,
            connection,
            link: if live.connected { LinkState::Ready } else { LinkState::Idle },
            encrypted: false,
            known,
            last_heard: row.last_heard,
            problems: problems(live),
            open_jobs,
            held,
            model: self.model(&row.model),
            row,
        }
    }
}

fn problems(live: &Live) -> Vec<Problem> {
    let mut all: Vec<Fault> = live.trouble.clone().into_iter().collect();
    if let Some(told) = &live.told {
        let said = [
            (told.cover_open == Some(true), Trouble::CoverOpen),
            (told.paper == Some(false), Trouble::NoPaper),
            (told.overheated == Some(true), Trouble::Overheated),
            (told.battery.is_some_and(|percent| percent < 5), Trouble::LowBattery),
        ];
        all.extend(said.into_iter().filter(|(is, _)| *is).map(|(_, trouble)| trouble.fault()));
    }
    let mut codes = std::collections::BTreeSet::new();
    all.retain(|fault| codes.insert(fault.code.to_string()));
    all.into_iter().map(|fault| Problem { fault, severe: true }).collect()
}
