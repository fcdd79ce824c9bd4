//! What is known about a printer now.

use crate::Core;
use platen_model::{Channel, Connection, Fault, JobId, JobState, Moment, WallTime};
use platen_printers::Model;
use platen_protocol::cloud::Profile;
use platen_protocol::cloud::messages::KnownState;
use platen_store::PrinterRow;
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

/// How our own link to the platform's broker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LinkState {
    /// Not begun.
    #[default]
    Idle,
    /// Connecting, or waiting to connect again.
    Connecting,
    /// Subscribed: messages arrive.
    Ready,
    /// Given up until the user acts.
    Stopped,
}

/// Something that stands in the way of a printer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is.
    pub fault: Fault,
    /// False for something that is only worth knowing.
    pub severe: bool,
}

/// What changes while a printer works.
pub(crate) struct Live {
    pub(crate) link: LinkState,
    pub(crate) encrypted: bool,
    /// Something leaves this machine without encryption.
    pub(crate) exposed: bool,
    pub(crate) known: KnownState,
    /// When the printer itself was last heard; what the platform says about it does not count.
    pub(crate) heard: Option<WallTime>,
    /// The same on the clock that nobody can turn; `None` before this start.
    pub(crate) heard_at: Option<Moment>,
    pub(crate) clock_off: bool,
    /// `msgId`s of the deliveries that are known to carry a job.
    pub(crate) deliveries: BTreeMap<JobId, Vec<String>>,
    /// Why the link or a login fails, until it works again.
    pub(crate) trouble: Option<Fault>,
}

impl Live {
    pub(crate) fn from_row(row: &PrinterRow, profile: &Profile) -> Self {
        // A state that cannot be read any more is only a loss of "last known" values.
        let mut known: KnownState = serde_json::from_str(&row.state_json).unwrap_or_default();
        known.forget_live();
        Self {
            link: LinkState::Idle,
            encrypted: profile.is_encrypted(),
            exposed: profile.is_plaintext(),
            known,
            heard: row.last_heard,
            heard_at: None,
            clock_off: false,
            deliveries: BTreeMap::new(),
            trouble: None,
        }
    }
}

/// A printer as a door shows it.
#[derive(Clone, Debug)]
pub struct PrinterStatus {
    /// What is stored about it.
    pub row: PrinterRow,
    /// Its model; nothing when neither this version nor the user's file knows it.
    pub model: Option<Arc<Model>>,
    /// The channel on which it is best reached.
    pub channel: Channel,
    /// Whether it can be reached.
    pub connection: Connection,
    /// Our own link.
    pub link: LinkState,
    /// Messages travel over TLS.
    pub encrypted: bool,
    /// What it reported.
    pub known: KnownState,
    /// When it was last heard.
    pub last_heard: Option<WallTime>,
    /// What stands in the way, most important first.
    pub problems: Vec<Problem>,
    /// Jobs that are not finished.
    pub open_jobs: u32,
    /// An uncertain job holds the queue.
    pub held: bool,
}

impl Core {
    pub(crate) async fn status_of(&self, row: PrinterRow) -> Result<PrinterStatus, Fault> {
        let jobs = self.store.open_jobs().await.map_err(|error| error.fault())?;
        let mine: Vec<_> = jobs.iter().filter(|job| job.printer == row.sn).collect();
        let uncertain = mine.iter().filter(|job| job.state == JobState::Uncertain).count();
        let held = uncertain > 0 && self.settings().await?.hold_uncertain;
        let open_jobs = u32::try_from(mine.len()).unwrap_or(u32::MAX);
        if row.direct.is_some() {
            let mut status = self.direct_status(row, open_jobs, held);
            if uncertain > 0 {
                status.problems.insert(0, undecided());
            }
            return Ok(status);
        }
        let serial = super::segment(&row.sn)?;
        let seen = self.reach(&serial);
        let reachable = seen.and_then(|(_, presence)| presence.reachable);
        let view = |live: &Live, row: PrinterRow| PrinterStatus {
            channel: seen.map_or(Channel::Cloud, |(channel, _)| channel),
            connection: connection(live.link, reachable),
            link: live.link,
            encrypted: live.encrypted,
            known: live.known.clone(),
            last_heard: live.heard,
            problems: problems(live, reachable),
            open_jobs,
            held,
            model: self.model(&row.model),
            row,
        };
        let mut status = match self.running(&row.sn) {
            Some(printer) => view(&printer.live.lock().unwrap_or_else(PoisonError::into_inner), row),
            None => {
                let profile = self.profile_named(&row.profile).await?.0;
                view(&Live::from_row(&row, &profile), row)
            }
        };
        if uncertain > 0 {
            status.problems.insert(0, undecided());
        }
        Ok(status)
    }
}

fn undecided() -> Problem {
    let note = Fault::new(
        "job_uncertain",
        "A job may be on paper, and Platen cannot tell.",
        "Look at the paper, then decide in the list of jobs.",
    );
    Problem { fault: note, severe: true }
}

fn connection(link: LinkState, reachable: Option<bool>) -> Connection {
    match (link, reachable) {
        (LinkState::Stopped, _) | (_, Some(false)) => Connection::Offline,
        (LinkState::Ready, Some(true)) => Connection::Online,
        (LinkState::Connecting, _) => Connection::Connecting,
        _ => Connection::Unknown,
    }
}

fn problems(live: &Live, reachable: Option<bool>) -> Vec<Problem> {
    let mut all = Vec::new();
    if let Some(fault) = &live.trouble {
        all.push(Problem { fault: fault.clone(), severe: true });
    }
    if let Some(known) = &live.known.err_code
        && !known.value.is_empty()
    {
        let codes: Vec<_> = known.value.iter().map(ToString::to_string).collect();
        let message = format!("The printer reports the error {}.", codes.join(", "));
        all.push(Problem {
            fault: Fault::new("device_error", message, "Check paper, cover and temperature of the printer."),
            severe: true,
        });
    }
    if reachable == Some(false) {
        all.push(Problem {
            fault: Fault::new(
                "offline",
                "The printer is not connected to the platform.",
                "Switch it on and check its network.",
            ),
            severe: true,
        });
    }
    if live.clock_off {
        all.push(Problem {
            fault: Fault::new(
                "clock_off",
                "The printer's clock is more than a day off.",
                "Restart the printer while it has a network.",
            ),
            severe: false,
        });
    }
    if live.exposed {
        all.push(Problem {
            fault: Fault::new(
                "not_encrypted",
                "Messages to and from this printer are not encrypted.",
                "Use a profile with TLS.",
            ),
            severe: false,
        });
    }
    all
}
