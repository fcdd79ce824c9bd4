//! What a renderer does: one task, its pages frame by frame.

use super::confine::confine;
use super::frames::{Begin, Kind, head, split_task};
use super::prn::{Prn, pass_on};
use super::{Done, Limits, Task, Word, refused};
use platen_model::{DocumentName, Fault};
use platen_render::{GreySink, GreySize, Stopped};
use std::io::{Read, Write};

/// Takes frames; [`Stopped`] when nobody wants them any more.
pub(super) trait Out {
    fn frame(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Stopped>;
}

/// What the program does when it was started as a renderer: one task from standard input, frames to standard output.
/// Returns the exit code. The second and third argument of the process are the limits, see [`Limits`].
pub fn child_main() -> i32 {
    let confinement = confine(&limits_of(std::env::args().skip(2)));
    let mut output = Pipe(std::io::stdout().lock());
    let mut told = serde_json::to_vec(&confinement).map(|json| output.frame(Kind::Confined, &json));
    if !matches!(told, Ok(Ok(()))) {
        return 1;
    }
    let mut input = Vec::new();
    if std::io::stdin().lock().read_to_end(&mut input).is_err() {
        return 1;
    }
    let Some((json, document)) = split_task(&input) else { return 2 };
    let Ok(task) = serde_json::from_slice(json) else { return 2 };
    told = Ok(match task {
        Task::Report => end(Ok(Done::Reported(confinement)), &mut output),
        task => work(task, document, &mut output),
    });
    i32::from(!matches!(told, Ok(Ok(()))))
}

/// The limits that the parent wrote, never beyond the usual ones.
fn limits_of(mut words: impl Iterator<Item = String>) -> Limits {
    let usual = Limits::default();
    let mut next =
        |most: u64| words.next().and_then(|word| word.parse().ok()).map_or(most, |limit: u64| limit.min(most));
    Limits { memory: next(usual.memory), cpu: next(usual.cpu), ..usual }
}

struct Pipe<W: Write>(W);

impl<W: Write> Out for Pipe<W> {
    fn frame(&mut self, kind: Kind, payload: &[u8]) -> Result<(), Stopped> {
        let head = head(kind, payload.len()).ok_or(Stopped)?;
        let written = self.0.write_all(&head).and_then(|()| self.0.write_all(payload)).and_then(|()| self.0.flush());
        written.map_err(|_| Stopped)
    }
}

/// Does a task and says how it ended.
pub(super) fn work(task: Task, document: &[u8], out: &mut dyn Out) -> Result<(), Stopped> {
    let done = match task {
        Task::Report => Err(refused()),
        Task::Identify { name, password } => identify(document, &name, password.as_ref()),
        Task::Grey { name, password, model, options, window } => model.model().and_then(|model| {
            let target = super::target(&model);
            let mut sheets = Greys { out: &mut *out, pending: Vec::new(), first: true };
            platen_render::lay_out_to(
                &source(document, &name, password.as_ref()),
                &target,
                &options,
                window,
                &mut sheets,
            )
            .map(Done::Laid)
            .map_err(|error| error.fault())
        }),
        Task::Prn { name, password, model, options } => model.model().and_then(|model| {
            let target = super::target(&model);
            let mut prn = Prn::new(&mut *out, &model, &options)?;
            let source = source(document, &name, password.as_ref());
            let summary = platen_render::render_to(&source, &target, &options, &mut prn);
            let summary = prn.or_fault(summary)?;
            prn.finish()?;
            Ok(Done::Prepared { pages: prn.pages(), dither: summary.dither })
        }),
    };
    end(done, out)
}

fn source<'a>(bytes: &'a [u8], name: &'a DocumentName, password: Option<&'a Word>) -> platen_render::Source<'a> {
    platen_render::Source::new(bytes, name).with_password(password.map(|word| word.0.reveal().as_str()))
}

fn identify(document: &[u8], name: &DocumentName, password: Option<&Word>) -> Result<Done, Fault> {
    platen_render::identify(&source(document, name, password)).map(Done::Identified).map_err(|error| error.fault())
}

pub(super) fn end(done: Result<Done, Fault>, out: &mut dyn Out) -> Result<(), Stopped> {
    let (kind, json) = match &done {
        Ok(done) => (Kind::Done, serde_json::to_vec(done)),
        Err(fault) => (Kind::Refused, serde_json::to_vec(fault)),
    };
    out.frame(kind, &json.map_err(|_| Stopped)?)
}

/// Grey pages, in frames.
struct Greys<'a> {
    out: &'a mut dyn Out,
    pending: Vec<u8>,
    first: bool,
}

impl GreySink for Greys<'_> {
    fn begin(&mut self, size: GreySize) -> Result<(), Stopped> {
        self.first = true;
        self.out.frame(Kind::Begin, &Begin::from(size).payload())
    }

    fn rows(&mut self, grey: &[u8]) -> Result<(), Stopped> {
        self.pending.extend_from_slice(grey);
        pass_on(self.out, &mut self.pending, &mut self.first, false)
    }

    fn end(&mut self) -> Result<(), Stopped> {
        pass_on(self.out, &mut self.pending, &mut self.first, true)?;
        self.out.frame(Kind::End, &[])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_can_be_lower_but_never_higher() {
        let usual = Limits::default();
        let limits = |words: &[&str]| limits_of(words.iter().map(ToString::to_string));
        assert_eq!(limits(&[]), usual);
        assert_eq!(limits(&["4096", "2"]), Limits { memory: 4096, cpu: 2, ..usual });
        assert_eq!(limits(&["99999999999999", "3600"]), usual);
        assert_eq!(limits(&["much", "-1"]), usual);
    }
}
