//! The one runner that drives every machine over real links.

use crate::clock::Clock;
use platen_model::gatt::GattEvent;
use platen_model::{Channel, HttpFailure, HttpResult, Input, Machine, Output, UserAnswer};
use platen_transport::{ByteLink, GattLink, HttpLink};
use std::pin::Pin;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// What a machine may use.
pub struct Links<'a> {
    /// For [`Output::Request`].
    pub http: Option<&'a HttpLink>,
    /// For [`Output::Gatt`].
    pub gatt: Option<&'a dyn GattLink>,
    /// For [`Output::Send`].
    pub cable: Option<&'a dyn ByteLink>,
    /// Time.
    pub clock: &'a dyn Clock,
    /// Asks the machine to stop.
    pub cancel: &'a CancellationToken,
}

impl<'a> Links<'a> {
    /// A machine that talks to a server.
    pub fn http(http: &'a HttpLink, clock: &'a dyn Clock, cancel: &'a CancellationToken) -> Self {
        Self { http: Some(http), gatt: None, cable: None, clock, cancel }
    }

    /// A machine that talks to a Bluetooth device.
    pub fn gatt(gatt: &'a dyn GattLink, clock: &'a dyn Clock, cancel: &'a CancellationToken) -> Self {
        Self { http: None, gatt: Some(gatt), cable: None, clock, cancel }
    }

    /// A machine that talks over a cable.
    pub fn cable(cable: &'a dyn ByteLink, clock: &'a dyn Clock, cancel: &'a CancellationToken) -> Self {
        Self { http: None, gatt: None, cable: Some(cable), clock, cancel }
    }
}

/// A place for a person's answers; dropped when nobody will answer.
pub type Answers = mpsc::Receiver<UserAnswer>;

type Pending<'a, T> = Option<Pin<Box<dyn Future<Output = T> + Send + 'a>>>;

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
    let (tell, mut told) = watch::channel((0, 0));
    let tell = Arc::new(tell);
    let mut exchange: Pending<'_, HttpResult> = None;
    let mut asked: Pending<'_, GattEvent> = None;
    // After "lost" a link has nothing more to say.
    let mut listening = links.gatt;
    let mut plugged = links.cable;
    let mut cancelled = false;
    loop {
        let now = links.clock.now();
        match machine.poll(now) {
            Output::Event(event) => report(event),
            Output::Request(request) => {
                on_wire(Wire::RequestSent);
                let tell = tell.clone();
                let told = Arc::new(move |sent, total| {
                    tell.send_replace((sent, total));
                });
                exchange = Some(match links.http {
                    Some(http) => Box::pin(http.exchange_told(request, told)),
                    None => Box::pin(async { Err(HttpFailure::Refused("this run has no HTTP link".to_owned())) }),
                });
            }
            Output::Gatt(request) => match links.gatt {
                Some(gatt) => {
                    on_wire(Wire::RequestSent);
                    asked = Some(Box::pin(async move { gatt.request(&request).await }));
                }
                None => asked = Some(Box::pin(async { GattEvent::Lost })),
            },
            Output::Send { channel, bytes } => match links.cable {
                Some(cable) if channel == Channel::Usb => cable.send(bytes),
                _ => {
                    tracing::warn!(?channel, "a machine asked for a channel that this run does not have");
                    machine.handle(now, Input::Cancel);
                }
            },
            Output::Done(result) => return result,
            Output::WaitUntil(moment) => {
                let due = links.clock.wait_until(moment);
                tokio::select! {
                    // What the device said goes before the end of a write: a "pause" must not wait for the next write.
                    biased;
                    () = links.cancel.cancelled(), if !cancelled => {
                        cancelled = true;
                        machine.handle(links.clock.now(), Input::Cancel);
                    }
                    event = heard(listening) => {
                        if event == GattEvent::Lost {
                            listening = None;
                            asked = None;
                        }
                        machine.handle(links.clock.now(), Input::Gatt(event));
                    }
                    received = bytes_of(plugged) => match received {
                        Some(bytes) => {
                            let input = Input::Received { channel: Channel::Usb, bytes: &bytes };
                            machine.handle(links.clock.now(), input);
                        }
                        None => {
                            plugged = None;
                            machine.handle(links.clock.now(), Input::Gatt(GattEvent::Lost));
                        }
                    },
                    event = pending(&mut asked) => {
                        asked = None;
                        on_wire(Wire::ResponseReceived);
                        machine.handle(links.clock.now(), Input::Gatt(event));
                    }
                    response = pending(&mut exchange) => {
                        exchange = None;
                        on_wire(Wire::ResponseReceived);
                        machine.handle(links.clock.now(), Input::Response(response));
                    }
                    // The sender is ours: this never fails.
                    Ok(()) = told.changed() => {
                        let (sent, total) = *told.borrow_and_update();
                        on_wire(Wire::BodySent { sent, total });
                    }
                    answer = next_answer(&mut answers) => machine.handle(links.clock.now(), Input::Answer(answer)),
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
    /// A part of a long body was given to the connection.
    BodySent {
        /// Bytes so far.
        sent: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Its answer (or failure) is there.
    ResponseReceived,
}

async fn pending<F: Future + Unpin>(exchange: &mut Option<F>) -> F::Output {
    match exchange {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn heard(link: Option<&dyn GattLink>) -> GattEvent {
    match link {
        Some(link) => link.next().await,
        None => std::future::pending().await,
    }
}

async fn bytes_of(link: Option<&dyn ByteLink>) -> Option<Vec<u8>> {
    match link {
        Some(link) => link.next().await,
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
