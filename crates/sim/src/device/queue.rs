//! The jobs that a printer has been given, and those it has done with.
//!
//! A job is known by its id: whatever is delivered twice is printed once. Bounded; what does not fit is not taken, and
//! the platform delivers it again when the printer pulls.

use platen_protocol::cloud::messages::{PrintDelivery, Resource};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

const MAX_TASKS: usize = 500;
const MAX_PARTS: usize = 4_096;
const MAX_TOTAL: u32 = 10_000;
const MAX_FINISHED: usize = 500;
const MAX_SEEN: usize = 1_000;

/// A job on its way to paper.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) job_id: String,
    /// The delivery that acknowledgements answer: the last one.
    pub(crate) msg_id: Option<String>,
    pub(crate) total: u32,
    parts: BTreeMap<u32, Resource>,
}

/// What became of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finished {
    pub(crate) job_id: String,
    pub(crate) total: u32,
    /// `None`: printed.
    pub(crate) code: Option<i64>,
}

/// What a delivery was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The very same message again: a redelivery by the broker.
    Repeated,
    /// A job that is over.
    Over(Finished),
    /// New, or more of a job that is known: these parts of it.
    Accepted { seqs: Vec<i64>, total: u32 },
    /// Not usable, or no room.
    Refused,
}

#[derive(Debug, Default)]
pub(crate) struct Queue {
    /// The first one is being printed while `busy`.
    tasks: VecDeque<Task>,
    busy: bool,
    finished: VecDeque<Finished>,
    seen: VecDeque<(String, String)>,
}

impl Queue {
    pub(crate) fn new(finished: Vec<Finished>) -> Self {
        Self { finished: finished.into(), ..Self::default() }
    }

    pub(crate) fn take(&mut self, delivery: PrintDelivery) -> Taken {
        if delivery.job_id.is_empty() {
            return Taken::Refused;
        }
        if let Some(msg_id) = &delivery.msg_id {
            let key = (delivery.job_id.clone(), msg_id.clone());
            if self.seen.contains(&key) {
                return Taken::Repeated;
            }
            if self.seen.len() >= MAX_SEEN {
                self.seen.pop_front();
            }
            self.seen.push_back(key);
        }
        if let Some(over) = self.finished.iter().rev().find(|over| over.job_id == delivery.job_id) {
            return Taken::Over(over.clone());
        }
        let parts: BTreeMap<u32, Resource> = delivery
            .resources
            .into_iter()
            .filter_map(|resource| {
                let seq = u32::try_from(resource.seq?).ok().filter(|seq| (1..=MAX_TOTAL).contains(seq))?;
                Some((seq, resource))
            })
            .collect();
        let Some(highest) = parts.keys().next_back().copied() else { return Taken::Refused };
        let announced = delivery.total_file_number.and_then(|total| u32::try_from(total).ok()).unwrap_or(0);
        let total = announced.min(MAX_TOTAL).max(highest);
        let seqs = parts.keys().map(|seq| i64::from(*seq)).collect();
        if !self.tasks.iter().any(|task| task.job_id == delivery.job_id) {
            if self.tasks.len() >= MAX_TASKS {
                return Taken::Refused;
            }
            let job_id = delivery.job_id.clone();
            self.tasks.push_back(Task { job_id, msg_id: None, total, parts: BTreeMap::new() });
        }
        if let Some(task) = self.tasks.iter_mut().find(|task| task.job_id == delivery.job_id) {
            task.msg_id = delivery.msg_id;
            task.total = task.total.max(total);
            if task.parts.len() + parts.len() <= MAX_PARTS {
                task.parts.extend(parts);
            }
        }
        Taken::Accepted { seqs, total }
    }

    /// Takes up the next job.
    pub(crate) fn begin(&mut self) -> Option<String> {
        let task = self.tasks.front()?;
        self.busy = true;
        Some(task.job_id.clone())
    }

    /// The job that is being printed.
    pub(crate) fn current(&self) -> Option<&Task> {
        self.tasks.front().filter(|_| self.busy)
    }

    /// Part `seq` of the current job, once it has been delivered. It is not needed a second time.
    pub(crate) fn part(&mut self, seq: u32) -> Option<Resource> {
        self.tasks.front_mut()?.parts.remove(&seq)
    }

    /// The current job is over.
    pub(crate) fn finish(&mut self, code: Option<i64>) -> Option<(Task, Finished)> {
        if !self.busy {
            return None;
        }
        self.busy = false;
        let task = self.tasks.pop_front()?;
        let over = Finished { job_id: task.job_id.clone(), total: task.total, code };
        if self.finished.len() >= MAX_FINISHED {
            self.finished.pop_front();
        }
        self.finished.push_back(over.clone());
        Some((task, over))
    }

    /// Forgets what has not begun; the platform still has it.
    pub(crate) fn clear(&mut self) {
        let kept = usize::from(self.busy);
        self.tasks.truncate(kept);
        self.seen.clear();
    }

    pub(crate) fn finished(&self) -> Vec<Finished> {
        self.finished.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(job: &str, msg: &str, seqs: &[i64], total: i64) -> PrintDelivery {
        PrintDelivery {
            msg_id: Some(msg.to_owned()),
            job_id: job.to_owned(),
            total_file_number: Some(total),
            resources: seqs.iter().map(|seq| Resource { seq: Some(*seq), ..Resource::default() }).collect(),
            ..PrintDelivery::default()
        }
    }

    #[test]
    fn a_job_is_taken_once_however_often_it_is_delivered() {
        let mut queue = Queue::default();
        assert_eq!(queue.take(delivery("j", "m1", &[1, 2], 3)), Taken::Accepted { seqs: vec![1, 2], total: 3 });
        assert_eq!(queue.take(delivery("j", "m1", &[1, 2], 3)), Taken::Repeated);
        assert_eq!(queue.take(delivery("j", "m2", &[1, 2], 3)), Taken::Accepted { seqs: vec![1, 2], total: 3 });
        assert_eq!(queue.begin().as_deref(), Some("j"));
        assert!(queue.part(1).is_some() && queue.part(1).is_none() && queue.part(3).is_none());
        queue.take(delivery("j", "m3", &[3], 3));
        assert!(queue.part(3).is_some());
        let (_, over) = queue.finish(None).unwrap();
        assert!(queue.begin().is_none());
        assert_eq!(queue.take(delivery("j", "m4", &[1], 3)), Taken::Over(over.clone()));
        let mut reborn = Queue::new(queue.finished());
        assert_eq!(reborn.take(delivery("j", "m5", &[1], 3)), Taken::Over(over));
    }

    #[test]
    fn nonsense_is_refused_and_totals_are_bounded() {
        let mut queue = Queue::default();
        assert_eq!(queue.take(delivery("", "m", &[1], 1)), Taken::Refused);
        assert_eq!(queue.take(delivery("j", "m0", &[], 1)), Taken::Refused);
        assert_eq!(queue.take(delivery("j", "m1", &[0, -5, i64::MAX], 1)), Taken::Refused);
        let Taken::Accepted { total, .. } = queue.take(delivery("j", "m2", &[1], i64::MAX)) else { panic!() };
        assert_eq!(total, 1, "a total that is no number of files is not believed");
        for number in 0..2 * MAX_TASKS {
            queue.take(delivery(&format!("j{number}"), "m", &[1], 1));
        }
        assert_eq!(queue.tasks.len(), MAX_TASKS);
    }

    #[test]
    fn clearing_keeps_only_what_is_being_printed() {
        let mut queue = Queue::default();
        for job in ["a", "b", "c"] {
            queue.take(delivery(job, "m", &[1], 1));
        }
        queue.begin();
        queue.clear();
        assert_eq!(queue.current().unwrap().job_id, "a");
        queue.finish(None);
        assert!(queue.begin().is_none());
        assert!(matches!(queue.take(delivery("b", "m", &[1], 1)), Taken::Accepted { .. }));
    }
}
