//! The pages of a document as they come from a renderer.
//!
//! Whoever takes them sets the pace: a child waits in its pipe, a thread at its channel of [`AHEAD`] frames. Dropping a
//! [`Rendering`] ends the child.

use super::child::{Out, end, work};
use super::confine::Confinement;
use super::frames::{Begin, Frame, HEAD, Kind, read_head, task_head};
use super::{CHILD_COMMAND, Content, Done, Limits, Task, broken, refused};
use platen_model::{Fault, PageOptions, Retry};
use platen_render::{MAX_PAGE_ROWS, MAX_PAGES, Stopped};
use std::io::Read;
use std::path::Path;
use std::process::Stdio;
use std::sync::Once;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// How many frames a thread may be ahead.
const AHEAD: usize = 4;
/// Bytes of a document that are passed on at a time.
const PIECE: usize = 64 << 10;
/// The largest PRN of a job, in bytes.
const LARGEST_PRN: usize = 64 << 20;
/// The widest page, in dots.
const WIDEST: u32 = PageOptions::MAX_WIDTH;

/// What a renderer says.
pub(crate) enum Event {
    /// A page begins.
    Begin(Begin),
    /// Bytes of it.
    Bytes(Vec<u8>),
    /// It is complete.
    End,
    /// All pages were given. Nothing follows.
    Done(Done),
}

/// A document being rendered.
pub(crate) struct Rendering {
    feed: Feed,
    rules: Rules,
    patience: Duration,
}

enum Feed {
    Child { child: Box<Child>, output: ChildStdout },
    Thread(mpsc::Receiver<Frame>),
}

/// What may come next.
struct Rules {
    /// Whether bytes are rows of grey, as many as the page has dots.
    grey: bool,
    page: Option<Begin>,
    pages: usize,
    /// Bytes of this page if grey, of all pages if not.
    bytes: usize,
}

impl Rendering {
    /// Work on a thread of this process.
    pub(super) fn thread(task: Task, document: Content) -> Self {
        let rules = Rules::of(&task);
        let (give, take) = mpsc::channel(AHEAD);
        // Nobody waits for it: that it ended is seen at the channel, and a result that nobody wants is no error.
        drop(tokio::task::spawn_blocking(move || match document.read() {
            Ok(document) => work(task, &document, &mut Channel(give)),
            Err(error) => end(Err(broken(&error)), &mut Channel(give)),
        }));
        Self { feed: Feed::Thread(take), rules, patience: Limits::default().patience }
    }

    /// Work in a child.
    pub(super) fn child(program: &Path, limits: Limits, task: &Task, document: Content) -> Result<Self, Fault> {
        let json = Zeroizing::new(serde_json::to_vec(task).map_err(|error| broken(&error))?);
        let mut child = tokio::process::Command::new(program)
            .arg(CHILD_COMMAND)
            .args([limits.memory.to_string(), limits.cpu.to_string()])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| broken(&error))?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(broken(&"no pipes"));
        };
        // Both ways at once: a child that answers early (a refusal) does not read the rest.
        tokio::spawn(async move {
            let head = Zeroizing::new(task_head(&json));
            let given = async {
                input.write_all(&head).await?;
                match document {
                    Content::Held(bytes) => input.write_all(&bytes).await?,
                    Content::File(file) => {
                        let mut pieces = BufReader::with_capacity(PIECE, tokio::fs::File::from_std(file));
                        tokio::io::copy_buf(&mut pieces, &mut input).await?;
                    }
                }
                input.shutdown().await
            };
            if let Err(error) = given.await {
                tracing::debug!("the renderer did not read the whole document: {error}");
            }
        });
        Ok(Self {
            feed: Feed::Child { child: Box::new(child), output },
            rules: Rules::of(task),
            patience: limits.patience,
        })
    }

    /// What comes next. After [`Event::Done`] or a fault there is nothing more.
    ///
    /// # Errors
    /// The renderer's own faults; `content_refused` when it ended without a word, took too long or said what no
    /// renderer says.
    pub(crate) async fn next(&mut self) -> Result<Event, Fault> {
        loop {
            let asked = Instant::now();
            let came = tokio::time::timeout(self.patience, self.feed.next()).await;
            self.patience = self.patience.saturating_sub(asked.elapsed());
            let Some(frame) = came.map_err(|_| silent("took too long"))? else {
                return Err(self.feed.ended().await);
            };
            match frame.kind {
                Kind::Confined => tell_once(&frame.payload),
                Kind::Refused => return Err(serde_json::from_slice(&frame.payload).map_err(|_| silent("was unclear"))?),
                _ => return self.rules.check(frame).ok_or_else(|| silent("said what it must not say")),
            }
        }
    }

    /// Whether the thread has not come to its end.
    #[cfg(test)]
    pub(super) fn is_under_way(&self) -> bool {
        matches!(&self.feed, Feed::Thread(frames) if !frames.is_closed())
    }

    /// The end of a rendering without pages.
    pub(super) async fn done(mut self) -> Result<Done, Fault> {
        match self.next().await? {
            Event::Done(done) => Ok(done),
            _ => Err(refused()),
        }
    }
}

impl Content {
    /// All of it, for a renderer of this process.
    fn read(self) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Held(bytes) => Ok(bytes),
            Self::File(mut file) => {
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes)?;
                Ok(bytes)
            }
        }
    }
}

impl Feed {
    /// The next frame; `None` when there is no whole one any more.
    async fn next(&mut self) -> Option<Frame> {
        match self {
            Self::Thread(frames) => frames.recv().await,
            Self::Child { output, .. } => {
                let mut head = [0; HEAD];
                output.read_exact(&mut head).await.ok()?;
                let (kind, length) = read_head(head)?;
                let mut payload = Vec::new();
                // Grows with what comes, not with what was announced.
                let limit = u64::try_from(length).unwrap_or(u64::MAX);
                (&mut *output).take(limit).read_to_end(&mut payload).await.ok()?;
                (payload.len() == length).then_some(Frame { kind, payload })
            }
        }
    }

    /// Why there is nothing more.
    async fn ended(&mut self) -> Fault {
        match self {
            Self::Thread(_) => silent("gave up"),
            Self::Child { child, .. } => {
                // It closed its side or spoke nonsense: either way it has nothing to say any more.
                let killed = child.start_kill();
                let status = child.wait().await;
                tracing::warn!(?killed, ?status, "the renderer stopped without a result");
                refused()
            }
        }
    }
}

impl Rules {
    fn of(task: &Task) -> Self {
        Self { grey: matches!(task, Task::Grey { .. }), page: None, pages: 0, bytes: 0 }
    }

    /// The event of a frame; `None` for one that cannot come here.
    fn check(&mut self, frame: Frame) -> Option<Event> {
        match (frame.kind, self.page) {
            (Kind::Begin, None) => {
                let begin = Begin::read(&frame.payload)?;
                let sound = (1..=WIDEST).contains(&begin.width)
                    && (1..=MAX_PAGE_ROWS).contains(&begin.height)
                    && begin.grey.is_some() == self.grey
                    && begin.is_sound()
                    && self.pages < MAX_PAGES;
                if !sound {
                    return None;
                }
                self.pages += 1;
                self.page = Some(begin);
                self.bytes = if self.grey { 0 } else { self.bytes };
                Some(Event::Begin(begin))
            }
            (Kind::Bytes, Some(page)) => {
                self.bytes = self.bytes.checked_add(frame.payload.len())?;
                (self.bytes <= self.most(&page)).then_some(Event::Bytes(frame.payload))
            }
            (Kind::End, Some(page)) => {
                self.page = None;
                (!self.grey || self.bytes == self.most(&page)).then_some(Event::End)
            }
            (Kind::Done, None) => Some(Event::Done(serde_json::from_slice(&frame.payload).ok()?)),
            _ => None,
        }
    }

    fn most(&self, page: &Begin) -> usize {
        match page.grey_size() {
            Some(size) if self.grey => size.stride() * page.height as usize,
            _ => LARGEST_PRN,
        }
    }
}

/// Hands frames to another thread.
struct Channel(mpsc::Sender<Frame>);

impl Out for Channel {
    fn frame(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Stopped> {
        self.0.blocking_send(Frame { kind, payload: payload.to_vec() }).map_err(|_| Stopped)
    }
}

fn silent(what: &str) -> Fault {
    tracing::warn!("the renderer {what}");
    refused().with_retry(Retry::No)
}

/// A machine that cannot confine a child as promised is told of in the log, once; `doctor` tells it each time.
fn tell_once(json: &[u8]) {
    static TOLD: Once = Once::new();
    match serde_json::from_slice::<Confinement>(json) {
        Ok(confinement) if confinement.is_whole() => {}
        Ok(confinement) => TOLD.call_once(|| {
            tracing::warn!(?confinement, "documents are opened with less isolation than this program can have");
        }),
        Err(error) => tracing::warn!("the renderer did not say how it is confined: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_render::{Area, Nature};

    fn rules(grey: bool) -> Rules {
        Rules { grey, page: None, pages: 0, bytes: 0 }
    }

    fn begin(width: u32, height: u32, nature: Option<Nature>) -> Frame {
        let whole = Area { left: 0, top: 0, width, height };
        Frame {
            kind: Kind::Begin,
            payload: Begin { width, height, grey: nature.map(|nature| (nature, whole, nature == Nature::Shaded)) }
                .payload(),
        }
    }

    fn bytes(count: usize) -> Frame {
        Frame { kind: Kind::Bytes, payload: vec![0; count] }
    }

    const END: Frame = Frame { kind: Kind::End, payload: Vec::new() };

    #[test]
    fn grey_pages_have_exactly_their_dots() {
        let mut all = rules(true);
        assert!(all.check(begin(8, 2, Some(Nature::Tones))).is_some());
        assert!(all.check(bytes(8)).is_some() && all.check(bytes(8)).is_some() && all.check(END).is_some());
        assert!(all.check(begin(8, 1, Some(Nature::Lines))).is_some());
        assert!(all.check(bytes(7)).is_some());
        assert!(all.check(END).is_none(), "a row is not whole");
        let mut colour = rules(true);
        assert!(colour.check(begin(8, 2, Some(Nature::Shaded))).is_some());
        assert!(colour.check(bytes(48)).is_some() && colour.check(END).is_some(), "three bytes a dot");
        let mut more = rules(true);
        assert!(more.check(begin(8, 1, Some(Nature::Lines))).is_some());
        assert!(more.check(bytes(9)).is_none(), "more than announced");
    }

    #[test]
    fn frames_out_of_order_and_sizes_beyond_the_limits_are_refused() {
        assert!(rules(false).check(bytes(1)).is_none());
        assert!(rules(false).check(END).is_none());
        assert!(rules(false).check(begin(0, 1, None)).is_none());
        assert!(rules(false).check(begin(8, MAX_PAGE_ROWS + 1, None)).is_none());
        assert!(rules(true).check(begin(WIDEST + 8, 1, Some(Nature::Lines))).is_none());
        assert!(rules(false).check(begin(8, 1, Some(Nature::Lines))).is_none(), "a PRN has no nature");
        let beyond = Area { left: 1, top: 0, width: 8, height: u32::MAX };
        let beyond = Begin { width: 8, height: 1, grey: Some((Nature::Lines, beyond, false)) }.payload();
        assert!(rules(true).check(Frame { kind: Kind::Begin, payload: beyond }).is_none(), "content off the page");
        let mut twice = rules(false);
        assert!(twice.check(begin(8, 1, None)).is_some());
        assert!(twice.check(begin(8, 1, None)).is_none());
        let mut large = rules(false);
        assert!(large.check(begin(8, 1, None)).is_some());
        large.bytes = LARGEST_PRN;
        assert!(large.check(bytes(1)).is_none());
    }
}
