//! Runs every transcript `cases/cloud/**/*.case`: a dialogue as a printer's owner would read it.
//!
//! ```text
//! # a comment                          name: value     before the first step: which machine, and its parameters
//! > we send           < it answers     + milliseconds that pass
//! ~ we wait until     ! event          = end
//! ```
//!
//! Every request, event and end must be in the transcript, in order; `~` may be left out. In a JSON body the text `*`
//! stands for anything. `<` also says what the network does (`timed out`, `broken`, `unreachable`, `certificate`,
//! `too large`, `refused here`) and what the user does (`user types …`, `user cancels`).
#![allow(clippy::unwrap_used)] // a test that meets the unexpected stops

use platen_model::{
    Fault, HttpFailure, HttpMethod, HttpRequest, HttpResponse, Input, Machine, Moment, Output, Secret, Segment,
    UserAnswer,
};
use platen_protocol::cloud::machines::{
    Bind, BindEvent, BindStage, Bound, FetchState, Granted, JobLookUp, Login, LookUpJob, Resume, SendEvent,
    SendFailure, SendJob, SendOutcome, UncertainReason,
};
use platen_protocol::cloud::profile::{Mode, Owner, Profile};
use platen_protocol::cloud::shapes::{NewJob, StateAnswer};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[test]
fn every_case_of_the_cloud_platform_plays_as_written() {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/cloud"), &mut files);
    files.sort();
    assert!(files.len() >= 30, "only {} cases found", files.len());
    let failures: Vec<String> = files.iter().filter_map(|file| play(file).err()).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), files.len(), failures.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "case") {
            files.push(path);
        }
    }
}

struct Case<'a> {
    header: BTreeMap<&'a str, &'a str>,
    steps: Vec<(usize, char, &'a str)>,
}

impl<'a> Case<'a> {
    fn read(text: &'a str) -> Result<Self, String> {
        let mut case = Case { header: BTreeMap::new(), steps: Vec::new() };
        for (index, line) in text.lines().enumerate() {
            let mut chars = line.chars();
            match chars.next() {
                None | Some('#') => {}
                Some(mark @ ('>' | '<' | '+' | '~' | '!' | '=')) => {
                    case.steps.push((index + 1, mark, chars.as_str().trim()))
                }
                Some(_) => {
                    let (name, value) = line.split_once(':').ok_or(format!("line {}: {line}", index + 1))?;
                    if !case.steps.is_empty() {
                        return Err(format!("line {}: a parameter after the first step", index + 1));
                    }
                    case.header.insert(name.trim(), value.trim());
                }
            }
        }
        Ok(case)
    }

    fn get(&self, name: &str, default: &'a str) -> &'a str {
        self.header.get(name).copied().unwrap_or(default)
    }

    fn secret(&self, name: &str) -> Option<Secret<String>> {
        self.header.get(name).map(|value| Secret::from(*value))
    }
}

fn play(file: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy();
    let case = Case::read(&text).map_err(|problem| format!("{name}: {problem}"))?;
    let mut profile = Profile::sample("case", "https://p.example", "localhost", 1883);
    profile.http.tenant_url = Some("https://t.example".to_owned());
    match case.get("profile", "direct") {
        "direct" => {}
        "via-tenant" => profile.mode = Mode::ViaTenant,
        "no-look-up" => profile.http.paths.job_list = None,
        other => return Err(format!("{name}: no profile {other}")),
    }
    let sn = Segment::new(case.get("sn", "SN1")).unwrap();
    let token = Secret::from(case.get("token", "tok"));
    let job = || Arc::new(NewJob::prn(case.get("ref", "r1"), "Photo", "esc", b"abc".as_slice().into()));
    let result = match case.get("machine", "") {
        "bind" => {
            run(&case, Bind::new(&profile, &sn, case.secret("code")), &bind_event, &bound, &|f| fault(&f.fault()))
        }
        "login" => {
            let machine = Login::new(&profile, &sn, case.secret("app-auth-code").as_ref());
            run(&case, machine, &|never| match *never {}, &granted, &|f| fault(&f.fault()))
        }
        "send" => {
            let machine = match case.get("start", "new") {
                "new" => SendJob::new(&profile, &token, &sn, job()),
                "recover" => SendJob::recover(&profile, &token, &sn, job()),
                "resume, resent" => SendJob::resume(Resume::LookUp { resent: true }, &profile, &token, &sn, job()),
                other => return Err(format!("{name}: no start {other}")),
            };
            run(&case, machine, &send_event, &send_outcome, &send_failure)
        }
        "look-up" => {
            let machine = LookUpJob::new(&profile, &token, &sn, case.get("ref", "r1"));
            run(&case, machine, &|never| match *never {}, &looked_up, &|f| fault(&f.fault()))
        }
        "state" => {
            let machine = FetchState::new(&profile, &token);
            run(&case, machine, &|never| match *never {}, &state, &|f| fault(&f.fault()))
        }
        other => Err(format!("no machine {other}")),
    };
    result.map_err(|problem| format!("{name}: {problem}"))
}

type Say<'a, T> = &'a dyn Fn(&T) -> String;

fn run<M: Machine>(
    case: &Case<'_>,
    mut machine: M,
    event: Say<'_, M::Event>,
    outcome: Say<'_, M::Outcome>,
    failure: Say<'_, M::Failure>,
) -> Result<(), String> {
    let mut now = Moment::from_millis(0);
    let mut said: VecDeque<(char, String)> = VecDeque::new();
    let mut waiting = None;
    let mut ended = false;
    let drain = |machine: &mut M, now: Moment, said: &mut VecDeque<(char, String)>, ended: &mut bool| {
        while !*ended {
            match machine.poll(now) {
                Output::Request(request) => said.push_back(('>', show(&request))),
                Output::Event(happened) => said.push_back(('!', event(&happened))),
                Output::Send { .. } => said.push_back(('>', "bytes".to_owned())),
                Output::Gatt(request) => said.push_back(('>', format!("{request:?}"))),
                Output::WaitUntil(until) => return Some(until),
                Output::Done(end) => {
                    *ended = true;
                    said.push_back(('=', end.as_ref().map_or_else(failure, outcome)));
                }
            }
        }
        None
    };
    for (step, &(line, mark, text)) in case.steps.iter().enumerate() {
        let at = |problem: String| Err(format!("line {line}: {problem}"));
        // What comes before the first poll is told to a machine that has not begun.
        if waiting.is_none() && !ended && (step > 0 || mark != '<') {
            waiting = drain(&mut machine, now, &mut said, &mut ended);
        }
        match mark {
            '>' | '!' | '=' => match said.pop_front() {
                Some((said_mark, said_text)) if said_mark == mark && same(&said_text, text) => {}
                Some((said_mark, said_text)) => {
                    return at(format!("expected {mark} {text}\n    but got {said_mark} {said_text}"));
                }
                None => return at(format!("expected {mark} {text}\n    but nothing came")),
            },
            _ if !said.is_empty() => return at(format!("not in the transcript: {said:?}")),
            '~' => {
                let until = waiting.map(|until: Moment| until.as_millis().to_string());
                if until.as_deref() != Some(text) {
                    return at(format!("expected to wait until {text}, but it is {until:?}"));
                }
            }
            '+' => {
                now = now + std::time::Duration::from_millis(text.parse().map_err(|_| format!("line {line}: {text}"))?);
                if waiting.is_some_and(|until| now >= until) {
                    machine.handle(now, Input::Tick);
                    waiting = None;
                }
            }
            _ => {
                machine.handle(now, input(text).map_err(|problem| format!("line {line}: {problem}"))?);
                waiting = None;
            }
        }
    }
    drain(&mut machine, now, &mut said, &mut ended);
    match (said.is_empty(), ended) {
        (true, true) => Ok(()),
        (true, false) => Err("the transcript ends before the machine".to_owned()),
        (false, _) => Err(format!("not in the transcript: {said:?}")),
    }
}

fn input(text: &str) -> Result<Input<'static>, String> {
    let words = || "words with http://addresses/".to_owned();
    Ok(match text {
        "timed out" => Input::Response(Err(HttpFailure::TimedOut)),
        "broken" => Input::Response(Err(HttpFailure::Broken(words()))),
        "unreachable" => Input::Response(Err(HttpFailure::Unreachable(words()))),
        "certificate" => Input::Response(Err(HttpFailure::Certificate(words()))),
        "too large" => Input::Response(Err(HttpFailure::TooLarge)),
        "refused here" => Input::Response(Err(HttpFailure::Refused(words()))),
        "user cancels" => Input::Cancel,
        _ => {
            if let Some(typed) = text.strip_prefix("user types") {
                return Ok(Input::Answer(UserAnswer::Text(Secret::from(typed))));
            }
            let (status, rest) = text.split_once(' ').unwrap_or((text, ""));
            let status = status.parse().map_err(|_| format!("what is {text:?}?"))?;
            let (date, body) = match rest.strip_prefix("date=").and_then(|rest| rest.split_once(' ')) {
                Some((date, body)) => (date.parse().ok(), body),
                None => (None, rest),
            };
            Input::Response(Ok(HttpResponse { status, date, cookie: None, body: body.as_bytes().to_vec() }))
        }
    })
}

fn show(request: &HttpRequest) -> String {
    let method = match request.method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Delete => "DELETE",
    };
    let bearer = request.bearer.as_ref().map(|token| format!(" bearer={}", token.reveal())).unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body);
    format!("{method} {}{bearer} {body}", request.url).trim().to_owned()
}

fn same(said: &str, wanted: &str) -> bool {
    match (said.split_once(" {"), wanted.split_once(" {")) {
        (Some((said, said_body)), Some((wanted, wanted_body))) if said == wanted => {
            let read = |body: &str| serde_json::from_str::<Value>(&format!("{{{body}")).ok();
            match (read(said_body), read(wanted_body)) {
                (Some(said), Some(wanted)) => fits(&said, &wanted),
                _ => false,
            }
        }
        _ => said == wanted,
    }
}

fn fits(said: &Value, wanted: &Value) -> bool {
    match (said, wanted) {
        (_, Value::String(any)) if any == "*" => true,
        (Value::Object(said), Value::Object(wanted)) => {
            said.len() == wanted.len()
                && wanted.iter().all(|(key, wanted)| said.get(key).is_some_and(|said| fits(said, wanted)))
        }
        _ => said == wanted,
    }
}

fn fault(fault: &Fault) -> String {
    let shown = serde_json::to_string(fault).unwrap();
    assert!(!shown.contains("http://"), "a fault shows an address: {shown}");
    assert!(fault.message.ends_with('.') && fault.remedy.ends_with('.'), "not a sentence: {shown}");
    format!("failed {} ({})", fault.code, fault.message)
}

fn bind_event(event: &BindEvent) -> String {
    match event {
        BindEvent::Stage(BindStage::Binding) => "binding".to_owned(),
        BindEvent::Stage(BindStage::LoggingIn) => "logging in".to_owned(),
        BindEvent::CodeNeeded { attempt, of, wrong } => {
            format!("code {}, {attempt} of {of}", if *wrong { "wrong" } else { "needed" })
        }
    }
}

fn owner_text(owner: Option<&Owner>) -> String {
    owner.map(|owner| format!(" of {}/{}", owner.tenant_code, owner.user_name)).unwrap_or_default()
}

fn bound(bound: &Bound) -> String {
    let code = bound.app_auth_code.as_ref().map_or("-", |code| code.reveal().as_str());
    let date = bound.server_date.map(|date| format!(" at {}", date.as_millis())).unwrap_or_default();
    let owner = owner_text(bound.owner.as_ref());
    format!("bound with {code}, token {} for {} s{owner}{date}", bound.token.reveal(), bound.expires_in.as_secs())
}

fn granted(granted: &Granted) -> String {
    let owner = owner_text(granted.owner.as_ref());
    let (token, received) = (granted.token.reveal(), granted.received.as_millis());
    format!("token {token} for {} s from {received}{owner}", granted.expires_in.as_secs())
}

fn send_event(event: &SendEvent) -> String {
    match event {
        SendEvent::Sending => "sending",
        SendEvent::LookingUp => "looking up",
        SendEvent::Resending => "sending again",
    }
    .to_owned()
}

fn send_outcome(outcome: &SendOutcome) -> String {
    match outcome {
        SendOutcome::Sent { job_id, status, by_look_up } => {
            let found = if *by_look_up { ", found" } else { "" };
            let status = status.as_ref().map(|status| format!(", {status}")).unwrap_or_default();
            format!("sent as {job_id}{found}{status}")
        }
        SendOutcome::Uncertain { reason: UncertainReason::NoLookUp } => "uncertain: nobody to ask".to_owned(),
        SendOutcome::Uncertain { reason: UncertainReason::Unclear } => "uncertain: no clear answer".to_owned(),
    }
}

fn send_failure(failure: &SendFailure) -> String {
    let accepted = if failure.nothing_accepted() { "nothing accepted" } else { "perhaps accepted" };
    let resume = match failure {
        SendFailure::TokenRefused { resume: Resume::Send, .. } => ", then send",
        SendFailure::TokenRefused { resume: Resume::LookUp { resent: false }, .. } => ", then look up",
        SendFailure::TokenRefused { resume: Resume::LookUp { resent: true }, .. } => ", then look up, resent",
        _ => "",
    };
    format!("{}, {accepted}{resume}", fault(&failure.fault()))
}

fn looked_up(found: &JobLookUp) -> String {
    match found {
        JobLookUp::Found(item) => format!(
            "found {} {} {:?}",
            item.job_id.as_deref().unwrap_or("-"),
            item.status.as_deref().unwrap_or("-"),
            item.codes
        ),
        JobLookUp::Absent => "absent".to_owned(),
    }
}

fn state(state: &StateAnswer) -> String {
    format!("online {:?} battery {:?} paper {:?}", state.online, state.report.battery, state.report.paper)
}
