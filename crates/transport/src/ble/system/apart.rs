//! The runtime on which the Bluetooth library lives, apart from everybody else's and for as long as the program runs.
//!
//! The library ends tasks of its own with a panic when objects vanish while it cleans up (measured against bluetoothd),
//! and drops streams that need a runtime around them. Here such a panic ends that task and nothing else. It would end
//! the program under `panic = "abort"`, so no profile sets that.

use std::sync::OnceLock;
use tokio::runtime::{Builder, Runtime};

/// The name of its threads.
pub(super) const THREAD: &str = "bluetooth";

static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

fn runtime() -> Option<&'static Runtime> {
    let build = || {
        let built = Builder::new_multi_thread().worker_threads(1).thread_name(THREAD).enable_all().build();
        built.inspect_err(|error| tracing::error!(%error, "Bluetooth has no threads")).ok()
    };
    RUNTIME
        .get_or_init(|| {
            keep_quiet();
            build()
        })
        .as_ref()
}

/// A panic of the library goes to the log: on a terminal or in a crash report it would say that Platen broke.
fn keep_quiet() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some(THREAD) {
            tracing::error!(%panic, "a task of the Bluetooth library broke");
        } else {
            usual(panic);
        }
    }));
}

/// Begins something that nobody waits for.
pub(super) fn spawn(work: impl Future<Output = ()> + Send + 'static) {
    if let Some(runtime) = runtime() {
        runtime.spawn(work);
    }
}

/// Does something there and waits for it; `None` when it panicked. It goes on when nobody waits any more.
pub(super) async fn run<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    runtime()?.spawn(work).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_of_the_library_ends_nothing_but_its_task() {
        assert_eq!(run(async { std::hint::black_box(None::<u8>).expect("a task of theirs breaks") }).await, None);
        assert_eq!(run(async { 7 }).await, Some(7));
    }

    #[test]
    fn no_profile_aborts_on_panic() {
        let manifest = include_str!("../../../../../Cargo.toml");
        let aborts = |line: &str| line.trim_start().starts_with("panic") && line.contains("abort");
        assert!(manifest.contains("[profile.release]") && !manifest.lines().any(aborts));
    }
}
