//! A full disk (F5, measurement M13): nothing new is accepted, nothing accepted is lost, states can still be written, and it recovers by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_os = "linux")]

mod common;

use common::{NOW, SMALL, accepted, new_job, walk};
use platen_model::JobState;
use platen_store::{DataDir, JobChange, Store, StoreError};
use std::io::Write;
use std::path::Path;
use std::process::Command;

const FOLDER: &str = "PLATEN_STORE_TEST_FULL";

/// Not a test of its own: what happens on the small disk.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(fill(Path::new(&folder)));
    println!("the small disk was survived");
}

async fn fill(folder: &Path) {
    let path = folder.join("data");
    let dir = DataDir::open(&path).unwrap();
    let mut store = Store::open_with(&dir, SMALL).await.unwrap();
    for round in 0..20_u8 {
        let waiting = accepted(&store, &[round, 1]).await.id;
        let sending = accepted(&store, &[round, 2]).await.id;
        walk(&store, &sending, JobState::Sending).await;
        assert!(path.join("ballast").exists(), "round {round}");

        fill_up(&folder.join("filler"));
        let refused = store.accept(new_job(None), vec![round; 3000], NOW).await;
        assert!(matches!(refused, Err(StoreError::StorageFull)), "round {round}: {refused:?}");
        assert!(matches!(store.write_prn(&waiting, &[1; 300_000]).await, Err(StoreError::StorageFull)));
        // The printer's answer arrives all the same.
        let sent = store.advance(&sending, &[JobState::Sending], JobState::Sent, JobChange::default(), NOW).await;
        assert_eq!(sent.unwrap().state, JobState::Sent, "round {round}");
        for n in 1..=10 {
            store.note_progress(&sending, f64::from(n) / 10.0, None, NOW).await.unwrap();
        }
        let step = Some((sending.clone(), [JobState::Sent].as_slice(), JobState::Done, JobChange::default()));
        store.apply_ack("SN1", &format!("k{round}"), step, NOW).await.unwrap();
        assert!(!path.join("ballast").exists());
        if round % 2 == 0 {
            // A restart on the full disk.
            if round % 4 == 0 {
                store.close().await.unwrap();
            }
            drop(store);
            store = Store::open_with(&dir, SMALL).await.unwrap();
        }
        assert_eq!(store.job(&sending).await.unwrap().state, JobState::Done);
        assert_eq!(store.read_document(&waiting).await.unwrap(), [round, 1]);

        std::fs::remove_file(folder.join("filler")).unwrap();
        store.accept(new_job(None), vec![round; 3000], NOW).await.unwrap();
    }
    assert_eq!(store.open_jobs().await.unwrap().len(), 40);
}

fn fill_up(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    for size in [65_536, 4096, 512, 1] {
        let block = vec![0x5A; size];
        while file.write_all(&block).is_ok() {}
    }
}

#[test]
fn a_full_disk_refuses_the_new_and_keeps_the_old() {
    let home = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=12m,mode=0700 tmpfs \"$0\" && exec \"$@\"";
    // In a mount namespace of its own; in a user namespace as well where we are not root.
    for namespaces in ["-m", "-rm"] {
        let output = Command::new("unshare")
            .args([namespaces, "sh", "-c", script])
            .arg(home.path())
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, home.path())
            .output()
            .expect("the program `unshare` of util-linux is needed for this test");
        let (told, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        if told.contains("the small disk was survived") {
            return;
        }
        assert!(!told.contains("running 1 test"), "{told}\n{wrong}");
    }
    panic!("no mount namespace with a small file system could be made; allow user namespaces or run as root");
}
