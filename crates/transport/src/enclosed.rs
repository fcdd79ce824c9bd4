//! Bodies with a file in them, which is read while it is sent: memory is one piece, whatever the length of the file.
//!
//! ```text
//! {"file":{"base64":"  bytes of the file, in base64  ","hash":…}}
//! ├──── before ─────┤                               ├── after ──┤
//! ```
//!
//! Source: RFC 4648, section 4. A file that became shorter while it was sent breaks the exchange; the server has an
//! announced length and takes no half of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream;
use platen_model::{Enclosure, HttpFailure};
use reqwest::Body;
use std::io;
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Bytes of the file that are read at a time: whole groups of three, so that base64 has no padding in between.
const PIECE: usize = 48 << 10;

/// Hears how many bytes of a body were given to the connection, and how many there are.
pub type Told = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// What is still to be sent.
struct Sending {
    before: Vec<u8>,
    file: Option<File>,
    /// Bytes of the file that were not read yet.
    left: u64,
    after: Vec<u8>,
    sent: u64,
    total: u64,
    told: Told,
}

/// A body, and its length. Nothing is sent of a file that is gone or has another length.
pub(crate) async fn body_of(body: Vec<u8>, enclosure: Enclosure, told: Told) -> Result<(Body, u64), HttpFailure> {
    let unreadable = |error: io::Error| HttpFailure::Refused(format!("the file to send cannot be read: {error}"));
    let file = File::open(&enclosure.path).await.map_err(unreadable)?;
    if file.metadata().await.map_err(unreadable)?.len() != enclosure.size {
        return Err(HttpFailure::Refused("the file to send has another length".to_owned()));
    }
    let Some((before, after)) = body.split_at_checked(enclosure.at) else {
        return Err(HttpFailure::Refused("the file has no place in the body".to_owned()));
    };
    let total = (body.len() as u64).saturating_add(enclosure.size.div_ceil(3).saturating_mul(4));
    let sending = Sending {
        before: before.to_vec(),
        file: (enclosure.size > 0).then_some(file),
        left: enclosure.size,
        after: after.to_vec(),
        sent: 0,
        total,
        told,
    };
    let pieces = stream::try_unfold(sending, |mut sending| async move {
        let piece = sending.next().await?;
        Ok::<_, io::Error>(piece.map(|piece| (piece, sending)))
    });
    Ok((Body::wrap_stream(pieces), total))
}

impl Sending {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        // What was asked for before is on its way.
        (self.told)(self.sent, self.total);
        let piece = if !self.before.is_empty() {
            std::mem::take(&mut self.before)
        } else if let Some(file) = &mut self.file {
            let mut piece = Vec::new();
            let limit = self.left.min(PIECE as u64);
            file.take(limit).read_to_end(&mut piece).await?;
            if piece.len() as u64 != limit {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter"));
            }
            self.left -= limit;
            if self.left == 0 {
                self.file = None;
            }
            STANDARD.encode(piece).into_bytes()
        } else {
            std::mem::take(&mut self.after)
        };
        self.sent = self.sent.saturating_add(piece.len() as u64);
        Ok((!piece.is_empty()).then(|| Bytes::from(piece)))
    }
}
