//! A recorded dialogue, read again: each frame named by its family, and the paper that its writes make.
//!
//! Pure: a text in, rows out. Deliberately absent: sending any of it.

use platen_model::gatt::{GattEvent, GattRequest};
use platen_model::transcript::{StepKind, Transcript, read_event, read_request};
use platen_model::{Bitmap, Fault, Retry};
use platen_printers::talk::Direction;
use platen_printers::{Command, Model, catalogue};
use sha2::{Digest, Sha256};

/// A recording with its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The family by which it was read.
    pub family: Option<String>,
    /// Everything that happened.
    pub frames: Vec<ReplayFrame>,
    /// What came out, when it holds a print.
    pub pages: Vec<ReplayPage>,
    /// Why the writes make no paper.
    pub problem: Option<String>,
}

/// A step of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayFrame {
    /// Its line in the file.
    pub line: usize,
    /// Which way.
    pub direction: Direction,
    /// What the file says.
    pub text: String,
    /// What the family reads in it.
    pub named: Vec<Command>,
}

/// A page that came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayPage {
    /// Dots from left to right.
    pub width: u32,
    /// Dots from top to bottom.
    pub height: u32,
    /// SHA-256 of the packed rows, as everywhere.
    pub sha256: String,
}

/// Reads a recording. `family` wins over what the recording says of itself.
///
/// # Errors
/// `case_unreadable`, `family_unknown`.
pub fn replay(text: &str, family: Option<&str>) -> Result<Replay, Fault> {
    let transcript = Transcript::read(text).map_err(|error| {
        Fault::new("case_unreadable", format!("The recording cannot be read: {error}."), "Choose a .case file.")
            .with_retry(Retry::No)
    })?;
    let model = transcript.value("model").and_then(platen_printers::model);
    let family = family.or(transcript.value("family")).or(model.map(|model| model.family));
    if let Some(family) = family
        && platen_printers::family(family).is_none()
    {
        return Err(Fault::new(
            "family_unknown",
            format!("There is no family '{}'.", family.escape_default()),
            "Choose one of those that `platen models` lists.",
        )
        .with_retry(Retry::No));
    }
    let talk = family.and_then(platen_printers::registry::talk);
    let mut frames = Vec::new();
    let mut written = Vec::new();
    for step in &transcript.steps {
        let (direction, place, bytes) = match step.kind {
            StepKind::Send => match read_request(&step.text) {
                Some(GattRequest::Write { at, bytes, .. }) => {
                    written.extend_from_slice(&bytes);
                    (Direction::Down, Some(at), bytes)
                }
                _ => (Direction::Down, None, Vec::new()),
            },
            StepKind::Receive => match read_event(&step.text, true) {
                Some(GattEvent::Notified { at, bytes }) => (Direction::Up, Some(at), bytes),
                _ => (Direction::Up, None, Vec::new()),
            },
            StepKind::Pass(_) | StepKind::Wait | StepKind::Event | StepKind::End => continue,
        };
        let named = match (talk, place) {
            (Some(talk), Some(place)) if !bytes.is_empty() => talk.explain(place, direction, &bytes),
            _ => Vec::new(),
        };
        frames.push(ReplayFrame { line: step.line, direction, text: step.text.clone(), named });
    }
    let (pages, problem) = paper(family, model, &written);
    Ok(Replay { family: family.map(str::to_owned), frames, pages, problem })
}

fn paper(family: Option<&str>, model: Option<&Model>, written: &[u8]) -> (Vec<ReplayPage>, Option<String>) {
    let Some(family) = family.and_then(platen_printers::family).filter(|_| !written.is_empty()) else {
        return (Vec::new(), None);
    };
    let model = model.or_else(|| catalogue().iter().find(|model| model.family == family.id()));
    let decoded = match model {
        Some(model) => family.decode_for(model, written),
        None => family.decode(written),
    };
    let page = |page: &Bitmap| ReplayPage {
        width: page.width(),
        height: page.height(),
        sha256: hex::encode(Sha256::digest(page.bytes())),
    };
    match decoded {
        Ok(decoded) => (decoded.pages.iter().map(page).collect(), None),
        Err(error) => (Vec::new(), Some(error.fault().message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platen_printers::Finish;

    #[test]
    fn a_recorded_print_shows_the_same_paper() {
        let page = Bitmap::from_rows(16, 2, vec![0xaa, 0x55, 0xff, 0x01]).unwrap();
        let model = platen_printers::model(platen_printers::DEFAULT_MODEL).unwrap();
        let prn = platen_printers::family("escpos").unwrap().encode(model, &page, &Finish::default()).unwrap();
        let mut text = "family: escpos\n> subscribe 18f0/2af0\n< ok\n".to_owned();
        for piece in prn.chunks(7) {
            text.push_str(&format!("> write! 18f0/2af1 {}\n< ok\n", hex::encode(piece)));
        }
        let replay = replay(&text, None).unwrap();
        assert_eq!(replay.pages.len(), 1, "{replay:?}");
        assert_eq!(replay.pages[0].sha256, hex::encode(Sha256::digest(page.bytes())));
        assert!(replay.frames.len() > prn.len() / 7);
    }

    #[test]
    fn nonsense_is_refused_by_its_line() {
        assert_eq!(replay("> x\nno step\n", None).unwrap_err().code, "case_unreadable");
        assert_eq!(replay("family: nobody\n", None).unwrap_err().code, "family_unknown");
        assert!(replay("", None).unwrap().frames.is_empty());
    }
}
