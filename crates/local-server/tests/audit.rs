//! Fault 19: every refusal is in the audit log, and so is every change, by name and result; never what was in it.
//! In a file, and so a process, of its own: a log is everybody's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{House, wide};

/// Counts the lines of the audit log; the test's runtime and its connections share one thread.
#[derive(Clone, Default)]
struct Audit(std::sync::Arc<std::sync::Mutex<Vec<String>>>);

impl std::io::Write for Audit {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().push(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn every_refusal_and_every_change_is_a_line_of_the_audit_log() {
    let audit = Audit::default();
    let lines = audit.0.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("off,audit=info"))
        .with_ansi(false)
        .with_writer(move || audit.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let house = House::open(wide()).await;
    let (host, bearer) = (house.host(), house.bearer());
    for head in [
        "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nOrigin: null\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: cross-site\r\n\r\n"),
        format!("GET /api/events HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        format!("GET /{} HTTP/1.1\r\nHost: {host}\r\n\r\n", "a".repeat(9000)),
    ] {
        let before = lines.lock().unwrap().len();
        let answer = house.wire().await.ask(head.as_bytes()).await.unwrap();
        assert!(answer.status >= 400);
        let said = lines.lock().unwrap().get(before..).unwrap().concat();
        assert!(said.contains(&format!("result={}", answer.status)), "{head}: {said}");
    }
    house.call(r#"{"method":"settings.change","params":{"theme":"dark"}}"#).await;
    house.call(r#"{"method":"printer.unbind","params":{"sn":"NOBODY"}}"#).await;
    let said = lines.lock().unwrap().concat();
    assert!(said.contains("who=\"program\" what=\"settings.change\" result=\"ok\""), "{said}");
    assert!(said.contains("what=\"printer.unbind\" result=\"printer_unknown\""), "{said}");
    assert!(!said.contains(&bearer[7..]), "never the token");
}
