//! The printer's own network: its endpoints over HTTP, on this machine in place of 192.168.4.1.
//!
//! As firmware has it: a POST an endpoint, a session known by its cookie, a short buffer for that cookie, one connection
//! at a time, and a closed connection for the handler's "no". It ends soon after somebody has read "connected".

use super::EspDevice;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use platen_model::Moment;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long the service stays after somebody has read "connected".
const STAYS: Duration = Duration::from_secs(1);
/// How long a connection may keep the only place.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest body.
const BODY: usize = 4096;
/// Room for a cookie.
const COOKIE: usize = 20;

/// The handler's "no": the connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("closed")]
struct Closed;

/// A printer with unified provisioning and a network of its own. Dropping it switches it off.
pub struct AccessPoint {
    address: SocketAddr,
    _on: DropGuard,
}

impl AccessPoint {
    /// Switches it on, on a free port of this machine.
    ///
    /// # Errors
    /// There is no port.
    pub async fn open(device: EspDevice) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let off = CancellationToken::new();
        let printer = Arc::new(Printer { started: Instant::now(), talking: Mutex::new(Talking::new(device)) });
        let stop = off.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = printer.live(listener) => {}
                () = stop.cancelled() => {}
            }
        });
        Ok(Self { address, _on: off.drop_guard() })
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

struct Talking {
    device: EspDevice,
    cookie: Option<String>,
    sessions: u32,
    gone: Option<Instant>,
}

impl Talking {
    fn new(device: EspDevice) -> Self {
        Self { device, cookie: None, sessions: 0, gone: None }
    }
}

struct Printer {
    started: Instant,
    talking: Mutex<Talking>,
}

impl Printer {
    fn talking(&self) -> MutexGuard<'_, Talking> {
        self.talking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Moment {
        Moment::from_millis(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    /// Answers until its service ends, and lives on until it has joined.
    async fn live(self: Arc<Self>, listener: TcpListener) {
        loop {
            let (gone, next) = {
                let mut talking = self.talking();
                talking.device.live(self.now());
                (talking.gone, talking.device.next())
            };
            tokio::select! {
                accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                    let service = service_fn(|request| self.clone().exchange(request));
                    // One that stays idle gives its place up; what it was told is told.
                    let _ = timeout(PATIENCE, http1::Builder::new().serve_connection(TokioIo::new(stream), service)).await;
                },
                () = self.wait(next) => {}
                () = until(gone) => break,
            }
        }
        drop(listener);
        loop {
            let next = self.talking().device.next();
            if next.is_none() {
                return;
            }
            self.wait(next).await;
            self.talking().device.live(self.now());
        }
    }

    async fn wait(&self, moment: Option<Moment>) {
        until(moment.map(|moment| self.started + Duration::from_millis(moment.as_millis() + 1))).await;
    }

    async fn exchange(self: Arc<Self>, request: Request<Incoming>) -> Result<Response<Body>, Closed> {
        if request.method() != Method::POST {
            return Err(Closed);
        }
        let endpoint = request.uri().path().trim_start_matches('/').to_owned();
        let cookie = request.headers().get(header::COOKIE).map(|cookie| cookie.as_bytes().to_vec());
        let body = to_bytes(Body::new(request.into_body()), BODY).await.map_err(|_| Closed)?;
        let mut talking = self.talking();
        let mut response = Response::new(Body::empty());
        match cookie {
            None => {
                talking.device.hung_up();
                talking.sessions += 1;
                let fresh = format!("session={}", 1_000_000 + talking.sessions);
                response.headers_mut().insert(header::SET_COOKIE, fresh.parse().map_err(|_| Closed)?);
                talking.cookie = Some(fresh);
            }
            Some(sent) => {
                let own = talking.cookie.as_ref().is_some_and(|own| own.as_bytes() == sent);
                if !own || sent.len() > COOKIE {
                    return Err(Closed);
                }
            }
        }
        let answer = talking.device.request(self.now(), &endpoint, &body).map_err(|()| Closed)?;
        if talking.device.stops() {
            let lost = talking.device.printer.faults.lost_after_apply;
            talking.gone = Some(Instant::now() + if lost { Duration::ZERO } else { STAYS });
        }
        *response.body_mut() = Body::from(answer);
        Ok(response)
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
