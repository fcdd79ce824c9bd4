//! Accepting jobs, changing them, acknowledgements, and forgetting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{HOUR, NOW, accepted, later, new_job, open, walk};
use platen_model::{Fault, JobState};
use platen_store::{
    AcceptOutcome, AckApplied, JobChange, JobFilter, PrinterRow, ProfileRow, Secrets, SecretsChoice, StoreError,
};

const DAY: i64 = 24 * HOUR;

#[tokio::test]
async fn a_reference_is_accepted_exactly_once_for_seven_days() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let first = store.accept(new_job(Some("r")), b"a".as_slice(), NOW).await.unwrap();
    assert_eq!(first.outcome, AcceptOutcome::New);
    let again = store.accept(new_job(Some("r")), b"a".as_slice(), later(7 * DAY - 1)).await.unwrap();
    assert_eq!((again.outcome, &again.job.id), (AcceptOutcome::Existing, &first.job.id));
    // A clock that went back does not open the window early.
    let again = store.accept(new_job(Some("r")), b"a".as_slice(), later(-30 * DAY)).await.unwrap();
    assert_eq!(again.outcome, AcceptOutcome::Existing);
    let other = store.accept(new_job(Some("r")), b"b".as_slice(), NOW).await;
    assert!(matches!(other, Err(StoreError::ReferenceTaken)));
    let mut options = new_job(Some("r"));
    options.options_json = "{\"copies\":2}".to_owned();
    assert!(matches!(store.accept(options, b"a".as_slice(), NOW).await, Err(StoreError::ReferenceTaken)));
    let mut caller = new_job(Some("r"));
    caller.caller = "shop".to_owned();
    assert_eq!(store.accept(caller, b"b".as_slice(), NOW).await.unwrap().outcome, AcceptOutcome::New);
    let late = store.accept(new_job(Some("r")), b"b".as_slice(), later(7 * DAY)).await.unwrap();
    assert_eq!(late.outcome, AcceptOutcome::New);
    assert_eq!(store.jobs(JobFilter::default()).await.unwrap().len(), 3);
    // Nothing of the refused ones is left in the spool.
    assert_eq!(std::fs::read_dir(folder.path().join("spool/jobs")).unwrap().count(), 3);
}

#[tokio::test]
async fn the_same_reference_at_the_same_moment_makes_one_job() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.accept(new_job(Some("r")), b"a".as_slice(), NOW).await.unwrap() })
        })
        .collect();
    let mut ids = std::collections::BTreeSet::new();
    let mut new = 0;
    for attempt in tries {
        let accepted = attempt.await.unwrap();
        new += usize::from(accepted.outcome == AcceptOutcome::New);
        ids.insert(accepted.job.id);
    }
    assert_eq!((ids.len(), new), (1, 1));
    assert_eq!(std::fs::read_dir(folder.path().join("spool/jobs")).unwrap().count(), 1);
}

#[tokio::test]
async fn the_same_content_within_a_minute_is_a_possible_duplicate() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let outcome = async |content: &[u8], at| store.accept(new_job(None), content, at).await.unwrap().outcome;
    assert_eq!(outcome(b"a", NOW).await, AcceptOutcome::New);
    assert_eq!(outcome(b"a", later(59_000)).await, AcceptOutcome::NewPossibleDuplicate);
    assert_eq!(outcome(b"b", later(59_000)).await, AcceptOutcome::New);
    assert_eq!(outcome(b"a", later(59_000 + 61_000)).await, AcceptOutcome::New);
}

#[tokio::test]
async fn an_id_is_taken_once_and_the_first_job_is_unharmed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let new = new_job(None);
    store.accept(new.clone(), b"first".as_slice(), NOW).await.unwrap();
    assert!(matches!(store.accept(new.clone(), b"second".as_slice(), NOW).await, Err(StoreError::JobExists)));
    assert_eq!(store.read_document(&new.id).await.unwrap(), b"first");
}

#[tokio::test]
async fn an_uploaded_document_becomes_a_job() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut writer = store.document_writer("../../etc/photo.png").await.unwrap();
    for _ in 0..3 {
        writer.write(&[7; 100_000]).await.unwrap();
    }
    assert_eq!(writer.head().len(), 64 * 1024);
    let document = writer.finish("png", NOW).await.unwrap();
    assert_eq!((document.name.as_str(), document.size), ("photo.png", 300_000));
    drop(store.document_writer("abandoned").await.unwrap());
    let job = store.accept(new_job(None), store.document_path(&document.id).unwrap(), NOW).await.unwrap().job;
    assert_eq!(job.document_sha256, document.sha256);
    assert_eq!(store.read_document(&job.id).await.unwrap(), store.document_bytes(&document.id).await.unwrap());
    for wrong in ["../jobs", "", "..", &"A".repeat(32), &"0".repeat(32)] {
        assert!(matches!(store.document_bytes(wrong).await, Err(StoreError::UnknownDocument)), "{wrong}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("spool/documents")).unwrap().count(), 1);
}

#[tokio::test]
async fn a_job_moves_only_from_where_it_is_and_final_states_stay() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let id = accepted(&store, b"a").await.id;
    let wrong = store.advance(&id, &[JobState::Ready], JobState::Sending, JobChange::default(), NOW).await;
    assert!(matches!(wrong, Err(StoreError::StateConflict { is: JobState::Waiting })));
    let jump = store.advance(&id, &[JobState::Waiting], JobState::Sent, JobChange::default(), NOW).await;
    assert!(matches!(jump, Err(StoreError::StateConflict { is: JobState::Waiting })));
    walk(&store, &id, JobState::Ready).await;
    let change = JobChange {
        attempt: Some(2),
        client_ref: Some("ref".to_owned()),
        platform_job: Some(Some("P1".to_owned())),
        fault: Some(Some(Fault::new("x", "y", "z"))),
        pages: Some(3),
        progress: Some(0.25),
        ..JobChange::default()
    };
    let row = store.advance(&id, &[JobState::Ready], JobState::Sending, change, later(5)).await.unwrap();
    assert_eq!(store.job(&id).await.unwrap(), row);
    assert_eq!((row.attempt, row.pages, row.changed_at), (2, Some(3), later(5)));
    assert_eq!(store.job_by_client_ref("ref").await.unwrap().unwrap().id, id);
    assert_eq!(store.job_by_platform_id("SN1", "P1").await.unwrap().unwrap().id, id);
    assert!(store.job_by_platform_id("SN2", "P1").await.unwrap().is_none());
    assert!(store.job_by_client_ref("").await.unwrap().is_none());
    assert_eq!(store.note_progress(&id, 0.1, None, NOW).await.unwrap().progress, Some(0.25));
    assert_eq!(store.note_progress(&id, f64::NAN, None, NOW).await.unwrap().progress, Some(0.25));
    assert_eq!(store.note_progress(&id, 7.0, Some("p".to_owned()), NOW).await.unwrap().progress, Some(1.0));
    walk(&store, &id, JobState::Done).await;
    for to in JobState::ALL {
        let regress = store.advance(&id, &JobState::ALL, to, JobChange::default(), NOW).await;
        assert!(matches!(regress, Err(StoreError::StateConflict { is: JobState::Done })));
    }
}

#[tokio::test]
async fn lists_are_newest_first_and_open_jobs_oldest_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut ids = Vec::new();
    for n in 0..5_u8 {
        ids.push(accepted(&store, &[n]).await.id);
    }
    walk(&store, &ids[2], JobState::Done).await;
    let open: Vec<_> = store.open_jobs().await.unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(open, [&ids[0], &ids[1], &ids[3], &ids[4]].map(Clone::clone));
    let filter = JobFilter { printer: Some("SN1".to_owned()), limit: 2, before: Some(ids[3].clone()) };
    let listed: Vec<_> = store.jobs(filter).await.unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(listed, [ids[2].clone(), ids[1].clone()]);
    let other = JobFilter { printer: Some("SN2".to_owned()), ..JobFilter::default() };
    assert!(store.jobs(other).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_acknowledgement_counts_once_for_seven_days() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let id = accepted(&store, b"a").await.id;
    walk(&store, &id, JobState::Sent).await;
    let half = JobChange { progress: Some(0.5), ..JobChange::default() };
    let step = |to, change| Some((id.clone(), [JobState::Sending, JobState::Sent].as_slice(), to, change));
    let apply = async |key: &str, step, at| store.apply_ack("SN1", key, step, at).await.unwrap();
    assert!(!store.seen_ack("SN1", "1", NOW).await.unwrap());
    assert_eq!(apply("1", step(JobState::Sent, half.clone()), NOW).await, AckApplied::Applied);
    assert!(store.seen_ack("SN1", "1", NOW).await.unwrap());
    assert!(!store.seen_ack("SN2", "1", NOW).await.unwrap());
    assert_eq!(apply("1", step(JobState::Done, half.clone()), NOW).await, AckApplied::Duplicate);
    assert_eq!(store.job(&id).await.unwrap().state, JobState::Sent);
    let back = JobChange { progress: Some(0.2), ..JobChange::default() };
    assert_eq!(apply("2", step(JobState::Sent, back), NOW).await, AckApplied::Applied);
    assert_eq!(store.job(&id).await.unwrap().progress, Some(0.5));
    assert_eq!(apply("3", step(JobState::Done, JobChange::default()), NOW).await, AckApplied::Applied);
    assert_eq!(apply("4", step(JobState::Sent, half.clone()), NOW).await, AckApplied::NotApplicable);
    assert_eq!(apply("4", None, NOW).await, AckApplied::Duplicate);
    assert_eq!(store.job(&id).await.unwrap().state, JobState::Done);
    assert_eq!(apply("5", None, later(7 * DAY + 1)).await, AckApplied::Applied);
    assert_eq!(apply("1", None, later(7 * DAY + 1)).await, AckApplied::Applied);
}

#[tokio::test]
async fn a_hundred_copies_of_an_acknowledgement_apply_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let tries: Vec<_> = (0..100)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.apply_ack("SN1", "k", None, NOW).await.unwrap() })
        })
        .collect();
    let mut applied = 0;
    for attempt in tries {
        applied += usize::from(attempt.await.unwrap() == AckApplied::Applied);
    }
    assert_eq!(applied, 1);
}

#[tokio::test]
async fn finished_documents_go_and_their_history_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let (done, open_job) = (accepted(&store, b"a").await.id, accepted(&store, b"b").await.id);
    walk(&store, &done, JobState::Done).await;
    let upload = store.add_document("x", "png", b"c", NOW).await.unwrap();
    assert_eq!(store.delete_finished_documents(NOW).await.unwrap(), 0);
    assert_eq!(store.delete_finished_documents(later(1)).await.unwrap(), 2);
    assert!(matches!(store.read_document(&done).await, Err(StoreError::UnknownDocument)));
    assert!(matches!(store.document(&upload.id).await, Err(StoreError::UnknownDocument)));
    assert_eq!(store.read_document(&open_job).await.unwrap(), b"b");
    assert_eq!(store.job(&done).await.unwrap().state, JobState::Done);
    assert_eq!(std::fs::metadata(folder.path().join("platen.db-wal")).unwrap().len(), 0);
}

#[tokio::test]
async fn unbinding_leaves_nothing_of_the_printer_on_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let dir = store_dir(&store);
    let secrets = Secrets::open_in(&dir, SecretsChoice::File).await.unwrap();
    let canary = "canary-5e1d";
    let printer = PrinterRow {
        sn: "SN1".to_owned(),
        name: format!("{canary} printer"),
        state_json: format!("{{\"x\":\"{canary}\"}}"),
        width_dots: Some(384),
        ..PrinterRow::default()
    };
    store.save_printer(&printer).await.unwrap();
    let other = PrinterRow { sn: "SN10".to_owned(), online: Some(true), ..PrinterRow::default() };
    store.save_printer(&other).await.unwrap();
    assert_eq!(store.printer("SN1").await.unwrap(), printer);
    store.save_state("SN1", None, Some(false), Some(NOW)).await.unwrap();
    assert_eq!(store.printer("SN1").await.unwrap().state_json, printer.state_json);
    assert!(matches!(store.save_state("SN9", None, None, None).await, Err(StoreError::UnknownPrinter)));
    secrets.put(&Secrets::of_printer("SN1", "token"), &canary.into()).await.unwrap();
    let mut new = new_job(None);
    new.title = canary.to_owned();
    let id = store.accept(new, canary.as_bytes(), NOW).await.unwrap().job.id;
    store.apply_ack("SN1", canary, None, NOW).await.unwrap();
    store.backup().await.unwrap();
    assert!(holds(folder.path(), canary));

    store.remove_printer("SN1", &secrets).await.unwrap();
    store.remove_printer("SN1", &secrets).await.unwrap();
    assert!(matches!(store.job(&id).await, Err(StoreError::UnknownJob)));
    assert_eq!(store.printers().await.unwrap(), [other]);
    assert_eq!(secrets.get(&Secrets::of_printer("SN1", "token")).await.unwrap(), None);
    assert!(!holds(folder.path(), canary));
    store.close().await.unwrap();
    assert!(!holds(folder.path(), canary));
}

#[tokio::test]
async fn a_secret_is_in_no_file_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let secrets = Secrets::open_in(&store_dir(&store), SecretsChoice::File).await.unwrap();
    let canary = "canary-91c4-token";
    secrets.put(&Secrets::of_printer("SN1", "token"), &canary.into()).await.unwrap();
    accepted(&store, b"a").await;
    store.backup().await.unwrap();
    assert!(!holds(folder.path(), canary));
}

#[tokio::test]
async fn profiles_and_settings_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let profile =
        ProfileRow { name: "a".to_owned(), toml: "x = 1".to_owned(), ca_pem: Some("pem".to_owned()), simulated: true };
    assert_eq!(store.current_profile().await.unwrap(), None);
    assert!(matches!(store.use_profile("a").await, Err(StoreError::UnknownProfile)));
    store.save_profile(&profile).await.unwrap();
    store.use_profile("a").await.unwrap();
    store.set_setting("language", "th").await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = open(folder.path()).await;
    assert_eq!(store.current_profile().await.unwrap(), Some(profile.clone()));
    assert_eq!(store.profiles().await.unwrap(), [profile]);
    assert_eq!(store.setting("language").await.unwrap().as_deref(), Some("th"));
    assert_eq!(store.setting("theme").await.unwrap(), None);
}

#[tokio::test]
async fn below_the_floor_a_repeated_reference_is_still_answered() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let first = store.accept(new_job(Some("r")), b"a".as_slice(), NOW).await.unwrap();
    let dir = store_dir(&store);
    store.close().await.unwrap();
    drop(store);
    let full = platen_store::StoreOptions { free_floor: u64::MAX, ..common::SMALL };
    let store = platen_store::Store::open_with(&dir, full).await.unwrap();
    let again = store.accept(new_job(Some("r")), b"a".as_slice(), NOW).await.unwrap();
    assert_eq!((again.outcome, again.job.id), (AcceptOutcome::Existing, first.job.id));
    assert!(matches!(store.accept(new_job(None), b"b".as_slice(), NOW).await, Err(StoreError::StorageFull)));
    assert_eq!(std::fs::read_dir(folder.path().join("spool/jobs")).unwrap().count(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn everything_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    accepted(&store, b"a").await;
    store.backup().await.unwrap();
    let mut seen = 0;
    every_file(folder.path(), &mut |path| {
        seen += 1;
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    });
    assert!(seen > 10);
}

/// A future that a multi-threaded program can use anywhere.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: T) {}
    fn check(store: &platen_store::Store, secrets: &Secrets) {
        let id = new_job(None).id;
        is_send(store.accept(new_job(None), b"a".as_slice(), NOW));
        is_send(store.advance(&id, &[], JobState::Done, JobChange::default(), NOW));
        is_send(store.apply_ack("", "", None, NOW));
        is_send(store.remove_printer("", secrets));
        is_send(store.delete_jobs_of(""));
        is_send(store.backup());
        is_send(store.save_state("", None, None, None));
        is_send(secrets.get(""));
    }
    let _ = check;
}

fn store_dir(store: &platen_store::Store) -> platen_store::DataDir {
    store.data_dir().clone()
}

fn every_file(folder: &std::path::Path, visit: &mut impl FnMut(&std::path::Path)) {
    visit(folder);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { every_file(&path, visit) } else { visit(&path) }
    }
}

fn holds(folder: &std::path::Path, text: &str) -> bool {
    let mut found = false;
    every_file(folder, &mut |path| {
        if path.is_file() {
            let bytes = std::fs::read(path).unwrap();
            found |= bytes.windows(text.len()).any(|window| window == text.as_bytes());
        }
    });
    found
}
