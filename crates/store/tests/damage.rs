//! Bit flips and truncation (F6): the store always opens, every job with an intact spool is back, and nothing is set to
//! print again that may be on paper.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{NOW, accepted, new_job, open, random, walk};
use platen_model::{JobId, JobState};
use platen_store::{JobChange, PrinterRow, Recovery};
use std::io::ErrorKind;
use std::path::Path;

const FLIPS: usize = 60;

/// A store with jobs in every state, stopped in an orderly way or not.
async fn populate(path: &Path, orderly: bool) -> Vec<(JobId, JobState)> {
    let store = open(path).await;
    store.save_printer(&PrinterRow { sn: "SN1".to_owned(), ..PrinterRow::default() }).await.unwrap();
    let mut jobs = Vec::new();
    for n in 0..36_u8 {
        if n == 18 {
            store.backup().await.unwrap();
        }
        let id = accepted(&store, &[n; 700]).await.id;
        let state = JobState::ALL[usize::from(n) % 6];
        walk(&store, &id, state).await;
        jobs.push((id, state));
    }
    for state in [JobState::Failed, JobState::Cancelled] {
        let id = accepted(&store, state.name().as_bytes()).await.id;
        store.advance(&id, &[JobState::Waiting], state, JobChange::default(), NOW).await.unwrap();
        jobs.push((id, state));
    }
    if orderly {
        store.close().await.unwrap();
    } else {
        // As `kill -9` leaves it: the files are copied while the store is open.
        let copy = path.with_extension("copy");
        copy_folder(path, &copy);
        store.close().await.unwrap();
        std::fs::remove_dir_all(path).unwrap();
        std::fs::rename(copy, path).unwrap();
    }
    jobs
}

/// Copies a folder as it is at one moment: SQLite's last connection takes its side files away when it goes, which may be
/// a little after the store was closed, and half a copy of that is nothing that a crash leaves.
fn copy_folder(from: &Path, to: &Path) {
    while let Err(error) = try_to_copy(from, to) {
        assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
        std::fs::remove_dir_all(to).unwrap();
    }
}

fn try_to_copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            try_to_copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Opens what was damaged and judges it.
async fn judge(path: &Path, jobs: &[(JobId, JobState)], story: &str) -> Recovery {
    let store = open(path).await;
    for (id, was) in jobs {
        let job = store.job(id).await.unwrap_or_else(|error| panic!("{story}: {was} job lost: {error}"));
        let is = job.state;
        let honest = match was {
            // An earlier state costs only the rendering.
            JobState::Waiting | JobState::Rendering | JobState::Ready => is <= *was,
            JobState::Sending | JobState::Sent => {
                matches!(is, JobState::Sending | JobState::Sent | JobState::Uncertain)
            }
            _ => is == *was,
        };
        assert!(honest, "{story}: a job that was {was} became {is}");
        assert!(!store.read_document(id).await.unwrap().is_empty(), "{story}");
    }
    let another = store.accept(new_job(None), story.as_bytes(), NOW).await;
    assert!(another.is_ok(), "{story}: nothing is accepted any more");
    store.recovery()
}

fn number(below: usize) -> usize {
    u64::from_le_bytes(random()) as usize % below
}

#[tokio::test]
async fn flipped_bits_cost_no_job_and_no_paper() {
    let mut rebuilt = 0;
    let home = tempfile::tempdir().unwrap();
    for orderly in [true, false] {
        let original = home.path().join(format!("original-{orderly}"));
        let jobs = populate(&original, orderly).await;
        for _ in 0..FLIPS / 2 {
            let path = home.path().join("flipped");
            copy_folder(&original, &path);
            let files: Vec<_> = ["platen.db", "platen.db-wal"]
                .iter()
                .map(|name| path.join(name))
                .filter(|file| file.metadata().is_ok_and(|known| known.len() > 0))
                .collect();
            let file = &files[number(files.len())];
            let mut bytes = std::fs::read(file).unwrap();
            let mut at = number(bytes.len());
            if (60..64).contains(&at) {
                // The version: a newer one is refused, and must be.
                at = 100;
            }
            let bit = 1_u8 << number(8);
            bytes[at] ^= bit;
            std::fs::write(file, bytes).unwrap();
            let story = format!("{}: bit {bit:#x} of byte {at}, orderly {orderly}", file.display());
            rebuilt += usize::from(matches!(judge(&path, &jobs, &story).await, Recovery::Rebuilt { .. }));
            std::fs::remove_dir_all(&path).unwrap();
        }
    }
    // Else the flips hit nothing and the test proves nothing.
    assert!(rebuilt > 0);
}

#[tokio::test]
async fn text_that_is_none_any_more_costs_no_job() {
    let home = tempfile::tempdir().unwrap();
    let original = home.path().join("original");
    let jobs = populate(&original, true).await;
    let bytes = std::fs::read(original.join("platen.db")).unwrap();
    // Names in rows of every kind, finished jobs and the printer among them. SQLite's check finds nothing wrong.
    for word in [&b"SN1"[..], b"uncertain", b"done", b"photo.png"] {
        let places: Vec<_> = bytes.windows(word.len()).enumerate().filter(|(_, at)| *at == word).collect();
        for (at, _) in places.into_iter().step_by(17) {
            let path = home.path().join("no-text");
            copy_folder(&original, &path);
            let mut bytes = bytes.clone();
            bytes[at + 1] |= 0x80;
            std::fs::write(path.join("platen.db"), bytes).unwrap();
            judge(&path, &jobs, &format!("byte {at} is no text")).await;
            std::fs::remove_dir_all(&path).unwrap();
        }
    }
}

#[tokio::test]
async fn cut_off_files_cost_no_job_and_no_paper() {
    let home = tempfile::tempdir().unwrap();
    let original = home.path().join("original");
    let jobs = populate(&original, false).await;
    for (name, keep) in [
        ("platen.db", 0.0),
        ("platen.db", 0.3),
        ("platen.db", 0.9),
        ("platen.db-wal", 0.0),
        ("platen.db-wal", 0.1),
        ("platen.db-wal", 0.5),
        ("platen.db-wal", 0.9),
    ] {
        let path = home.path().join("cut");
        copy_folder(&original, &path);
        let file = path.join(name);
        let bytes = std::fs::read(&file).unwrap();
        std::fs::write(&file, &bytes[..(bytes.len() as f64 * keep) as usize]).unwrap();
        judge(&path, &jobs, &format!("{name} cut to {keep}")).await;
        std::fs::remove_dir_all(&path).unwrap();
    }
}

#[tokio::test]
async fn without_database_and_copy_the_sidecars_are_enough() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("data");
    let jobs = populate(&path, true).await;
    for name in ["platen.db", "backup.db"] {
        std::fs::remove_file(path.join(name)).unwrap();
    }
    assert_eq!(judge(&path, &jobs, "all gone").await, Recovery::Rebuilt { jobs: jobs.len() });
}

#[tokio::test]
async fn a_damaged_copy_does_not_keep_the_store_shut() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("data");
    let jobs = populate(&path, true).await;
    for name in ["platen.db", "backup.db"] {
        std::fs::write(path.join(name), [0x55; 8192]).unwrap();
    }
    assert!(matches!(judge(&path, &jobs, "both damaged").await, Recovery::Rebuilt { .. }));
    assert!(path.join("damaged-1/platen.db").exists());
}

#[tokio::test]
async fn bindings_come_back_with_the_copy() {
    let home = tempfile::tempdir().unwrap();
    for damage in [Some("not a database at all"), Some(""), None] {
        let path = home.path().join(format!("{damage:?}"));
        let jobs = populate(&path, true).await;
        match damage {
            Some(text) => std::fs::write(path.join("platen.db"), text).unwrap(),
            None => std::fs::remove_file(path.join("platen.db")).unwrap(),
        }
        let recovery = judge(&path, &jobs, &format!("{damage:?}")).await;
        assert!(matches!(recovery, Recovery::Rebuilt { .. }), "{damage:?}");
        assert_eq!(open(&path).await.printers().await.unwrap().len(), 1, "{damage:?}");
    }
}

#[tokio::test]
async fn an_orderly_stop_is_told_from_a_sudden_one() {
    let home = tempfile::tempdir().unwrap();
    for orderly in [true, false] {
        let path = home.path().join(format!("{orderly}"));
        populate(&path, orderly).await;
        let expected = if orderly { Recovery::Clean } else { Recovery::Unclean };
        assert_eq!(open(&path).await.recovery(), expected);
    }
}
