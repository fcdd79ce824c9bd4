//! From the credentials to the address: what goes before them, and what the device says afterwards.
//!
//! Rules (sections 2.4 and 2.5): the bind token goes first, because the link may be gone later; `Reset` goes before other
//! credentials; "connected" without an address is not the end; what the device says last before it is gone counts.

use super::{EspSetup, STATUS_PAUSE, Step};
use crate::provisioning::esp::{self as wire, Endpoint, Failure, JoinStatus, Scheme};
use crate::provisioning::machines::advice::refused;
use crate::provisioning::machines::{HandOver, Joined, Progress, SetupEvent, SetupOutcome};
use crate::provisioning::{Obstacle, Ssid};
use platen_model::{Moment, Secret};
use std::time::Duration;

/// How long a device that has joined may go without an address.
const ADDRESS: Duration = Duration::from_secs(20);

/// The clock of one try to join.
pub(super) struct Joining {
    pub(super) ssid: Option<Ssid>,
    pub(super) began: Moment,
    pub(super) still: bool,
    pub(super) told: Option<Progress>,
    /// Joined, and waiting for an address since.
    pub(super) bare: Option<Moment>,
}

impl EspSetup {
    /// What has to go before the credentials, then they themselves.
    pub(super) fn send_credentials(&mut self, now: Moment) {
        let Some(credentials) = &self.wanted else { return self.choose(now) };
        let config = wire::set_config(&credentials.ssid, &credentials.passphrase);
        if let Some(request) = self.hand_over() {
            self.handed_over = true;
            let endpoint = self.plan.hand_over.as_ref().map(|hand_over| hand_over.endpoint.clone()).unwrap_or_default();
            return self.ask_sealed(now, Step::HandOver, &endpoint, request.reveal());
        }
        if self.needs_reset {
            return self.ask_sealed(now, Step::Reset, Endpoint::Control.name(), &wire::reset());
        }
        self.ask_sealed(now, Step::Set, Endpoint::Config.name(), config.reveal());
    }

    /// The bind token, once, and only where it is encrypted and the device has a place for it.
    pub(super) fn hand_over(&self) -> Option<Secret<Vec<u8>>> {
        let HandOver { endpoint, token, host } = self.plan.hand_over.as_ref()?;
        if self.handed_over || self.scheme == Scheme::Zero || !self.road.has(endpoint) {
            return None;
        }
        let request = serde_json::json!({ "token": token.reveal(), "host": host });
        Some(Secret::new(request.to_string().into_bytes()))
    }

    pub(super) fn taken(&mut self, answer: &[u8]) {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Taken {
            #[serde(default)]
            ok: bool,
            device_id: Option<String>,
        }
        let taken = serde_json::from_slice::<Taken>(answer).unwrap_or(Taken { ok: false, device_id: None });
        let device_id = taken.device_id.filter(|id| id.len() <= 64);
        self.tell(SetupEvent::HandedOver { taken: taken.ok, device_id });
    }

    pub(super) fn status(&mut self, now: Moment, status: JoinStatus) {
        let trying = match status {
            JoinStatus::Connected { address, .. } => return self.connected(now, address),
            JoinStatus::Failed(failure) => {
                let ssid = self.joining.as_ref().and_then(|joining| joining.ssid.clone());
                let obstacle = match failure {
                    Failure::NotFound => Obstacle::NetworkNotFound,
                    Failure::Refused | Failure::Other(_) => refused(ssid.as_ref(), &self.networks),
                };
                return self.not_joined(now, obstacle);
            }
            JoinStatus::Connecting { attempts_left } => Progress::Trying(attempts_left),
            JoinStatus::Disconnected => Progress::Trying(None),
        };
        if let Some(joining) = &mut self.joining
            && joining.told.replace(trying) != Some(trying)
        {
            self.events.push_back(SetupEvent::Joining(trying));
        }
        self.wait(Step::Status, now + STATUS_PAUSE);
    }

    pub(super) fn connected(&mut self, now: Moment, address: String) {
        let address = Some(address).filter(|address| !address.is_empty() && address != "0.0.0.0");
        let bare = self.joining.as_mut().map(|joining| *joining.bare.get_or_insert(now));
        if address.is_some() || bare.is_none_or(|bare| now >= bare + ADDRESS) {
            self.end = Some(Ok(SetupOutcome::Joined(Joined { address, urls: Vec::new() })));
        } else {
            self.wait(Step::Status, now + STATUS_PAUSE);
        }
    }

    pub(super) fn not_joined(&mut self, now: Moment, obstacle: Obstacle) {
        // Firmware takes no other credentials before it is reset.
        (self.needs_reset, self.was_reset) = (true, false);
        self.resume = Step::Choose;
        self.joining = None;
        self.wanted = None;
        self.tell(SetupEvent::NotJoined(obstacle));
        self.choose(now);
    }

    pub(super) fn lost_after_apply(&mut self) {
        let bare = self.joining.as_ref().is_some_and(|joining| joining.bare.is_some());
        // It said that it has joined, and stopped its service before it said where.
        self.end = Some(Ok(if bare { SetupOutcome::Joined(Joined::default()) } else { SetupOutcome::Sent }));
    }
}
