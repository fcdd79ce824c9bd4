//! What the `status` of an acknowledgement means (rule C-12).
//!
//! The guide shows only `confirm` and `upgrading`, so the meaning of a literal is a table of the profile. Deliberately
//! absent: the life of a job; that final states never go back is [`platen_model::JobState::may_become`] and the engine's
//! to keep.

use std::collections::BTreeMap;

/// The four classes of a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// The printer has the job.
    Accepted,
    /// It is printing.
    Progress,
    /// On paper.
    Done,
    /// Not on paper.
    Failed,
}

impl JobStatus {
    const ALL: [JobStatus; 4] = [Self::Accepted, Self::Progress, Self::Done, Self::Failed];

    /// The word of the profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Progress => "progress",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The class of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Nothing more comes after it.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// Literal → class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobStatusTable(BTreeMap<String, JobStatus>);

impl Default for JobStatusTable {
    fn default() -> Self {
        let rows = [
            ("confirm", JobStatus::Accepted),
            ("printing", JobStatus::Progress),
            ("success", JobStatus::Done),
            ("fail", JobStatus::Failed),
        ];
        Self(rows.into_iter().map(|(literal, status)| (literal.to_owned(), status)).collect())
    }
}

/// What an acknowledgement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AckMeaning {
    /// The class.
    pub status: JobStatus,
    /// The literal as it came, for people, when the table does not know it.
    pub raw: Option<String>,
    /// The error codes as they came.
    pub codes: Vec<i64>,
}

impl JobStatusTable {
    /// A table without rows.
    pub const fn empty() -> Self {
        Self(BTreeMap::new())
    }

    /// The class of a literal that the table knows. Letters count as they are.
    pub fn get(&self, literal: &str) -> Option<JobStatus> {
        self.0.get(literal).copied()
    }

    /// Adds or changes a row.
    pub fn set(&mut self, literal: impl Into<String>, status: JobStatus) {
        self.0.insert(literal.into(), status);
    }

    /// All rows, by literal.
    pub fn rows(&self) -> impl Iterator<Item = (&str, JobStatus)> {
        self.0.iter().map(|(literal, status)| (literal.as_str(), *status))
    }

    /// Reads an acknowledgement. A literal in the table means what the table says, whatever the error codes are: a
    /// printer that goes on in spite of a warning is the profile's to know. Any other literal means failed when there
    /// are error codes, else progress with the raw text shown.
    pub fn read(&self, literal: &str, codes: &[i64]) -> AckMeaning {
        let known = self.get(literal);
        let status = known.unwrap_or(if codes.is_empty() { JobStatus::Progress } else { JobStatus::Failed });
        AckMeaning { status, raw: known.is_none().then(|| literal.to_owned()), codes: codes.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_12_unknown_literals_are_progress_with_their_text_and_error_codes_mean_failed() {
        let table = JobStatusTable::default();
        assert_eq!(table.read("confirm", &[]).status, JobStatus::Accepted);
        let odd = table.read("spooling", &[]);
        assert_eq!((odd.status, odd.raw.as_deref()), (JobStatus::Progress, Some("spooling")));
        assert_eq!(table.read("spooling", &[7]).status, JobStatus::Failed);
        assert_eq!(table.read("", &[7]).status, JobStatus::Failed);
        assert_eq!(table.read("Confirm", &[]).status, JobStatus::Progress);
    }

    #[test]
    fn c_12_the_table_of_the_profile_may_say_otherwise_about_an_error_code() {
        let mut table = JobStatusTable::default();
        table.set("paused", JobStatus::Progress);
        assert_eq!(table.read("paused", &[2002]).status, JobStatus::Progress);
        assert_eq!(table.read("success", &[1]).status, JobStatus::Done);
        assert_eq!(table.read("success", &[1]).codes, [1]);
    }
}
