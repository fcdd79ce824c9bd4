//! Plays every transcript `cases/provisioning/*.case`: a printer gets its Wi-Fi, or does not, as its owner would read it.
//!
//! The header says which dialogue (`machine`: `improv-ble`, `improv-serial`, `esp-ble`, `esp-softap`), the device's table
//! (`tree`, `payload`) and what the person knows (`seed`, `code`, `promised`, `allow-zero`, `already-sent`, `hand-over`).
//! How steps are written is said in `machines::transcript`. Pass phrases in these files are made up; a trace that leaves
//! a machine does not hold them.
#![allow(clippy::unwrap_used)] // a test that meets the unexpected stops

use platen_model::transcript::{StepKind, Transcript, read_event, request_text};
use platen_model::{Channel, GattRequest, HttpFailure, HttpResponse, Input, Moment, Output, Secret};
use platen_protocol::provisioning::machines::{EspSetup, HandOver, ImprovSetup, Plan, SetupDialogue, transcript};
use std::collections::VecDeque;
use std::path::Path;

#[test]
fn every_case_of_provisioning_plays_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/provisioning");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    files.sort();
    assert!(files.len() >= 40, "only {} cases found", files.len());
    let failures: Vec<String> = files
        .iter()
        .filter_map(|file| {
            let played = play(&std::fs::read_to_string(file).unwrap()).err()?;
            Some(format!("{}: {played}", file.file_name().unwrap().to_string_lossy()))
        })
        .collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), files.len(), failures.join("\n"));
}

fn dialogue(case: &Transcript) -> Option<Box<SetupDialogue>> {
    let seed = hex::decode(case.value("seed")?).ok()?.try_into().ok()?;
    let mut plan = Plan::new(seed);
    plan.code = case.value("code").map(|code| Secret::new(code.as_bytes().to_vec()));
    plan.promised = case.value("promised").and_then(transcript::scheme);
    plan.allow_zero = case.value("allow-zero").is_some();
    plan.already_sent = case.value("already-sent").is_some();
    plan.hand_over = case.value("hand-over").and_then(|text| {
        let mut words = text.split(' ').map(str::to_owned);
        Some(HandOver { endpoint: words.next()?, token: words.next()?.into(), host: words.next()? })
    });
    let tree = || serde_json::from_str(case.value("tree")?).ok();
    Some(match case.value("machine")? {
        "improv-ble" => {
            let payload = case.value("payload")?.parse().ok()?;
            Box::new(ImprovSetup::over_ble(&tree()?, payload, plan).ok()?)
        }
        "improv-serial" => Box::new(ImprovSetup::over_serial(plan)),
        "esp-ble" => Box::new(EspSetup::over_ble(&tree()?, plan).ok()?),
        "esp-softap" => Box::new(EspSetup::over_access_point("http://192.168.4.1:80", plan)),
        _ => return None,
    })
}

struct Playing {
    machine: Box<SetupDialogue>,
    now: Moment,
    said: VecDeque<(StepKind, String)>,
    waiting: Option<Moment>,
    reading: bool,
    ended: bool,
}

impl Playing {
    fn drain(&mut self) {
        while !self.ended && self.waiting.is_none() {
            let (kind, text) = match self.machine.poll(self.now) {
                Output::Gatt(request) => {
                    self.reading = matches!(request, GattRequest::Read { .. });
                    (StepKind::Send, request_text(&request))
                }
                Output::Request(request) => (StepKind::Send, transcript::http_text(&request)),
                Output::Send { bytes, .. } => (StepKind::Send, format!("send {}", hex::encode(bytes))),
                Output::Event(event) => (StepKind::Event, transcript::event_text(&event)),
                Output::Done(end) => {
                    self.ended = true;
                    (StepKind::End, transcript::end_text(&end))
                }
                Output::WaitUntil(until) => {
                    self.waiting = Some(until);
                    return;
                }
            };
            self.said.push_back((kind, text));
        }
    }

    fn receive(&mut self, text: &str) -> Option<()> {
        let now = self.now;
        self.waiting = None;
        if text == "user cancels" {
            self.machine.handle(now, Input::Cancel);
        } else if let Some(answer) = transcript::read_answer(text) {
            self.machine.handle(now, Input::Answer(answer));
        } else if let Some(digits) = text.strip_prefix("bytes ") {
            let bytes = hex::decode(digits).ok()?;
            self.machine.handle(now, Input::Received { channel: Channel::Usb, bytes: &bytes });
        } else if let Some(event) = read_event(text, self.reading) {
            self.machine.handle(now, Input::Gatt(event));
        } else {
            self.machine.handle(now, Input::Response(response(text)?));
        }
        Some(())
    }
}

fn response(text: &str) -> Option<Result<HttpResponse, HttpFailure>> {
    match text {
        "broken" => return Some(Err(HttpFailure::Broken(String::new()))),
        "unreachable" => return Some(Err(HttpFailure::Unreachable(String::new()))),
        _ => {}
    }
    let mut words = text.split(' ').peekable();
    let status = words.next()?.parse().ok()?;
    let cookie = words.next_if(|word| word.starts_with("cookie=")).and_then(|word| word.strip_prefix("cookie="));
    let body = words.next().map(hex::decode).transpose().ok()?.unwrap_or_default();
    Some(Ok(HttpResponse { status, date: None, cookie: cookie.map(str::to_owned), body }))
}

fn play(text: &str) -> Result<(), String> {
    let case = Transcript::read(text).map_err(|error| error.to_string())?;
    let machine = dialogue(&case).ok_or("the header is not understood")?;
    let mut playing =
        Playing { machine, now: Moment::default(), said: VecDeque::new(), waiting: None, reading: false, ended: false };
    for step in &case.steps {
        let wrong = |problem: String| Err(format!("line {}: {problem}", step.line));
        playing.drain();
        match step.kind {
            StepKind::Send | StepKind::Event | StepKind::End => match playing.said.pop_front() {
                Some((kind, said)) if kind == step.kind && said == step.text => {}
                Some((_, said)) => return wrong(format!("expected {}\n    but got {said}", step.text)),
                None => return wrong(format!("expected {}\n    but nothing came", step.text)),
            },
            _ if !playing.said.is_empty() => return wrong(format!("not in the transcript: {:?}", playing.said)),
            StepKind::Pass(span) => {
                playing.now = playing.now + span;
                if playing.waiting.is_some_and(|until| playing.now >= until) {
                    playing.waiting = None;
                    playing.machine.handle(playing.now, Input::Tick);
                }
            }
            StepKind::Wait
                if playing.waiting.map(|until| until.as_millis().to_string()).as_deref() == Some(&step.text) => {}
            StepKind::Wait => return wrong(format!("it waits until {:?}", playing.waiting)),
            StepKind::Receive => {
                if playing.receive(&step.text).is_none() {
                    return wrong(format!("what is {:?}?", step.text));
                }
            }
        }
    }
    playing.drain();
    match (playing.said.is_empty(), playing.ended) {
        (true, true) => Ok(()),
        (true, false) => Err("the transcript ends before the dialogue".to_owned()),
        (false, _) => Err(format!("not in the transcript: {:?}", playing.said)),
    }
}
