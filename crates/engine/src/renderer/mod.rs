//! Foreign documents are decoded in a child process (promise CT-1): a hostile file can end the child, never the app.
//!
//! ```text
//! parent ──▶ child   length (u32 LE), task as JSON, the document until end of file     (pipe)
//! parent ◀── child   frames: page begins, bytes, page ends, …, done or refused         (pipe, see `frames`)
//! ```
//!
//! The child is this same program, started with [`CHILD_COMMAND`]. It confines itself before it reads a byte of the
//! document (see `confine`). Pages leave it while they are rendered and the pipe holds it back when nobody takes them,
//! so neither side holds more than a page and a few bands; the parent not even the document, which goes from its file
//! into the pipe. The parent believes nothing: it checks the order of frames
//! and counts bytes against what was announced, and looks into none. Where a program cannot start itself (phones),
//! [`Renderer::InProcess`] does the same work on a thread and gives the same frames.
//!
//! Deliberately absent: keeping pages (`pages`), writing the spool (`printer/queue`).

mod child;
mod confine;
mod frames;
mod prn;
mod stream;

pub use child::child_main;
pub use confine::{Confinement, confine};
pub(crate) use prn::press_page;
pub(crate) use stream::{Event, Rendering};

use platen_model::{Dither, DocumentName, Fault, PageOptions, Retry, Secret};
use platen_printers::{Model, user_models};
use platen_render::{DocumentInfo, Laid, Target, Window};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The word with which a program starts itself as a renderer.
pub const CHILD_COMMAND: &str = "__render";

/// What a child may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Address space, in bytes.
    pub memory: u64,
    /// Processor time, in seconds.
    pub cpu: u64,
    /// How long it is waited for in all, for a child that waits instead of working. The time in which the child waits
    /// for us does not count.
    pub patience: Duration,
}

impl Default for Limits {
    /// As promised in CT-1.
    fn default() -> Self {
        Self { memory: 1 << 30, cpu: 60, patience: Duration::from_secs(90) }
    }
}

/// Where foreign documents are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Renderer {
    /// In this process, on a thread that may take its time.
    #[default]
    InProcess,
    /// In a child.
    Child {
        /// A program that calls [`child_main`] when its first argument is [`CHILD_COMMAND`].
        program: PathBuf,
        /// What the child may use; never more than the default.
        limits: Limits,
    },
}

/// The bytes of a document.
pub(crate) enum Content {
    /// Held in memory: nothing at all, or what a test made.
    Held(Vec<u8>),
    /// An open file, which is passed on piece by piece.
    File(std::fs::File),
}

/// A document on its way to the renderer.
pub(crate) struct Given {
    pub(crate) content: Content,
    pub(crate) name: DocumentName,
    pub(crate) password: Option<Secret<String>>,
}

/// What a child is asked for.
#[derive(Serialize, Deserialize)]
enum Task {
    /// How well it is confined; no document.
    Report,
    Identify {
        name: DocumentName,
        password: Option<Word>,
    },
    Grey {
        name: DocumentName,
        password: Option<Word>,
        model: Named,
        options: PageOptions,
        window: Window,
    },
    Prn {
        name: DocumentName,
        password: Option<Word>,
        model: Named,
        options: PageOptions,
    },
}

/// A model between two processes of ours: the child has no data folder, so a user's own model comes with its row.
#[derive(Serialize, Deserialize)]
struct Named {
    id: String,
    row: Option<String>,
}

impl Named {
    fn of(model: &Model) -> Self {
        let own = model.id.starts_with(user_models::PREFIX);
        Self { id: model.id.clone(), row: own.then(|| user_models::put("", model)) }
    }

    fn model(&self) -> Result<Model, Fault> {
        let found = match &self.row {
            Some(row) => user_models::read(row).models.into_iter().find(|model| model.id == self.id),
            None => platen_printers::model(&self.id).cloned(),
        };
        found.ok_or_else(refused)
    }
}

/// A password between two processes of ours: the one place where it is put on a wire, a pipe that nobody else has.
struct Word(Secret<String>);

impl Serialize for Word {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.reveal())
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Secret::new(text)))
    }
}

/// How a task ended well.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Done {
    Reported(Confinement),
    Identified(DocumentInfo),
    Laid(Laid),
    Prepared { pages: u32, dither: Dither },
}

impl Renderer {
    /// A child with the usual limits.
    pub fn child(program: impl Into<PathBuf>) -> Self {
        Self::Child { program: program.into(), limits: Limits::default() }
    }

    /// Tells what a document is.
    pub(crate) async fn identify(&self, given: Given) -> Result<DocumentInfo, Fault> {
        let Given { content, name, password } = given;
        match self.start(Task::Identify { name, password: password.map(Word) }, content)?.done().await? {
            Done::Identified(info) => Ok(info),
            _ => Err(refused()),
        }
    }

    /// Lays a document out: the grey of the pages in `window`, page by page, then [`Done::Laid`].
    pub(crate) fn grey(
        &self,
        given: Given,
        model: &Model,
        options: &PageOptions,
        window: Window,
    ) -> Result<Rendering, Fault> {
        check(options)?;
        let Given { content, name, password } = given;
        let (model, options) = (Named::of(model), options.clone());
        self.start(Task::Grey { name, password: password.map(Word), model, options, window }, content)
    }

    /// Renders and encodes a document: the PRN of a job band by band, then [`Done::Prepared`].
    pub(crate) fn prn(&self, given: Given, model: &Model, options: &PageOptions) -> Result<Rendering, Fault> {
        check(options)?;
        let Given { content, name, password } = given;
        let (model, options) = (Named::of(model), options.clone());
        self.start(Task::Prn { name, password: password.map(Word), model, options }, content)
    }

    /// How well a renderer is confined on this machine; `None` when it works in this process.
    pub(crate) async fn confinement(&self) -> Result<Option<Confinement>, Fault> {
        if *self == Self::InProcess {
            return Ok(None);
        }
        match self.start(Task::Report, Content::Held(Vec::new()))?.done().await? {
            Done::Reported(confinement) => Ok(Some(confinement)),
            _ => Err(refused()),
        }
    }

    fn start(&self, task: Task, document: Content) -> Result<Rendering, Fault> {
        match self {
            Self::InProcess => Ok(Rendering::thread(task, document)),
            Self::Child { program, limits } => Rendering::child(Path::new(program), *limits, &task, document),
        }
    }
}

/// The paper that a model prints on.
fn target(model: &Model) -> Target {
    Target { width_dots: model.width_dots, dpi: model.dpi, dot_gain: model.dot_gain, across: model.across }
}

fn check(options: &PageOptions) -> Result<(), Fault> {
    options
        .check()
        .map_err(|error| Fault::new("option_invalid", format!("{error}."), "Choose a value within the range."))
}

pub(crate) fn refused() -> Fault {
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
    use platen_model::{Bitmap, Duplex, Rotation};
    use platen_render::GreyPage;

    fn long(pages: usize) -> Given {
        let bytes = "line\n".repeat(pages * 13).into_bytes();
        Given { content: Content::Held(bytes), name: DocumentName::new("long.txt"), password: None }
    }

    /// Turned text has as many lines on a page as fit across the paper.
    fn turned() -> PageOptions {
        PageOptions { rotate: Rotation::Right, ..PageOptions::default() }
    }

    /// One model of each language.
    fn models() -> Vec<&'static Model> {
        let mut models: Vec<&Model> = Vec::new();
        for model in platen_printers::catalogue() {
            if !models.iter().any(|known| known.family == model.family) {
                models.push(model);
            }
        }
        models
    }

    async fn whole(mut rendering: Rendering) -> (Vec<u8>, u32) {
        let mut prn = Vec::new();
        loop {
            match rendering.next().await.unwrap() {
                Event::Bytes(bytes) => prn.extend_from_slice(&bytes),
                Event::Done(Done::Prepared { pages, .. }) => return (prn, pages),
                Event::Done(other) => panic!("{other:?}"),
                Event::Begin(_) | Event::End => {}
            }
        }
    }

    async fn greys(mut rendering: Rendering) -> Vec<GreyPage> {
        let mut pages: Vec<GreyPage> = Vec::new();
        loop {
            match rendering.next().await.unwrap() {
                Event::Begin(begin) => {
                    pages.push(GreyPage { size: begin.grey_size().unwrap(), rows: Vec::new() });
                }
                Event::Bytes(bytes) => pages.last_mut().unwrap().rows.extend_from_slice(&bytes),
                Event::End => {}
                Event::Done(_) => return pages,
            }
        }
    }

    #[tokio::test]
    async fn what_is_previewed_is_what_is_printed_in_every_language() {
        for model in models() {
            let options = turned();
            let (prn, pages) = whole(Renderer::InProcess.prn(long(3), model, &options).unwrap()).await;
            let printed = crate::pages::decode(model, &prn).unwrap();
            let greys = greys(Renderer::InProcess.grey(long(3), model, &options, Window::ALL).unwrap()).await;
            let shown: Vec<Bitmap> = greys
                .iter()
                .map(|grey| press_page(grey, model, &options).unwrap().0)
                .flat_map(|prn| crate::pages::decode(model, &prn).unwrap())
                .collect();
            assert_eq!((printed.len(), pages as usize), (shown.len(), shown.len()), "{}", model.id);
            assert!(printed == shown, "{}", model.id);
        }
    }

    #[tokio::test]
    async fn every_model_gets_the_levels_of_grey_that_it_has_and_no_others() {
        let pixels: Vec<u8> = (0..=255).collect();
        let mut document = Vec::new();
        let mut encoder = png::Encoder::new(&mut document, 16, 16);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        let given =
            || Given { content: Content::Held(document.clone()), name: DocumentName::new("greys.png"), password: None };
        for model in models() {
            for depth in [1, 2, 4, 8, 24] {
                let options = PageOptions { depth, width: Some(64), ..PageOptions::default() };
                let rendering = Renderer::InProcess.prn(given(), model, &options).unwrap();
                if !model.depths.contains(&depth) {
                    let mut rendering = rendering;
                    let fault = loop {
                        match rendering.next().await {
                            Ok(Event::Done(_)) => panic!("{}: {depth} bits", model.id),
                            Ok(_) => {}
                            Err(fault) => break fault,
                        }
                    };
                    assert_eq!(fault.code, "depth_not_possible", "{}: {depth} bits", model.id);
                    continue;
                }
                let (prn, _) = whole(rendering).await;
                let printed = crate::pages::decode(model, &prn).unwrap();
                assert_eq!((printed.len(), printed[0].depth()), (1, depth), "{}", model.id);
                let levels: std::collections::BTreeSet<u8> =
                    (0..64 * 64).map(|at| printed[0].grey(at % 64, at / 64)).collect();
                // Between two levels the dither chooses; with 256 every grey of the document is there.
                let most = 1 << depth.min(8);
                assert!(levels.len() <= most && levels.len() > most / 2, "{}: {levels:?}", model.id);
                let layout = platen_render::layout_options(&options);
                let grey = &greys(Renderer::InProcess.grey(given(), model, &layout, Window::ALL).unwrap()).await[0];
                let shown = crate::pages::decode(model, &press_page(grey, model, &options).unwrap().0).unwrap();
                assert!(printed == shown, "{}: {depth} bits", model.id);
            }
        }
    }

    #[tokio::test]
    async fn copies_on_both_sides_leave_in_the_order_of_their_sheets() {
        let usual = platen_printers::catalogue().iter().find(|model| model.backs.is_some()).unwrap();
        let paper = platen_model::Paper { width: 500, height: 120 };
        for model in [usual, platen_printers::model(platen_printers::DEFAULT_MODEL).unwrap()] {
            for (lines, copies, collate, duplex) in [
                (1, 3, false, Duplex::LongEdge),
                (2, 2, false, Duplex::LongEdge),
                (3, 2, false, Duplex::ShortEdge),
                (5, 3, false, Duplex::LongEdge),
                (3, 2, true, Duplex::LongEdge),
                (3, 2, false, Duplex::Off),
            ] {
                // A page of paper has room for one line of this size; each line is another.
                let text: String = (0..lines).map(|line| format!("{}\n", "#".repeat(line + 1))).collect();
                let given = || Given {
                    content: Content::Held(text.clone().into_bytes()),
                    name: DocumentName::new("lines.txt"),
                    password: None,
                };
                let once = PageOptions { paper: Some(paper), text_size: 96, ..PageOptions::default() };
                let options = PageOptions { copies, collate, duplex, ..once.clone() };
                let single = whole(Renderer::InProcess.prn(given(), model, &once).unwrap()).await;
                let pages = crate::pages::decode(model, &single.0).unwrap();
                let (prn, count) = whole(Renderer::InProcess.prn(given(), model, &options).unwrap()).await;
                assert_eq!(count as usize, pages.len());
                let printed = crate::pages::decode(model, &prn).unwrap();
                let copies = PageOptions { copies: if collate { 1 } else { copies }, ..options.clone() };
                let both = model.backs.is_some() && duplex != Duplex::Off;
                let expected: Vec<Bitmap> = platen_render::order(count, &copies, both)
                    .map(|page| {
                        page.map_or_else(
                            || Bitmap::white(pages[0].width(), pages[0].height()),
                            |page| pages[page as usize].clone(),
                        )
                    })
                    .collect();
                assert!(
                    pages.len() >= lines && pages.windows(2).all(|pair| pair[0] != pair[1]),
                    "{} pages",
                    pages.len()
                );
                assert!(printed == expected, "{}: {options:?}: {} of {}", model.id, printed.len(), expected.len());
            }
        }
    }

    #[tokio::test]
    async fn the_first_bytes_come_while_later_pages_are_not_drawn() {
        let model = platen_printers::model(platen_printers::DEFAULT_MODEL).unwrap();
        let mut rendering = Renderer::InProcess.prn(long(300), model, &turned()).unwrap();
        while !matches!(rendering.next().await.unwrap(), Event::Bytes(_)) {}
        // The thread waits for us: had it come to its end, nothing would hold its channel open.
        assert!(rendering.is_under_way());
        let (_, pages) = whole(rendering).await;
        assert!(pages >= 290, "{pages}");
    }

    #[tokio::test]
    async fn a_child_that_says_nothing_is_a_refused_document_and_one_that_is_missing_a_fault_of_ours() {
        let given = || Given { content: Content::Held(b"x".to_vec()), name: DocumentName::new("x"), password: None };
        let fault = Renderer::child("/bin/true").identify(given()).await.unwrap_err();
        assert_eq!(fault.code, "content_refused");
        let fault = Renderer::child("/nowhere/platen").identify(given()).await.unwrap_err();
        assert_eq!(fault.code, "renderer_failed");
    }

    #[test]
    fn a_password_is_never_shown() {
        let given = Given {
            content: Content::Held(Vec::new()),
            name: DocumentName::new("x"),
            password: Some("open sesame".into()),
        };
        assert!(!format!("{:?}", given.password).contains("sesame"));
    }
}
