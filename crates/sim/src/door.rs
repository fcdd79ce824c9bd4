//! The HTTP listener, with an accept loop of its own: only so can an exchange be dropped without an answer.
//!
//! Loopback only. Headers must be complete within ten seconds.

use crate::trouble::{Call, Side, Trouble, Troubles};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use platen_protocol::cloud::profile::Paths;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

const HEADER_PATIENCE: Duration = Duration::from_secs(10);
const MAX_CONNECTIONS: usize = 512;

/// The exchange ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
struct Dropped;

/// Serves until `stop` is cancelled.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    troubles: Arc<Troubles>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        match accepted {
            Ok((stream, _)) if tasks.len() < MAX_CONNECTIONS => {
                tasks.spawn(connection(stream, router.clone(), troubles.clone(), stop.clone()));
            }
            Ok(_) => tracing::warn!("the simulated platform has too many connections"),
            Err(error) => {
                // Out of descriptors, most likely: nothing tells when one is free again.
                tracing::warn!(%error, "the simulated platform could not accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router, troubles: Arc<Troubles>, stop: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| exchange(request, router.clone(), troubles.clone()));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_PATIENCE);
    tokio::select! {
        ended = builder.serve_connection(TokioIo::new(stream), service) => {
            if let Err(error) = ended {
                tracing::trace!(%error, "a connection to the simulated platform ended early");
            }
        }
        () = stop.cancelled() => {}
    }
}

async fn exchange(
    request: Request<Incoming>,
    router: Router,
    troubles: Arc<Troubles>,
) -> Result<Response<Body>, Dropped> {
    let call = call_of(request.method(), request.uri().path());
    if let Some(call) = call {
        troubles.arrived(call);
    }
    let trouble = call.and_then(|call| troubles.take(call));
    if let Some((Side::Before, trouble)) = trouble {
        return strike(trouble).await;
    }
    // A router answers everything; its error type has no values.
    let answer = router.oneshot(request.map(Body::new)).await.map_err(|_| Dropped)?;
    match trouble {
        Some((Side::After, trouble)) => strike(trouble).await,
        _ => Ok(answer),
    }
}

async fn strike(trouble: Trouble) -> Result<Response<Body>, Dropped> {
    match trouble {
        Trouble::Drop => Err(Dropped),
        Trouble::Stall(span) => {
            tokio::time::sleep(span).await;
            Err(Dropped)
        }
        Trouble::Answer(status) => {
            let mut answer = Response::new(Body::from(r#"{"code":5000,"msg":"trouble on purpose"}"#));
            *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Ok(answer)
        }
    }
}

/// Which call of the platform this is, direct or via the tenant.
fn call_of(method: &Method, path: &str) -> Option<Call> {
    let paths = Paths::default();
    let path = path.strip_prefix("/tenant").unwrap_or(path);
    if path.starts_with("/objects/") {
        return Some(Call::Object);
    }
    match (method == Method::POST, path) {
        (true, path) if path == paths.bind => Some(Call::Bind),
        (true, path) if path == paths.login => Some(Call::Login),
        (true, path) if path == paths.create_job => Some(Call::CreateJob),
        (false, path) if path == paths.create_job => Some(Call::JobList),
        (false, path) if path == paths.device_state => Some(Call::DeviceState),
        _ => None,
    }
}
