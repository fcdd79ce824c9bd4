//! Runs a test in a process of its own, with a private bus as its system bus: the Bluetooth library looks for the bus
//! once, in the environment.

use platen_sim::air::{Air, Bluez};
use std::path::PathBuf;
use std::process::Command;

const FOLDER: &str = "PLATEN_TEST_BUS_FOLDER";

/// `name` is the path of the test in its binary.
pub(crate) fn apart<F: Future<Output = ()>>(name: &str, test: impl FnOnce(Air) -> F) {
    let Some(folder) = std::env::var_os(FOLDER) else {
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("bus");
        let status = Command::new(std::env::current_exe().unwrap())
            .args([name, "--exact", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &folder)
            .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", folder.join("bus").display()))
            .status()
            .unwrap();
        assert!(status.success(), "{name} failed in its own process");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let air = Air::new();
        let bluez = Bluez::start_in(air.clone(), &PathBuf::from(folder)).await.unwrap();
        test(air).await;
        bluez.stop().await;
    });
}
