//! Which job a message is about (rules C-13 and C-21).
//!
//! An acknowledgement may come before the answer that tells the platform's id of its job: keep those that belong to
//! nobody for a while and ask again.

use super::messages::PrintAck;

/// A job that is not over.
#[derive(Clone, Debug)]
pub struct Candidate<'a, K> {
    /// The caller's name for it.
    pub key: K,
    /// The platform's id, once it is known.
    pub platform_id: Option<&'a str>,
    /// `msgId`s of deliveries that are known to carry it: from earlier acknowledgements that named both.
    pub deliveries: &'a [String],
    /// The printer has accepted it and has not finished it.
    pub in_progress: bool,
}

/// The job that an acknowledgement is about: by `jobId` first, by `ackOriginalMsgId` second (rule C-21). A `jobId` that
/// names somebody else's job is final: then the second is only believed for a job whose own id is not known yet.
pub fn job_of_ack<'a, K: Clone + 'a>(
    ack: &PrintAck,
    jobs: impl IntoIterator<Item = &'a Candidate<'a, K>> + Clone,
) -> Option<K> {
    let id = ack.job_id.as_deref().filter(|id| !id.is_empty());
    if let Some(job) = id.and_then(|id| jobs.clone().into_iter().find(|job| job.platform_id == Some(id))) {
        return Some(job.key.clone());
    }
    let delivery = ack.ack_original_msg_id.as_deref().filter(|delivery| !delivery.is_empty())?;
    jobs.into_iter()
        .filter(|job| id.is_none() || job.platform_id.is_none())
        .find(|job| job.deliveries.iter().any(|known| known == delivery))
        .map(|job| job.key.clone())
}

/// The job that a `stop_print` of the printer is about: the one in progress, or none when there is not exactly one
/// (rule C-13); then it is shown as an event of the printer only.
pub fn job_of_stop<'a, K: Clone + 'a>(jobs: impl IntoIterator<Item = &'a Candidate<'a, K>>) -> Option<K> {
    let mut running = jobs.into_iter().filter(|job| job.in_progress);
    let first = running.next()?;
    running.next().is_none().then(|| first.key.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(job: Option<&str>, delivery: Option<&str>) -> PrintAck {
        PrintAck {
            job_id: job.map(str::to_owned),
            ack_original_msg_id: delivery.map(str::to_owned),
            ..PrintAck::default()
        }
    }

    #[test]
    fn c_21_the_job_id_counts_first_and_the_delivery_second() {
        let (one, two) = (vec!["d1".to_owned()], vec!["d2".to_owned()]);
        let jobs = [
            Candidate { key: 1, platform_id: Some("j1"), deliveries: &one, in_progress: true },
            Candidate { key: 2, platform_id: None, deliveries: &two, in_progress: false },
        ];
        assert_eq!(job_of_ack(&ack(Some("j1"), Some("d2")), &jobs), Some(1));
        assert_eq!(job_of_ack(&ack(None, Some("d1")), &jobs), Some(1));
        assert_eq!(job_of_ack(&ack(Some(""), Some("d2")), &jobs), Some(2));
        assert_eq!(job_of_ack(&ack(Some("foreign"), Some("d1")), &jobs), None);
        assert_eq!(job_of_ack(&ack(Some("new"), Some("d2")), &jobs), Some(2));
        assert_eq!(job_of_ack(&ack(None, None), &jobs), None);
        assert_eq!(job_of_ack(&ack(Some(""), Some("")), &jobs), None);
    }

    #[test]
    fn c_13_stop_print_means_the_one_job_in_progress_or_none() {
        let job = |key, in_progress| Candidate { key, platform_id: None, deliveries: &[], in_progress };
        assert_eq!(job_of_stop(&[job(1, false), job(2, true)]), Some(2));
        assert_eq!(job_of_stop(&[job(1, true), job(2, true)]), None);
        assert_eq!(job_of_stop(&[job(1, false)]), None);
        assert_eq!(job_of_stop::<u8>(&[]), None);
    }
}
