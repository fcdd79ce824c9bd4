//! The one shape of a dialogue: no socket, no clock, no randomness inside.
//!
//! ```text
//! loop { match machine.poll(now) { Send | Request | Gatt | Event → do it, poll again
//!                                   WaitUntil(t)          → wait for input or t, then handle(now, …)
//!                                   Done(result)          → finished } }
//! ```
//!
//! A machine changes once in [`Machine::handle`] and is then drained by [`Machine::poll`] until it waits or is done.
//! Time-outs, retries and cancel are the machine's own; the runner in `engine` only carries them out.

use crate::gatt::{GattEvent, GattRequest};
use crate::moment::Moment;
use crate::secret::Secret;
use crate::wifi::Credentials;
use std::fmt;
use std::path::PathBuf;

/// A way to reach a printer, as a machine names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    // The nearest first: the order in which a reachable printer is used.
    /// A cable.
    Usb,
    /// Bluetooth Low Energy.
    Ble,
    /// A byte stream on the local network.
    Lan,
    /// Messages through the cloud platform's broker.
    Cloud,
    /// The system's spooler.
    System,
}

impl Channel {
    /// The word used in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usb => "usb",
            Self::Ble => "ble",
            Self::Lan => "lan",
            Self::Cloud => "cloud",
            Self::System => "system",
        }
    }
}

/// What a person answered to a question that a machine asked with an event.
#[derive(Clone, Debug)]
pub enum UserAnswer {
    /// Text typed in, for example a verification code.
    Text(Secret<String>),
    /// Yes or no.
    Confirm(bool),
    /// The network to join.
    Join(Credentials),
    /// Look again.
    Rescan,
    /// Let the printer blink or beep, so that it can be found among others.
    Identify,
}

/// The verbs that our systems use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum HttpMethod {
    Get,
    Post,
    Put,
    Delete,
}

/// One HTTP exchange that a machine wants.
#[derive(Clone)]
pub struct HttpRequest {
    /// The verb.
    pub method: HttpMethod,
    /// Absolute URL.
    pub url: String,
    /// Names and values; secret ones are in `bearer`.
    pub headers: Vec<(String, String)>,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Option<Secret<String>>,
    /// The body; JSON bodies set their content type in `headers`.
    pub body: Vec<u8>,
    /// A file whose bytes belong into the body.
    pub enclosure: Option<Enclosure>,
    /// The largest answer to read, in bytes; more is [`HttpFailure::TooLarge`].
    pub limit: usize,
    /// How long the whole exchange may take.
    pub timeout: std::time::Duration,
}

/// A file that stands in a body as standard base64. It is read while the request is sent, so nobody holds it whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enclosure {
    /// Where the file is. A machine only names it; the link reads it.
    pub path: PathBuf,
    /// Its length in bytes, before base64. A file of another length is not sent.
    pub size: u64,
    /// In front of which byte of the body it stands.
    pub at: usize,
}

/// Bodies and header values hold authorisation codes and documents: `Debug` shows that they are there, not what they say.
impl fmt::Debug for HttpRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        formatter
            .debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url.split('?').next().unwrap_or_default())
            .field("headers", &names)
            .field("bearer", &self.bearer.is_some())
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("enclosure", &self.enclosure.as_ref().map(|enclosure| enclosure.size))
            .field("limit", &self.limit)
            .field("timeout", &self.timeout)
            .finish()
    }
}

/// What came back.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The `Date` field in milliseconds since 1970 UTC, when there was a readable one.
    pub date: Option<i64>,
    /// The first cookie that it set, `name=value` without its attributes.
    pub cookie: Option<String>,
    /// The body, within the request's limit.
    pub body: Vec<u8>,
}

/// Bodies hold tokens: `Debug` shows only how long one is.
impl fmt::Debug for HttpResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HttpResponse({}, {} bytes)", self.status, self.body.len())
    }
}

/// Why nothing (complete) came back. `sent` says whether the other side may have acted on the request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpFailure {
    /// No connection could be made: the request provably did not arrive.
    #[error("the server could not be reached: {0}")]
    Unreachable(String),
    /// The server's certificate was refused: the request provably did not arrive.
    #[error("the server's certificate was refused: {0}")]
    Certificate(String),
    /// The request may have arrived, the answer did not.
    #[error("the connection broke before the answer was complete: {0}")]
    Broken(String),
    /// The request may have arrived, the answer took too long.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The answer was larger than the request's limit.
    #[error("the answer was larger than allowed")]
    TooLarge,
    /// The request was refused on this side, for example plain HTTP to a foreign host; nothing was sent.
    #[error("the request was refused on this machine: {0}")]
    Refused(String),
}

impl HttpFailure {
    /// Whether the other side may have received and acted on the request (promise MQ-12).
    pub const fn may_have_arrived(&self) -> bool {
        matches!(self, Self::Broken(_) | Self::TimedOut | Self::TooLarge)
    }
}

/// The end of one HTTP exchange.
pub type HttpResult = Result<HttpResponse, HttpFailure>;

/// What a machine is told.
pub enum Input<'a> {
    /// Bytes arrived on a channel.
    Received {
        /// Where.
        channel: Channel,
        /// What; a message on message channels, any piece of the stream on stream channels.
        bytes: &'a [u8],
    },
    /// The one outstanding [`Output::Request`] ended.
    Response(HttpResult),
    /// The one outstanding [`Output::Gatt`] ended, or the device did something by itself.
    Gatt(GattEvent),
    /// A person answered.
    Answer(UserAnswer),
    /// The moment of the last [`Output::WaitUntil`] came.
    Tick,
    /// Stop in an orderly way.
    Cancel,
}

/// Bytes may be secret: `Debug` shows how many there are.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received { channel, bytes } => write!(formatter, "Received({channel:?}, {} bytes)", bytes.len()),
            Self::Response(result) => write!(formatter, "Response({result:?})"),
            Self::Gatt(event) => write!(formatter, "Gatt({event:?})"),
            Self::Answer(answer) => write!(formatter, "Answer({answer:?})"),
            Self::Tick => formatter.write_str("Tick"),
            Self::Cancel => formatter.write_str("Cancel"),
        }
    }
}

/// What a machine wants. `E` is what it reports on the way, `T` what it ends with, `F` why it failed.
pub enum Output<E, T, F> {
    /// Put bytes on a channel.
    Send {
        /// Where.
        channel: Channel,
        /// What.
        bytes: Vec<u8>,
    },
    /// Make one HTTP exchange; its end comes back as [`Input::Response`].
    Request(HttpRequest),
    /// Ask something of the Bluetooth device; its end comes back as [`Input::Gatt`].
    Gatt(GattRequest),
    /// Something to tell.
    Event(E),
    /// Nothing to do until input arrives or this moment comes.
    WaitUntil(Moment),
    /// Over. The machine must not be used any more.
    Done(Result<T, F>),
}

/// Bytes may be secret: `Debug` shows how many there are.
impl<E: fmt::Debug, T: fmt::Debug, F: fmt::Debug> fmt::Debug for Output<E, T, F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send { channel, bytes } => write!(formatter, "Send({channel:?}, {} bytes)", bytes.len()),
            Self::Request(request) => write!(formatter, "Request({request:?})"),
            Self::Gatt(request) => write!(formatter, "Gatt({request:?})"),
            Self::Event(event) => write!(formatter, "Event({event:?})"),
            Self::WaitUntil(until) => write!(formatter, "WaitUntil({until:?})"),
            Self::Done(end) => write!(formatter, "Done({end:?})"),
        }
    }
}

/// A dialogue.
pub trait Machine {
    /// What it reports on the way.
    type Event;
    /// What it ends with.
    type Outcome;
    /// Why it failed.
    type Failure;

    /// Takes one input; changes once.
    fn handle(&mut self, now: Moment, input: Input<'_>);

    /// Says what to do next; drain until `WaitUntil` or `Done`.
    fn poll(&mut self, now: Moment) -> Output<Self::Event, Self::Outcome, Self::Failure>;
}

impl<M: Machine + ?Sized> Machine for Box<M> {
    type Event = M::Event;
    type Outcome = M::Outcome;
    type Failure = M::Failure;

    fn handle(&mut self, now: Moment, input: Input<'_>) {
        (**self).handle(now, input);
    }

    fn poll(&mut self, now: Moment) -> Output<Self::Event, Self::Outcome, Self::Failure> {
        (**self).poll(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_body_no_header_value_and_no_query() {
        let request = HttpRequest {
            method: HttpMethod::Post,
            url: "https://print.example.com/login?code=canary".to_owned(),
            headers: vec![("x-key".to_owned(), "canary".to_owned())],
            bearer: Some(Secret::from("canary")),
            body: b"canary".to_vec(),
            enclosure: Some(Enclosure { path: "canary".into(), size: 1, at: 0 }),
            limit: 1,
            timeout: std::time::Duration::from_secs(1),
        };
        let response = HttpResponse { status: 200, date: None, cookie: None, body: b"canary".to_vec() };
        assert!(!format!("{request:?} {response:?}").contains("canary"));
        let sent: Output<(), (), ()> = Output::Send { channel: Channel::Usb, bytes: b"canary".to_vec() };
        let came = Input::Received { channel: Channel::Usb, bytes: b"canary" };
        assert_eq!(format!("{sent:?} {came:?}"), "Send(Usb, 6 bytes) Received(Usb, 6 bytes)");
        assert!(format!("{request:?}").contains("x-key"));
    }
}
