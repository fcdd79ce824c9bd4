//! A proxy before the platform that cuts connections after so many bytes, in either direction.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// How many bytes a connection may carry before it is cut: up (request) and down (answer).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    pub(crate) up: usize,
    pub(crate) down: usize,
}

impl Cut {
    /// Nothing is cut.
    pub(crate) const NEVER: Self = Self { up: usize::MAX, down: usize::MAX };
}

type Chooser = Box<dyn FnMut() -> Cut + Send>;

/// The running proxy. It ends with this value.
pub(crate) struct Proxy {
    port: u16,
    choose: Arc<Mutex<Chooser>>,
    task: AbortHandle,
}

impl Proxy {
    /// In front of `http://127.0.0.1:port`; `choose` says for each connection when it is cut.
    pub(crate) async fn before(http: &str, choose: impl FnMut() -> Cut + Send + 'static) -> Self {
        let target: u16 = http.rsplit_once(':').unwrap().1.parse().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let choose: Arc<Mutex<Chooser>> = Arc::new(Mutex::new(Box::new(choose)));
        let chooser = choose.clone();
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let cut = (chooser.lock().unwrap())();
                tokio::spawn(carry(near, target, cut));
            }
        });
        Self { port, choose, task: task.abort_handle() }
    }

    /// From now on nothing is cut.
    pub(crate) fn behave(&self) {
        *self.choose.lock().unwrap() = Box::new(|| Cut::NEVER);
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(near: TcpStream, target: u16, cut: Cut) -> std::io::Result<()> {
    let far = TcpStream::connect((Ipv4Addr::LOCALHOST, target)).await?;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    // The first direction that ends, by itself or by the cut, ends both: what is on its way is lost.
    tokio::select! {
        ended = pass(near_read, far_write, cut.up) => ended,
        ended = pass(far_read, near_write, cut.down) => ended,
    }
}

async fn pass(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut left: usize,
) -> std::io::Result<()> {
    let mut piece = [0; 2048];
    while left > 0 {
        let room = left.min(piece.len());
        let count = from.read(&mut piece[..room]).await?;
        if count == 0 {
            return Ok(());
        }
        to.write_all(&piece[..count]).await?;
        left -= count;
    }
    Ok(())
}
