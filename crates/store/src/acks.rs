//! A printer's acknowledgements: each is applied once, together with what it changes (MQ-5, MQ-6).
//!
//! The message may be answered to the broker only after [`Store::apply_ack`] has returned. Deliberately absent: reading the messages.

use crate::error::StoreError;
use crate::jobs::{fetch, further, update};
use crate::open::{Store, even_when_full};
use crate::rebuild::not_before;
use crate::rows::JobChange;
use platen_model::{JobId, JobState, WallTime};

const KEPT: i64 = 7 * 24 * 60 * 60 * 1000;

/// What became of an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckApplied {
    /// It is new, and what it changes is committed.
    Applied,
    /// It was seen before; nothing changed.
    Duplicate,
    /// It is new and remembered, but the job is not where it would apply; the job is unchanged.
    NotApplicable,
}

impl Store {
    /// Whether this acknowledgement was seen in the last seven days.
    pub async fn seen_ack(&self, sn: &str, key: &str, now: WallTime) -> Result<bool, StoreError> {
        let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM acks WHERE sn = ? AND key = ? AND seen_at >= ?")
            .bind(sn)
            .bind(key)
            .bind(now.as_millis().saturating_sub(KEPT))
            .fetch_one(&self.0.readers)
            .await?;
        Ok(count > 0)
    }

    /// Remembers an acknowledgement and applies `step` (job, states from which it applies, state after it, change) in one transaction. When the
    /// job already is in the state after it, only the change is applied, and progress never goes back.
    pub async fn apply_ack(
        &self,
        sn: &str,
        key: &str,
        step: Option<(JobId, &[JobState], JobState, JobChange)>,
        now: WallTime,
    ) -> Result<AckApplied, StoreError> {
        even_when_full!(self, self.try_apply_ack(sn, key, step.as_ref(), now))
    }

    async fn try_apply_ack(
        &self,
        sn: &str,
        key: &str,
        step: Option<&(JobId, &[JobState], JobState, JobChange)>,
        now: WallTime,
    ) -> Result<AckApplied, StoreError> {
        let mut transaction = self.0.writer.begin().await?;
        sqlx::query("DELETE FROM acks WHERE seen_at < ?")
            .bind(now.as_millis().saturating_sub(KEPT))
            .execute(&mut *transaction)
            .await?;
        let inserted = sqlx::query("INSERT INTO acks (sn, key, seen_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
            .bind(sn)
            .bind(key)
            .bind(now.as_millis())
            .execute(&mut *transaction)
            .await?;
        if inserted.rows_affected() == 0 {
            return Ok(AckApplied::Duplicate);
        }
        let mut moved = None;
        let mut applied = AckApplied::Applied;
        if let Some((id, from, to, change)) = step {
            match fetch(&mut transaction, id).await? {
                Some(mut row) if from.contains(&row.state) && (row.state == *to || row.state.may_become(*to)) => {
                    let mut change = change.clone();
                    change.progress = change.progress.map(|progress| further(row.progress, progress));
                    row.apply(&change);
                    row.state = *to;
                    row.changed_at = not_before(now, row.accepted_at);
                    update(&mut transaction, &row).await?;
                    moved = Some(row);
                }
                _ => applied = AckApplied::NotApplicable,
            }
        }
        transaction.commit().await?;
        if let Some(row) = moved {
            self.note_in_spool(&row);
        }
        Ok(applied)
    }
}
