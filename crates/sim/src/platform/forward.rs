//! Data forwarding: the tenant's HTTP callback (section 5).
//!
//! Rule C-9: any 2xx counts as accepted, else the message is sent again, three tries in all; messages stay in order.
//! Deliberately absent: signatures (the guide has none), and a queue that survives a restart.

use serde::Serialize;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const TRIES: u32 = 3;
const MAX_WAITING: usize = 1_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// Where messages are forwarded to.
pub(crate) struct Forward(mpsc::Sender<Vec<u8>>);

impl Forward {
    pub(crate) fn open(url: String, http: reqwest::Client, tasks: &TaskTracker, stop: CancellationToken) -> Self {
        let (sender, mut waiting) = mpsc::channel::<Vec<u8>>(MAX_WAITING);
        tasks.spawn(async move {
            loop {
                let body = tokio::select! {
                    body = waiting.recv() => body,
                    () = stop.cancelled() => return,
                };
                let Some(body) = body else { return };
                tokio::select! {
                    () = post(&http, &url, body) => {}
                    () = stop.cancelled() => return,
                }
            }
        });
        Self(sender)
    }

    pub(crate) fn send<T: Serialize>(&self, message: &T) {
        let body = serde_json::to_vec(message).unwrap_or_default();
        if self.0.try_send(body).is_err() {
            tracing::warn!("too many messages wait for the callback; one is dropped");
        }
    }
}

async fn post(http: &reqwest::Client, url: &str, body: Vec<u8>) {
    let mut pause = Duration::from_millis(100);
    for attempt in 1..=TRIES {
        let request = http.post(url).header("content-type", "application/json").timeout(PATIENCE).body(body.clone());
        match request.send().await {
            Ok(answer) if answer.status().is_success() => return,
            Ok(answer) => tracing::debug!(status = answer.status().as_u16(), attempt, "the callback was refused"),
            Err(error) => tracing::debug!(%error, attempt, "the callback did not arrive"),
        }
        if attempt < TRIES {
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
    tracing::warn!("a callback was given up");
}
