//! `.case` transcripts: a dialogue as a printer's owner would read it. A trace that a user exports and a test are the
//! same file.
//!
//! ```text
//! # a comment                          name: value     before the first step: what is talked to, and parameters
//! > we send           < it answers     + milliseconds that pass
//! ~ we wait until     ! event          = end
//!
//! > write ae30/ae01 5178a8000100000 0ff     a write that nobody answers; write! one that is answered
//! > read ff00/ff01                          > subscribe ae30/ae02
//! < ok    < value 0102    < notify ae30/ae02 5178…    < lost    < refused 04    < timed out    < not possible
//! ```
//!
//! UUIDs are written short where they have a short form. Deliberately absent: what the steps of other channels say;
//! whoever plays a case reads their texts.

use crate::gatt::{At, GattEvent, GattFailure, GattRequest, Uuid};
use std::fmt::Write as _;
use std::time::Duration;

/// The longest transcript that is read, in bytes.
pub const MAX_TRANSCRIPT: usize = 16 << 20;

/// A whole transcript.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Transcript {
    /// Names and values before the first step.
    pub header: Vec<(String, String)>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its line in the file, from 1.
    pub line: usize,
    /// What kind of step.
    pub kind: StepKind,
    /// What it says, without the sign.
    pub text: String,
}

/// The kinds of steps, by their sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// `>` we send.
    Send,
    /// `<` it answers, or something happens to us.
    Receive,
    /// `+` this much time passes.
    Pass(Duration),
    /// `~` we wait until.
    Wait,
    /// `!` something is reported.
    Event,
    /// `=` the end.
    End,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TranscriptError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl Transcript {
    /// Reads a transcript.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn read(text: &str) -> Result<Self, TranscriptError> {
        let mut transcript = Self::default();
        if text.len() > MAX_TRANSCRIPT {
            return Err(TranscriptError {
                line: 1,
                problem: format!("the file is longer than {MAX_TRANSCRIPT} bytes"),
            });
        }
        for (index, line) in text.lines().enumerate() {
            let number = index.saturating_add(1);
            let wrong = |problem: String| TranscriptError { line: number, problem };
            let mut rest = line.chars();
            let kind = match rest.next() {
                None | Some('#') => continue,
                Some('>') => StepKind::Send,
                Some('<') => StepKind::Receive,
                Some('+') => {
                    let millis =
                        rest.as_str().trim().parse().map_err(|_| {
                            wrong(format!("'{}' is not a number of milliseconds", rest.as_str().trim()))
                        })?;
                    StepKind::Pass(Duration::from_millis(millis))
                }
                Some('~') => StepKind::Wait,
                Some('!') => StepKind::Event,
                Some('=') => StepKind::End,
                Some(_) => {
                    let (name, value) =
                        line.split_once(':').filter(|_| transcript.steps.is_empty()).ok_or_else(|| {
                            wrong(format!("'{line}' is neither a step nor 'name: value' before the first"))
                        })?;
                    transcript.header.push((name.trim().to_owned(), value.trim().to_owned()));
                    continue;
                }
            };
            transcript.steps.push(Step { line: number, kind, text: rest.as_str().trim().to_owned() });
        }
        Ok(transcript)
    }

    /// The value of a name before the first step.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.header.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The file's text.
    pub fn write(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.header {
            text.push_str(&format!("{name}: {value}\n"));
        }
        for step in &self.steps {
            let sign = match step.kind {
                StepKind::Send => '>',
                StepKind::Receive => '<',
                StepKind::Pass(_) => '+',
                StepKind::Wait => '~',
                StepKind::Event => '!',
                StepKind::End => '=',
            };
            match step.kind {
                StepKind::Pass(span) => text.push_str(&format!("+ {}\n", span.as_millis())),
                _ => text.push_str(&format!("{sign} {}\n", step.text)),
            }
        }
        text
    }
}

/// A request as a `>` step says it.
pub fn request_text(request: &GattRequest) -> String {
    match request {
        GattRequest::Write { at, bytes, confirmed } => {
            let sign = if *confirmed { "!" } else { "" };
            format!("write{sign} {} {}", at_text(*at), hex(bytes)).trim_end().to_owned()
        }
        GattRequest::Read { at } => format!("read {}", at_text(*at)),
        GattRequest::Subscribe { at } => format!("subscribe {}", at_text(*at)),
    }
}

/// A `>` step as a request; `None` when it says something else.
pub fn read_request(text: &str) -> Option<GattRequest> {
    let mut words = text.split_whitespace();
    match words.next()? {
        verb @ ("write" | "write!") => {
            let at = read_at(words.next()?)?;
            let bytes = read_hex(&words.collect::<String>())?;
            Some(GattRequest::Write { at, bytes, confirmed: verb == "write!" })
        }
        "read" => Some(GattRequest::Read { at: read_at(words.next()?)? }).filter(|_| words.next().is_none()),
        "subscribe" => Some(GattRequest::Subscribe { at: read_at(words.next()?)? }).filter(|_| words.next().is_none()),
        _ => None,
    }
}

/// What a device did as a `<` step says it.
pub fn event_text(event: &GattEvent) -> String {
    match event {
        GattEvent::Written(Ok(())) => "ok".to_owned(),
        GattEvent::Value(Ok(bytes)) => format!("value {}", hex(bytes)).trim_end().to_owned(),
        GattEvent::Notified { at, bytes } => format!("notify {} {}", at_text(*at), hex(bytes)).trim_end().to_owned(),
        GattEvent::Lost | GattEvent::Written(Err(GattFailure::Lost)) | GattEvent::Value(Err(GattFailure::Lost)) => {
            "lost".to_owned()
        }
        GattEvent::Written(Err(failure)) | GattEvent::Value(Err(failure)) => match failure {
            GattFailure::Refused { code: Some(code) } => format!("refused {code:02x}"),
            GattFailure::Refused { code: None } => "refused".to_owned(),
            GattFailure::TimedOut => "timed out".to_owned(),
            GattFailure::NotPossible => "not possible".to_owned(),
            GattFailure::Lost => "lost".to_owned(),
        },
    }
}

/// A `<` step as what a device did; `None` when it says something else. `reading` says whether a read is outstanding,
/// so that a failure is its end and not a write's.
pub fn read_event(text: &str, reading: bool) -> Option<GattEvent> {
    let failed = |failure| if reading { GattEvent::Value(Err(failure)) } else { GattEvent::Written(Err(failure)) };
    let mut words = text.split_whitespace();
    let first = words.next()?;
    Some(match first {
        "ok" => GattEvent::Written(Ok(())),
        "value" => GattEvent::Value(Ok(read_hex(&words.collect::<String>())?)),
        "notify" => {
            let at = read_at(words.next()?)?;
            GattEvent::Notified { at, bytes: read_hex(&words.collect::<String>())? }
        }
        "lost" => GattEvent::Lost,
        "refused" => {
            let code = match words.next() {
                Some(code) => Some(u8::from_str_radix(code, 16).ok()?),
                None => None,
            };
            failed(GattFailure::Refused { code })
        }
        _ if text == "timed out" => failed(GattFailure::TimedOut),
        _ if text == "not possible" => failed(GattFailure::NotPossible),
        _ => return None,
    })
}

/// `ae30/ae01`.
pub fn at_text(at: At) -> String {
    format!("{}/{}", uuid_text(at.service), uuid_text(at.characteristic))
}

/// The characteristic that `ae30/ae01` names.
pub fn read_at(text: &str) -> Option<At> {
    let (service, characteristic) = text.split_once('/')?;
    Some(At::new(service.parse().ok()?, characteristic.parse().ok()?))
}

/// A UUID, short where it has a short form.
pub fn uuid_text(uuid: Uuid) -> String {
    uuid.as_short().map_or_else(|| uuid.to_string(), |short| format!("{short:04x}"))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn read_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    digits.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_comes_back_as_it_was_written() {
        let text = "family: cat\n> subscribe ae30/ae02\n< ok\n> write ae30/ae01 5178a3\n+ 20\n< notify ae30/ae02 01\n! said\n= done\n";
        let transcript = Transcript::read(&format!("# a comment\n{text}")).unwrap();
        assert_eq!(transcript.value("family"), Some("cat"));
        assert_eq!(transcript.steps.len(), 7);
        assert_eq!(transcript.write(), text);
    }

    #[test]
    fn requests_and_events_come_back_as_they_were_said() {
        let at = At::new(Uuid::short(0xae30), "49535343-8841-43f4-a8d4-ecbe34729bb3".parse().unwrap());
        for confirmed in [false, true] {
            let write = GattRequest::Write { at, bytes: vec![0, 0xff], confirmed };
            assert_eq!(read_request(&request_text(&write)), Some(write));
        }
        for request in [GattRequest::Read { at }, GattRequest::Subscribe { at }] {
            assert_eq!(read_request(&request_text(&request)), Some(request));
        }
        let events = [
            (GattEvent::Written(Ok(())), false),
            (GattEvent::Value(Ok(vec![1])), true),
            (GattEvent::Value(Err(GattFailure::Refused { code: Some(4) })), true),
            (GattEvent::Written(Err(GattFailure::Refused { code: None })), false),
            (GattEvent::Written(Err(GattFailure::TimedOut)), false),
            (GattEvent::Value(Err(GattFailure::NotPossible)), true),
            (GattEvent::Notified { at, bytes: Vec::new() }, false),
            (GattEvent::Lost, false),
        ];
        for (event, reading) in events {
            assert_eq!(read_event(&event_text(&event), reading), Some(event));
        }
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        assert_eq!(Transcript::read("a: b\n> x\nc: d\n").unwrap_err().line, 3);
        assert!(Transcript::read("+ soon\n").unwrap_err().problem.contains("soon"));
        for text in ["write ae30/ae01 5", "write ae30 51", "read ae30/ae01 51", "sing", ""] {
            assert_eq!(read_request(text), None, "{text}");
        }
        assert_eq!(read_event("notify ae30/ae02 zz", false), None);
    }
}
