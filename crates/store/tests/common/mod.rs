//! What the store's tests share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use platen_model::{JobId, JobState, WallTime};
use platen_store::{AcceptOutcome, DataDir, JobChange, JobRow, NewJob, Store, StoreOptions};
use std::path::Path;

pub(crate) const NOW: WallTime = WallTime(1_760_000_000_000);
pub(crate) const HOUR: i64 = 3_600_000;

/// Limits that suit a test machine with little room.
pub(crate) const SMALL: StoreOptions = StoreOptions { free_floor: 1024 * 1024, ballast: 256 * 1024, readers: 2 };

pub(crate) fn later(millis: i64) -> WallTime {
    WallTime(NOW.as_millis() + millis)
}

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

pub(crate) fn new_job(reference: Option<&str>) -> NewJob {
    NewJob {
        id: JobId::from_bytes(random()),
        printer: "SN1".to_owned(),
        title: "Photo".to_owned(),
        document_name: "photo.png".to_owned(),
        document_kind: "png".to_owned(),
        options_json: "{}".to_owned(),
        reference: reference.map(str::to_owned),
        caller: "window".to_owned(),
        simulated: false,
        reprint_of: None,
    }
}

pub(crate) async fn open(path: &Path) -> Store {
    Store::open_with(&DataDir::open(path).unwrap(), SMALL).await.unwrap()
}

/// A new job, accepted.
pub(crate) async fn accepted(store: &Store, content: &[u8]) -> JobRow {
    let accepted = store.accept(new_job(None), content, NOW).await.unwrap();
    assert_ne!(accepted.outcome, AcceptOutcome::Existing);
    accepted.job
}

/// Moves a job along the usual way up to and including `to`.
pub(crate) async fn walk(store: &Store, id: &JobId, to: JobState) {
    use JobState::{Done, Ready, Rendering, Sending, Sent};
    for state in [Rendering, Ready, Sending, Sent, Done] {
        let was = store.job(id).await.unwrap().state;
        if was >= to {
            return;
        }
        if state > was {
            store.advance(id, &[was], state, JobChange::default(), NOW).await.unwrap();
        }
    }
}
