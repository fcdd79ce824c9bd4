//! How fast bytes get to a simulated printer through the system's Bluetooth library over the simulated BlueZ, as JSON:
//! at MTU 247 without a pace, and on a link of 2.5, 5 and 20 kB/s. Run it with `--release`.
//!
//! ```text
//! {"unpaced":{"bytes":…,"seconds":…,"bytesPerSecond":…},"paced":[{"rate":2500,…,"share":0.99},…]}
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A measurement may fail and has to tell.

#[cfg(target_os = "linux")]
mod measure {
    use platen_model::gatt::{GattEvent, GattRequest};
    use platen_sim::air::{Air, Bluez, Echo};
    use platen_transport::{GattLink, Radio, SystemRadio};
    use serde_json::{Value, json};
    use std::num::NonZeroU32;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    /// Writes so many bytes, and waits until the device has them.
    async fn send(link: &Arc<dyn GattLink>, bytes: usize) -> f64 {
        let piece = link.payload();
        let begun = Instant::now();
        let mut left = bytes;
        while left > 0 {
            let length = left.min(piece);
            left -= length;
            // The last one is answered: a link keeps its order.
            let request = GattRequest::Write { at: Echo::DOWN, bytes: vec![0; length], confirmed: left == 0 };
            assert_eq!(link.request(&request).await, GattEvent::Written(Ok(())));
        }
        begun.elapsed().as_secs_f64()
    }

    pub(crate) async fn run(folder: &Path) -> Value {
        let air = Air::new();
        let bluez = Bluez::start_in(air.clone(), folder).await.unwrap();
        let device = air.add("C0:00:00:00:00:01", Echo::new("Echo"));
        let radio = SystemRadio::new();
        let address = radio.scan().await.unwrap().recv().await.unwrap().address;
        let link = radio.connect(&address, Duration::from_secs(10)).await.unwrap();
        send(&link, 50_000).await;
        let bytes = 2_000_000;
        let seconds = send(&link, bytes).await;
        let unpaced = json!({ "bytes": bytes, "seconds": seconds, "bytesPerSecond": bytes as f64 / seconds });
        let mut paced = Vec::new();
        for rate in [2_500u32, 5_000, 20_000] {
            air.fault(&device, |faults| faults.rate = NonZeroU32::new(rate));
            let bytes = usize::try_from(rate).unwrap() * 4;
            let seconds = send(&link, bytes).await;
            let reached = bytes as f64 / seconds;
            let share = reached / f64::from(rate);
            paced.push(
                json!({ "rate": rate, "bytes": bytes, "seconds": seconds, "bytesPerSecond": reached, "share": share }),
            );
        }
        link.disconnect().await.unwrap();
        bluez.stop().await;
        json!({ "unpaced": unpaced, "paced": paced })
    }
}

#[cfg(target_os = "linux")]
fn main() {
    const FOLDER: &str = "PLATEN_BUS_FOLDER";
    let Some(folder) = std::env::var_os(FOLDER) else {
        // The library looks for the bus in the environment, so it has to be there before anything begins.
        let scratch = tempfile::tempdir().unwrap();
        let folder = scratch.path().join("bus");
        let status = std::process::Command::new(std::env::current_exe().unwrap())
            .env(FOLDER, &folder)
            .env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", folder.join("bus").display()))
            .status()
            .unwrap();
        assert!(status.success());
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    println!("{}", runtime.block_on(measure::run(std::path::Path::new(&folder))));
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("{{}}");
}
