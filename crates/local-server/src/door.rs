//! The door itself: where it listens, who keeps it open, how it ends.
//!
//! Promise LS-1: loopback only, on IPv4 and, where the machine has it, on IPv6 with the same port, so that
//! `localhost` cannot lead to somebody else. A port that is taken is an error; the door never drifts to another one.

use crate::connection;
use crate::host::HostAllow;
use crate::limits::Limits;
use crate::pace::Pace;
use crate::places::{Peer, Places};
use crate::token::{self, TokenGate};
use platen_api::Api;
use platen_model::{Fault, Retry, Secret};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often a free port is looked for that both IPv4 and IPv6 have.
const PORT_TRIES: usize = 16;

/// How a door is opened.
#[derive(Clone, Debug, Default)]
pub struct DoorOptions {
    /// The port; 0 takes a free one.
    pub port: u16,
    /// The token; a new one when absent.
    pub token: Option<Secret<String>>,
    /// Serve the UI's files. The window brings its own and leaves them out.
    pub ui: bool,
    /// Told when another program of the user asks for the data folder; absent in programs that keep it.
    pub handover: Option<Arc<Notify>>,
    /// What is taken from a peer and how long is waited for it.
    pub limits: Limits,
}

/// Why a door could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// Another program listens there.
    #[error("port {0} is taken")]
    PortTaken(u16),
    /// No address of this machine could be listened on.
    #[error("loopback cannot be listened on")]
    Listen(#[source] io::Error),
    /// The operating system gave no random numbers.
    #[error("no random numbers")]
    Random(#[source] getrandom::Error),
}

impl From<&DoorError> for Fault {
    fn from(error: &DoorError) -> Self {
        match error {
            DoorError::PortTaken(port) => Fault::new(
                "port_taken",
                format!("Another program already listens on port {port}."),
                "End that program, or choose another port.",
            ),
            DoorError::Listen(_) => Fault::new(
                "door_closed",
                "Platen cannot listen on this machine's own address.",
                "Check that the loopback interface is up.",
            ),
            DoorError::Random(_) => {
                Fault::new("no_random", "This system gives no random numbers.", "Restart the machine.")
                    .with_retry(Retry::Later)
            }
        }
    }
}

/// What every connection shares.
pub(crate) struct Shared {
    pub(crate) api: Api,
    pub(crate) hosts: HostAllow,
    pub(crate) gate: TokenGate,
    pub(crate) pace: Pace,
    pub(crate) places: Arc<Places>,
    pub(crate) limits: Limits,
    pub(crate) ui: bool,
    pub(crate) handover: Option<Arc<Notify>>,
    pub(crate) closing: CancellationToken,
    /// Calls that have begun; they end even when their peer has gone.
    pub(crate) calls: TaskTracker,
}

/// An open door.
pub struct Door {
    address: SocketAddr,
    token: Secret<String>,
    shared: Arc<Shared>,
    connections: TaskTracker,
    ended: CancellationToken,
}

impl Door {
    /// Opens a door to `api` on loopback.
    ///
    /// # Errors
    /// See [`DoorError`].
    pub async fn open(api: Api, options: DoorOptions) -> Result<Self, DoorError> {
        let DoorOptions { port, token, ui, handover, limits } = options;
        let (listeners, address) = listen(port).await?;
        let token = match token {
            Some(token) => token,
            None => token::new_token().map_err(DoorError::Random)?,
        };
        let shared = Arc::new(Shared {
            api,
            hosts: HostAllow::loopback(address.port()),
            gate: TokenGate::new(&token, &limits),
            pace: Pace::new(&limits),
            places: Places::new(&limits),
            limits,
            ui,
            handover,
            closing: CancellationToken::new(),
            calls: TaskTracker::new(),
        });
        let connections = TaskTracker::new();
        let ended = CancellationToken::new();
        for listener in listeners {
            connections.spawn(accept(listener, Arc::clone(&shared), connections.clone(), ended.clone()));
        }
        Ok(Self { address, token, shared, connections, ended })
    }

    /// Where it listens: 127.0.0.1 and the port. The same port of `[::1]` is ours too, where the machine has IPv6.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The token that callers must show.
    pub fn token(&self) -> &Secret<String> {
        &self.token
    }

    /// `http://127.0.0.1:<port>/`.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Takes no new connections, ends the event streams, lets calls that have begun finish, then closes everything.
    pub async fn close(self) {
        self.shared.closing.cancel();
        self.shared.calls.close();
        self.connections.close();
        let orderly = async {
            self.shared.calls.wait().await;
            self.connections.wait().await;
        };
        if tokio::time::timeout(self.shared.limits.close_time, orderly).await.is_err() {
            tracing::warn!("the door closed before every connection had ended");
        }
        self.ended.cancel();
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shared.closing.cancel();
        self.ended.cancel();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>, connections: TaskTracker, ended: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.closing.cancelled() => return,
        };
        match accepted {
            Ok((wire, from)) => {
                let ended = ended.clone();
                let serving = connection::serve(Arc::clone(&shared), wire, Peer::from(from.ip()));
                connections.spawn(async move {
                    tokio::select! { () = serving => {}, () = ended.cancelled() => {} }
                });
            }
            Err(error) => {
                // Out of file descriptors, or a peer that left early. Others may have ended in a moment.
                tracing::warn!(%error, "a connection could not be taken");
                tokio::select! {
                    () = tokio::time::sleep(std::time::Duration::from_millis(50)) => {}
                    () = shared.closing.cancelled() => return,
                }
            }
        }
    }
}

async fn listen(port: u16) -> Result<(Vec<TcpListener>, SocketAddr), DoorError> {
    let taken = |error: io::Error, port| match error.kind() {
        io::ErrorKind::AddrInUse => DoorError::PortTaken(port),
        _ => DoorError::Listen(error),
    };
    let mut last = None;
    for _ in 0..PORT_TRIES {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| taken(error, port))?;
        let address = v4.local_addr().map_err(DoorError::Listen)?;
        match TcpListener::bind((Ipv6Addr::LOCALHOST, address.port())).await {
            Ok(v6) => return Ok((vec![v4, v6], address)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                // `localhost` would lead there. With a fixed port that is an error, with a free one we look on.
                last = Some(DoorError::PortTaken(address.port()));
                if port != 0 {
                    break;
                }
            }
            Err(error) => {
                tracing::debug!(%error, "no IPv6 loopback");
                return Ok((vec![v4], address));
            }
        }
    }
    Err(last.unwrap_or(DoorError::PortTaken(port)))
}
