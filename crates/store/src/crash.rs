//! Named crash points: places where a test ends the process at once (fault F3).
//!
//! `PLATEN_CRASH_AT=name` ends the process at the first passage of that point, `PLATEN_CRASH_AT=name:n` at the n-th. The points exist
//! only in builds with debug assertions or with the feature `crash-points`; elsewhere [`point`] is empty.
//! Deliberately absent: orderly ends. Nothing is flushed, no destructor runs; that is the point.

/// Every name there is. A test proves that each is used, so a test that walks this list leaves no place out.
pub const POINTS: &[&str] = &[
    // Accepting a job.
    "accept.document_written",
    "accept.document_renamed",
    "accept.sidecar_written",
    "accept.row_committed",
    "submit.answered",
    // Rendering.
    "render.started",
    "prn.written",
    "render.finished",
    // Any change of state.
    "advance.before_commit",
    "advance.after_commit",
    // Sending.
    "send.intent_committed",
    "send.request_sent",
    "send.response_received",
    "send.sent_committed",
    // Printing over Bluetooth.
    "direct.intent_committed",
    "direct.leaving",
    "direct.request_sent",
    "direct.response_received",
    "direct.ended",
    // The printer's answer.
    "ack.received",
    "ack.committed",
];

/// Ends the process here, as `kill -9` would, when the environment says so.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn point(name: &str) {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};

    static TARGET: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);

    debug_assert!(POINTS.contains(&name), "{name} is not in crash::POINTS");
    let target = TARGET.get_or_init(|| std::env::var("PLATEN_CRASH_AT").ok().map(|text| parse(&text)));
    if let Some((wanted, passage)) = target
        && wanted == name
        && PASSED.fetch_add(1, Ordering::SeqCst).saturating_add(1) == *passage
    {
        die();
    }
}

/// Nothing in this build.
#[cfg(not(any(debug_assertions, feature = "crash-points")))]
#[inline(always)]
pub fn point(_name: &str) {}

#[cfg(any(debug_assertions, feature = "crash-points"))]
fn parse(text: &str) -> (String, u32) {
    match text.rsplit_once(':') {
        Some((name, passage)) => (name.to_owned(), passage.parse().unwrap_or(1)),
        None => (text.to_owned(), 1),
    }
}

#[cfg(any(debug_assertions, feature = "crash-points"))]
fn die() -> ! {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        // A signal to oneself cannot be refused; should it be, the abort below is as sudden.
        let _ = kill_process(getpid(), Signal::KILL);
    }
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_target_names_a_point_and_its_passage() {
        assert_eq!(parse("prn.written"), ("prn.written".to_owned(), 1));
        assert_eq!(parse("prn.written:3"), ("prn.written".to_owned(), 3));
    }

    #[test]
    fn every_point_of_the_store_is_used() {
        let source: String = files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
        for name in POINTS.iter().filter(|name| ["accept", "advance", "prn"].iter().any(|own| name.starts_with(own))) {
            assert!(source.contains(&format!("point(\"{name}\")")), "{name} is never passed");
        }
    }

    fn files(folder: &Path) -> String {
        let mut text = String::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                text += &files(&path);
            } else {
                text += &std::fs::read_to_string(path).unwrap();
            }
        }
        text
    }
}
