//! Foreign documents are decoded in a child process (promise CT-1): a hostile file can end the child, never the app.
//!
//! ```text
//! parent ──▶ child   length (u32 LE), task as JSON, the document until end of file
//! parent ◀── child   length (u32 LE), result as JSON, the PRN until end of file
//! ```
//!
//! The child is this same program, started with [`CHILD_COMMAND`]. It limits itself before it reads a byte of the
//! document: [`MEMORY`] of address space, [`CPU_SECONDS`] of processor time, no file written, no file opened, and it
//! dies with its parent. Where a program cannot start itself (phones), [`Renderer::InProcess`] does the same work here.
//! Not here yet: Landlock and seccomp.

use crate::pages::feed_dots;
use platen_model::{Bitmap, Dither, DocumentName, Fault, PageOptions, Retry};
use platen_printers::{Finish, Model, family};
use platen_render::{DocumentInfo, Target};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The word with which a program starts itself as a renderer.
pub const CHILD_COMMAND: &str = "__render";
/// Address space of the child, in bytes.
const MEMORY: u64 = 1 << 30;
/// Processor time of the child.
const CPU_SECONDS: u64 = 60;
/// Time on the clock, for a child that waits instead of working.
const WALL: Duration = Duration::from_secs(90);
/// The largest header of a task or result, in bytes.
const HEADER: usize = 1 << 20;
/// The largest PRN, in bytes.
const LARGEST_PRN: u64 = 64 << 20;

/// Where foreign documents are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Renderer {
    /// In this process, on a thread that may take its time.
    #[default]
    InProcess,
    /// In a child: this program, which understands [`CHILD_COMMAND`].
    Child(PathBuf),
}

/// A document made ready for one model.
pub(crate) struct Prepared {
    /// The PRN of one copy: page after page, each complete in itself.
    pub(crate) prn: Vec<u8>,
    /// What these bytes burn.
    pub(crate) pages: Vec<Bitmap>,
    pub(crate) missing: Vec<char>,
    pub(crate) dither: Dither,
    pub(crate) leaves: u32,
}

#[derive(Serialize, Deserialize)]
enum Task {
    Identify { name: DocumentName },
    Prepare { name: DocumentName, model: String, options: PageOptions },
}

#[derive(Serialize, Deserialize)]
enum Done {
    Identified(DocumentInfo),
    Prepared { missing: Vec<char>, dither: Dither, leaves: u32 },
    Refused(Fault),
}

impl Renderer {
    /// Tells what a document is.
    pub(crate) async fn identify(&self, document: Vec<u8>, name: &DocumentName) -> Result<DocumentInfo, Fault> {
        match self.run(Task::Identify { name: name.clone() }, document).await? {
            (Done::Identified(info), _) => Ok(info),
            (Done::Refused(fault), _) => Err(fault),
            (Done::Prepared { .. }, _) => Err(refused()),
        }
    }

    /// Renders and encodes a document; the pages come back by decoding the PRN.
    pub(crate) async fn prepare(
        &self,
        document: Vec<u8>,
        name: &DocumentName,
        model: &'static Model,
        options: &PageOptions,
    ) -> Result<Prepared, Fault> {
        options
            .check()
            .map_err(|error| Fault::new("option_invalid", format!("{error}."), "Choose a value within the range."))?;
        let task = Task::Prepare { name: name.clone(), model: model.id.clone(), options: options.clone() };
        match self.run(task, document).await? {
            (Done::Prepared { missing, dither, leaves }, prn) => {
                let pages = crate::pages::decode(model, &prn)?;
                Ok(Prepared { prn, pages, missing, dither, leaves })
            }
            (Done::Refused(fault), _) => Err(fault),
            (Done::Identified(_), _) => Err(refused()),
        }
    }

    async fn run(&self, task: Task, document: Vec<u8>) -> Result<(Done, Vec<u8>), Fault> {
        match self {
            Self::InProcess => tokio::task::spawn_blocking(move || work(task, &document)).await.map_err(|error| {
                tracing::error!("rendering ended without a result: {error}");
                refused()
            }),
            Self::Child(program) => run_child(program, &task, document).await,
        }
    }
}

async fn run_child(program: &std::path::Path, task: &Task, document: Vec<u8>) -> Result<(Done, Vec<u8>), Fault> {
    let task = serde_json::to_vec(task).map_err(|error| broken(&error))?;
    let mut child = tokio::process::Command::new(program)
        .arg(CHILD_COMMAND)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| broken(&error))?;
    let (Some(mut input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken(&"no pipes"));
    };
    // Both ways at once: a child that answers early (a refusal) does not read the rest.
    let give = async move {
        let head = frame(&task);
        let given = async {
            input.write_all(&head).await?;
            input.write_all(&document).await?;
            input.shutdown().await
        };
        if let Err(error) = given.await {
            tracing::debug!("the renderer did not read the whole document: {error}");
        }
    };
    let take = async {
        let mut answer = Vec::new();
        let limit = LARGEST_PRN + HEADER as u64;
        (&mut output).take(limit).read_to_end(&mut answer).await.map(|_| answer)
    };
    let both = async { tokio::join!(give, take).1 };
    let answer = tokio::time::timeout(WALL, both).await.map_err(|_| refused())?.map_err(|error| broken(&error))?;
    let status = child.wait().await.map_err(|error| broken(&error))?;
    match split(&answer).and_then(|(head, prn)| Some((serde_json::from_slice(head).ok()?, prn.to_vec()))) {
        Some(done) if status.success() => Ok(done),
        _ => {
            tracing::warn!(%status, "the renderer stopped without a result");
            Err(refused())
        }
    }
}

/// What the program does when it was started as a renderer: one task from standard input, its result to standard
/// output. Returns the exit code.
pub fn child_main() -> i32 {
    limit_self();
    let mut input = Vec::new();
    if std::io::stdin().lock().read_to_end(&mut input).is_err() {
        return 1;
    }
    let Some((head, document)) = split(&input) else { return 2 };
    let Ok(task) = serde_json::from_slice(head) else { return 2 };
    let (done, prn) = work(task, document);
    let Ok(head) = serde_json::to_vec(&done) else { return 1 };
    let mut output = std::io::stdout().lock();
    let written = output.write_all(&frame(&head)).and_then(|()| output.write_all(&prn)).and_then(|()| output.flush());
    i32::from(written.is_err())
}

fn work(task: Task, document: &[u8]) -> (Done, Vec<u8>) {
    let done = match task {
        Task::Identify { name } => platen_render::identify(&platen_render::Source::new(document, &name))
            .map(|info| (Done::Identified(info), Vec::new()))
            .map_err(|error| error.fault()),
        Task::Prepare { name, model, options } => prepare_now(document, &name, &model, &options),
    };
    done.unwrap_or_else(|fault| (Done::Refused(fault), Vec::new()))
}

fn prepare_now(
    document: &[u8],
    name: &DocumentName,
    model: &str,
    options: &PageOptions,
) -> Result<(Done, Vec<u8>), Fault> {
    let model = platen_printers::model(model).ok_or_else(refused)?;
    let language = family(model.family).ok_or_else(refused)?;
    let target = Target { width_dots: model.width_dots, dpi: model.dpi, dot_gain: model.dot_gain };
    let rendered = platen_render::render(document, name, &target, options).map_err(|error| error.fault())?;
    let leaves = u32::try_from(rendered.pages.len()).unwrap_or(u32::MAX);
    let finish = Finish { feed_dots: feed_dots(model, options), cut: options.cut };
    let mut prn = Vec::new();
    for page in &rendered.pages {
        let page = language.encode(model, page, &finish).map_err(|error| error.fault())?;
        language.append(&mut prn, &page);
    }
    Ok((Done::Prepared { missing: rendered.missing, dither: rendered.dither, leaves }, prn))
}

#[cfg(unix)]
fn limit_self() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let limits = [
        (Resource::As, MEMORY),
        (Resource::Cpu, CPU_SECONDS),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        // The three that are open stay; nothing else can be opened.
        (Resource::Nofile, 3),
    ];
    for (resource, most) in limits {
        // A limit that is lower already cannot be raised, and need not be.
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    }
    #[cfg(target_os = "linux")]
    {
        // Without these the child is still limited; it only might outlive its parent or be traced.
        let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
        let _ = rustix::thread::set_no_new_privs(true);
    }
}

#[cfg(not(unix))]
fn limit_self() {}

fn frame(head: &[u8]) -> Vec<u8> {
    let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes()[..], head].concat()
}

fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|length| *length <= HEADER)?;
    rest.split_at_checked(length)
}

fn refused() -> Fault {
    Fault::new(
        "content_refused",
        "The document could not be drawn: it asks for too much time or memory, or it is damaged.",
        "Try another file or format.",
    )
    .with_retry(Retry::No)
}

fn broken(error: &dyn std::fmt::Display) -> Fault {
    tracing::error!("the renderer could not be used: {error}");
    Fault::new("renderer_failed", "The renderer could not be started.", "Start Platen again.").with_retry(Retry::Later)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_other_lengths_are_refused() {
        assert_eq!(split(&frame(b"ab")), Some((&b"ab"[..], &b""[..])));
        assert_eq!(split(&[1, 0, 0]), None);
        assert_eq!(split(&[5, 0, 0, 0, 1]), None);
        assert_eq!(split(&[0xFF, 0xFF, 0xFF, 0xFF]), None);
    }

    #[tokio::test]
    async fn a_child_that_says_nothing_is_a_refused_document() {
        let renderer = Renderer::Child("/bin/true".into());
        let fault = renderer.identify(b"x".to_vec(), &DocumentName::new("x")).await.unwrap_err();
        assert_eq!(fault.code, "content_refused");
        let missing = Renderer::Child("/nowhere/platen".into());
        let fault = missing.identify(b"x".to_vec(), &DocumentName::new("x")).await.unwrap_err();
        assert_eq!(fault.code, "renderer_failed");
    }
}
