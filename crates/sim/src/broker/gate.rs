//! Who may come in, and what they may hear and say.
//!
//! The broker itself knows no tenants, tokens or devices: it asks its [`Gate`] once per connection and gets a list of
//! filters back. The gate is also told who came and who went (the two messages of section 8 are made from that).

use std::net::SocketAddr;

/// Somebody at the door.
#[derive(Clone, Debug)]
pub struct Knock<'a> {
    /// Client id; never empty (the broker assigns one).
    pub client_id: &'a str,
    /// User name, as sent.
    pub username: Option<&'a str>,
    /// Password, as sent.
    pub password: Option<&'a str>,
}

/// What a client may do: filters that must cover each filter it subscribes to and each topic it publishes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grant {
    /// It may hear topics within these filters.
    pub hear: Vec<String>,
    /// It may say something under topics within these filters.
    pub say: Vec<String>,
}

impl Grant {
    /// Everything.
    pub fn everything() -> Self {
        Self { hear: vec!["#".to_owned(), "$SYS/#".to_owned()], say: vec!["#".to_owned()] }
    }
}

/// Why somebody was turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// User name and password do not belong together (CONNACK 4 or 0x86).
    BadCredentials,
    /// They do, but may not connect any more (CONNACK 5 or 0x87).
    NotAuthorised,
}

/// One connection, from CONNACK to the end.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Client id.
    pub client_id: String,
    /// User name, empty when none was sent.
    pub username: String,
    /// The client's end of the connection.
    pub peer: SocketAddr,
    /// The broker's end.
    pub local: SocketAddr,
    /// When it was accepted, in milliseconds since 1970 UTC.
    pub since: i64,
}

/// Decides about connections and hears of them.
pub trait Gate: Send + Sync + 'static {
    /// Lets a client in with a grant, or not.
    fn admit(&self, knock: &Knock<'_>) -> Result<Grant, Refusal>;
    /// A client has its CONNACK.
    fn connected(&self, _visit: &Visit) {}
    /// A client is gone; `reason` is a word such as `normal` or `keepalive_timeout`.
    fn disconnected(&self, _visit: &Visit, _reason: &'static str) {}
}

/// Lets everybody do everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenGate;

impl Gate for OpenGate {
    fn admit(&self, _knock: &Knock<'_>) -> Result<Grant, Refusal> {
        Ok(Grant::everything())
    }
}
