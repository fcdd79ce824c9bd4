//! How far a job is, from 0 to 1.
//!
//! An acknowledgement names the resources that it is about (`seqs`, from 1), and resources print in order, so the
//! highest number against the total is the share that is done. The numbers of a *confirmation* say only what arrived,
//! not what is printed. Without a total there is no share: nothing is invented.

use super::messages::PrintAck;
use super::status::JobStatus;

/// The share that this acknowledgement tells: 0 when accepted, 1 when done, below 1 while printing, else unknown.
/// `total` is the number of resources; when it is absent, the acknowledgement's own is used.
pub fn share(status: JobStatus, ack: &PrintAck, total: Option<u32>) -> Option<f64> {
    match status {
        JobStatus::Accepted => Some(0.0),
        JobStatus::Done => Some(1.0),
        JobStatus::Failed => None,
        JobStatus::Progress => {
            let total = total.or_else(|| u32::try_from(ack.total_file_number?).ok()).filter(|&total| total > 0)?;
            let highest = ack.seqs.iter().filter_map(|&seq| u32::try_from(seq).ok()).max()?;
            // "Done" is the printer's to say.
            Some((f64::from(highest) / f64::from(total)).min(0.99))
        }
    }
}

/// Progress as it is shown: it never goes back.
pub fn forward(shown: f64, told: Option<f64>) -> f64 {
    told.map_or(shown, |told| told.max(shown)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_resource_against_the_total_is_the_share() {
        let ack =
            |seqs: &[i64], total| PrintAck { seqs: seqs.to_vec(), total_file_number: total, ..PrintAck::default() };
        assert_eq!(share(JobStatus::Progress, &ack(&[1, 2], None), Some(4)), Some(0.5));
        assert_eq!(share(JobStatus::Progress, &ack(&[3], Some(4)), None), Some(0.75));
        assert_eq!(share(JobStatus::Progress, &ack(&[9], None), Some(4)), Some(0.99));
        assert_eq!(share(JobStatus::Progress, &ack(&[1], None), None), None);
        assert_eq!(share(JobStatus::Progress, &ack(&[], None), Some(4)), None);
        assert_eq!(share(JobStatus::Progress, &ack(&[-3], None), Some(0)), None);
        assert_eq!(share(JobStatus::Accepted, &ack(&[1, 2, 3, 4], None), Some(4)), Some(0.0));
        assert_eq!(share(JobStatus::Done, &ack(&[], None), None), Some(1.0));
        assert_eq!((forward(0.5, Some(0.25)), forward(0.5, None), forward(0.5, Some(0.75))), (0.5, 0.5, 0.75));
    }
}
