//! The one runner that drives every machine over real links.

use crate::clock::Clock;
use platen_model::{HttpResult, Input, Machine, Output, UserAnswer};
use platen_transport::HttpLink;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// What a machine may use.
pub struct Links<'a> {
    /// For [`Output::Request`].
    pub http: &'a HttpLink,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Asks the machine to stop.
    pub cancel: &'a CancellationToken,
}

/// A place for a person's answers; dropped when nobody will answer.
pub type Answers = mpsc::Receiver<UserAnswer>;

/// Drives `machine` to its end. `report` gets its events, `on_wire` is called when a request has been handed to the
/// link and when its answer is there (named crash points sit there).
pub async fn run<M>(
    mut machine: M,
    links: Links<'_>,
    mut answers: Option<Answers>,
    mut report: impl FnMut(M::Event),
    mut on_wire: impl FnMut(Wire),
) -> Result<M::Outcome, M::Failure>
where
    M: Machine,
{
    let mut exchange: Option<std::pin::Pin<Box<dyn Future<Output = HttpResult> + Send + '_>>> = None;
    let mut cancelled = false;
    loop {
        let now = links.clock.now();
        match machine.poll(now) {
            Output::Event(event) => report(event),
            Output::Request(request) => {
                on_wire(Wire::RequestSent);
                exchange = Some(Box::pin(links.http.exchange(request)));
            }
            // No machine of the cloud platform talks on a byte channel or to a Bluetooth device.
            Output::Send { channel, bytes } => {
                tracing::warn!(
                    ?channel,
                    bytes = bytes.len(),
                    "a machine asked for a channel that this run does not have"
                );
                machine.handle(now, Input::Cancel);
            }
            Output::Gatt(request) => {
                tracing::warn!(?request, "a machine asked for a Bluetooth device that this run does not have");
                machine.handle(now, Input::Cancel);
            }
            Output::Done(result) => return result,
            Output::WaitUntil(moment) => {
                let due = links.clock.wait_until(moment);
                tokio::select! {
                    response = pending(&mut exchange) => {
                        exchange = None;
                        on_wire(Wire::ResponseReceived);
                        machine.handle(links.clock.now(), Input::Response(response));
                    }
                    answer = next_answer(&mut answers) => machine.handle(links.clock.now(), Input::Answer(answer)),
                    () = links.cancel.cancelled(), if !cancelled => {
                        cancelled = true;
                        machine.handle(links.clock.now(), Input::Cancel);
                    }
                    () = due => machine.handle(links.clock.now(), Input::Tick),
                }
            }
        }
    }
}

/// What happened on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// A request is about to leave.
    RequestSent,
    /// Its answer (or failure) is there.
    ResponseReceived,
}

async fn pending<F: Future + Unpin>(exchange: &mut Option<F>) -> F::Output {
    match exchange {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn next_answer(answers: &mut Option<Answers>) -> UserAnswer {
    if let Some(receiver) = answers
        && let Some(answer) = receiver.recv().await
    {
        return answer;
    }
    std::future::pending().await
}
