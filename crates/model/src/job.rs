//! The one life of a job.
//!
//! ```text
//! waiting ─▶ rendering ─▶ ready ─▶ sending ─▶ sent ─▶ done
//!    │           │          │        │  ▲       │
//!    ├───────────┴──────────┴────────┼──┼───────┴──▶ failed
//!    ├───────────┴──────────┴────────┼──┼───────┴──▶ cancelled
//!    │                               ▼  │ (the user says: print it again)
//!    └───────────────────────────── uncertain ─────▶ done (the user says: it is on paper)
//! ```
//!
//! `uncertain` means that it may be on paper: the user decides, it is never reprinted silently.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where a job is. Each change is durable before anything acts on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// Accepted; nothing done yet.
    Waiting,
    /// Becoming dots.
    Rendering,
    /// The PRN is in the spool; nothing has left this machine.
    Ready,
    /// Committed **before** the first byte leaves: from here on the printer's side may have it.
    Sending,
    /// The other side has confirmed that it has the job.
    Sent,
    /// On paper, says the printer (or the user, after `uncertain`).
    Done,
    /// Not on paper, and known not to be.
    Failed,
    /// Stopped by the user.
    Cancelled,
    /// It may be on paper. Only the user, or proof from the printer, ends this.
    Uncertain,
}

impl JobState {
    /// All states, in the order of a job's life.
    pub const ALL: [JobState; 9] = [
        Self::Waiting,
        Self::Rendering,
        Self::Ready,
        Self::Sending,
        Self::Sent,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
        Self::Uncertain,
    ];

    /// The word used in the contract, the database and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Rendering => "rendering",
            Self::Ready => "ready",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Uncertain => "uncertain",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Nothing happens any more without a person.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Final, or waiting for a person's decision.
    pub const fn is_settled(self) -> bool {
        self.is_final() || matches!(self, Self::Uncertain)
    }

    /// Whether a job may go from here to `next` in one step. Final states never regress (promise MQ-5).
    pub const fn may_become(self, next: JobState) -> bool {
        use JobState::{Cancelled, Done, Failed, Ready, Rendering, Sending, Sent, Uncertain, Waiting};
        match self {
            Waiting => matches!(next, Rendering | Failed | Cancelled),
            // Back to waiting: the process died while rendering; nothing had left.
            Rendering => matches!(next, Waiting | Ready | Failed | Cancelled),
            Ready => matches!(next, Sending | Failed | Cancelled),
            // Back to ready: the other side provably does not have it.
            Sending => matches!(next, Ready | Sent | Done | Failed | Cancelled | Uncertain),
            Sent => matches!(next, Done | Failed | Cancelled | Uncertain),
            // Ready: the user said "print it again". Sent: proof came late that the other side has it.
            Uncertain => matches!(next, Ready | Sent | Done | Failed | Cancelled),
            Done | Failed | Cancelled => false,
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A job's identity: 32 lower-case hexadecimal digits from the operating system's generator. The platform is given the
/// same text as `clientRef`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JobId(String);

impl JobId {
    /// The id of these random bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        use fmt::Write;
        let mut text = String::with_capacity(32);
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Reads an id; `None` unless it has exactly the form above.
    pub fn parse(text: &str) -> Option<Self> {
        let valid = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl TryFrom<String> for JobId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        Self::parse(&text).ok_or("a job id has 32 lower-case hexadecimal digits")
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> String {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_never_regress_and_names_round_trip() {
        for from in JobState::ALL {
            assert_eq!(JobState::from_name(from.name()), Some(from));
            assert!(!from.may_become(from));
            for to in JobState::ALL {
                assert!(!(from.is_final() && from.may_become(to)), "{from} must not become {to}");
            }
        }
    }

    #[test]
    fn nothing_is_sent_without_the_intent_row() {
        for from in JobState::ALL {
            if from.may_become(JobState::Sent) {
                assert!(matches!(from, JobState::Sending | JobState::Uncertain));
            }
        }
        assert!(!JobState::Waiting.may_become(JobState::Sending));
    }

    #[test]
    fn ids_have_one_form() {
        let id = JobId::from_bytes([0xAB; 16]);
        assert_eq!(JobId::parse(id.as_str()), Some(id));
        for wrong in ["", "ab", &"g".repeat(32), &"A".repeat(32), "../../../../../../../../etc/pass"] {
            assert_eq!(JobId::parse(wrong), None);
        }
    }
}
