//! Trouble on purpose on the HTTP side, for tests of the other side: dropped, late and failing exchanges, before or
//! after the platform has acted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A call of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Bind a device, direct or via the tenant.
    Bind,
    /// Get a token, direct or via the tenant.
    Login,
    /// Create a job.
    CreateJob,
    /// Query the state.
    DeviceState,
    /// List jobs.
    JobList,
    /// Download an object.
    Object,
}

impl Call {
    const ALL: [Self; 6] = [Self::Bind, Self::Login, Self::CreateJob, Self::DeviceState, Self::JobList, Self::Object];
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The connection closes without an answer.
    Drop,
    /// Nothing comes for this long, then the connection closes.
    Stall(Duration),
    /// This status comes, with an error body.
    Answer(u16),
}

/// When it goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The platform has not acted.
    Before,
    /// The platform has acted; only its answer is lost. The reason why rule C-23 exists.
    After,
}

struct Plan {
    call: Call,
    times: u32,
    trouble: Trouble,
    side: Side,
}

/// The troubles that are planned, and a count of all calls.
#[derive(Default)]
pub struct Troubles {
    plans: Mutex<Vec<Plan>>,
    calls: [AtomicU64; Call::ALL.len()],
}

impl Troubles {
    /// The next `times` calls of this kind go wrong. Plans are used up in the order made.
    pub fn plan(&self, call: Call, times: u32, side: Side, trouble: Trouble) {
        self.lock().push(Plan { call, times, trouble, side });
    }

    /// Nothing more goes wrong.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How often a call has arrived, whatever came of it.
    pub fn count(&self, call: Call) -> u64 {
        self.counter(call).map_or(0, |counter| counter.load(Ordering::SeqCst))
    }

    pub(crate) fn arrived(&self, call: Call) {
        if let Some(counter) = self.counter(call) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The trouble for this call, if it is its turn.
    pub(crate) fn take(&self, call: Call) -> Option<(Side, Trouble)> {
        let mut plans = self.lock();
        let plan = plans.iter_mut().find(|plan| plan.call == call && plan.times > 0)?;
        plan.times -= 1;
        let due = (plan.side, plan.trouble);
        plans.retain(|plan| plan.times > 0);
        Some(due)
    }

    fn counter(&self, call: Call) -> Option<&AtomicU64> {
        Call::ALL.into_iter().zip(&self.calls).find(|(known, _)| *known == call).map(|(_, counter)| counter)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Plan>> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_strikes_its_own_calls_and_is_used_up() {
        let troubles = Troubles::default();
        troubles.plan(Call::Login, 2, Side::Before, Trouble::Answer(503));
        troubles.plan(Call::Login, 1, Side::After, Trouble::Drop);
        assert_eq!(troubles.take(Call::Bind), None);
        assert_eq!(troubles.take(Call::Login), Some((Side::Before, Trouble::Answer(503))));
        assert_eq!(troubles.take(Call::Login), Some((Side::Before, Trouble::Answer(503))));
        assert_eq!(troubles.take(Call::Login), Some((Side::After, Trouble::Drop)));
        assert_eq!(troubles.take(Call::Login), None);
        troubles.arrived(Call::Login);
        assert_eq!((troubles.count(Call::Login), troubles.count(Call::Bind)), (1, 0));
    }
}
