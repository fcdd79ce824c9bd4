//! One dialogue against one device.

use super::situations::{Device, Situation};
use platen_model::gatt::{GattEvent, GattFailure, GattRequest};
use platen_model::transcript::{event_text as gatt_text, request_text};
use platen_model::{HttpFailure, HttpResponse, Input, Moment, Output};
use platen_protocol::provisioning::machines::{EspSetup, ImprovSetup, SetupDialogue, transcript};
use platen_sim::air::{Deed, Peripheral};
use std::collections::VecDeque;

pub(crate) struct Played {
    pub(crate) events: Vec<String>,
    pub(crate) end: String,
    pub(crate) case: String,
}

pub(crate) struct Play {
    situation: Situation,
    machine: Box<SetupDialogue>,
    now: Moment,
    /// The clock as the transcript knows it.
    written: Moment,
    events: Vec<String>,
    case: String,
    answers: VecDeque<(Moment, &'static str)>,
    /// What the device has done already.
    deeds: VecDeque<Deed>,
    held: bool,
    exchanges: u32,
    lost: bool,
}

impl Play {
    pub(crate) fn new(mut situation: Situation) -> Self {
        let plan = situation.plan.clone();
        let mut case = format!("# {}\n", situation.says);
        let header = |case: &mut String, name: &str, value: &str| case.push_str(&format!("{name}: {value}\n"));
        let (kind, machine): (&str, Box<SetupDialogue>) = match &mut situation.device {
            Device::Improv(device) => {
                device.connected(Moment::default());
                let (tree, payload) = (device.tree(), usize::from(device.mtu()) - 3);
                header(&mut case, "payload", &payload.to_string());
                header(&mut case, "tree", &serde_json::to_string(&tree).unwrap());
                ("improv-ble", Box::new(ImprovSetup::over_ble(&tree, payload, plan).unwrap()))
            }
            Device::Esp(device) => {
                device.connected(Moment::default());
                header(&mut case, "tree", &serde_json::to_string(&device.tree()).unwrap());
                ("esp-ble", Box::new(EspSetup::over_ble(&device.tree(), plan).unwrap()))
            }
            Device::Serial(_) | Device::DeadLine => ("improv-serial", Box::new(ImprovSetup::over_serial(plan))),
            Device::AccessPoint { .. } => {
                ("esp-softap", Box::new(EspSetup::over_access_point("http://192.168.4.1:80", plan)))
            }
        };
        header(&mut case, "machine", kind);
        for (name, value) in &situation.header {
            header(&mut case, name, value);
        }
        Self {
            situation,
            machine,
            now: Moment::default(),
            written: Moment::default(),
            events: Vec::new(),
            case,
            answers: VecDeque::new(),
            deeds: VecDeque::new(),
            held: false,
            exchanges: 0,
            lost: false,
        }
    }

    fn step(&mut self, sign: char, text: &str) {
        let passed = self.now.since(self.written).as_millis();
        if passed > 0 {
            self.case.push_str(&format!("+ {passed}\n"));
            self.written = self.now;
        }
        self.case.push_str(format!("{sign} {text}").trim_end());
        self.case.push('\n');
    }

    fn tell(&mut self, event: GattEvent) {
        self.step('<', &gatt_text(&event));
        self.machine.handle(self.now, Input::Gatt(event));
    }

    pub(crate) fn run(mut self) -> Played {
        loop {
            assert!(self.now < Moment::from_millis(3_600_000), "{}: no end\n{}", self.situation.name, self.case);
            match self.machine.poll(self.now) {
                Output::Event(event) => {
                    let text = transcript::event_text(&event);
                    self.step('!', &text);
                    self.events.push(text.clone());
                    if let Some(place) = self.situation.script.iter().position(|(on, ..)| text.starts_with(on)) {
                        let (_, after, answer) = self.situation.script.remove(place);
                        self.answers.push_back((self.now + std::time::Duration::from_millis(after), answer));
                    }
                }
                Output::Gatt(request) => self.gatt(&request),
                Output::Request(request) => {
                    self.step('>', &transcript::http_text(&request));
                    self.exchange(&request);
                }
                Output::Send { bytes, .. } => {
                    self.step('>', &format!("send {}", hex::encode(&bytes)));
                    if let Device::Serial(device) = &mut self.situation.device {
                        device.received(self.now, &bytes);
                    }
                }
                Output::WaitUntil(until) => self.wait(until),
                Output::Done(end) => {
                    let end = transcript::end_text(&end);
                    self.step('=', &end);
                    return Played { events: self.events, end, case: self.case };
                }
            }
        }
    }

    fn gatt(&mut self, request: &GattRequest) {
        self.step('>', &request_text(request));
        let now = self.now;
        let refused = |code| GattFailure::Refused { code: Some(code) };
        let device = self.situation.device.peripheral();
        let event = match request {
            GattRequest::Write { at, bytes, confirmed } => {
                let end = device.written(now, *at, bytes, *confirmed);
                if end.is_ok() && device.holds_answer() {
                    self.held = true;
                    return;
                }
                GattEvent::Written(end.map_err(refused))
            }
            GattRequest::Read { at } => GattEvent::Value(device.read(now, *at).map_err(refused)),
            GattRequest::Subscribe { at } => {
                device.listening(now, *at, true);
                GattEvent::Written(Ok(()))
            }
        };
        if !self.lost {
            self.deed();
            // A device that hangs up at a write does not answer it.
            if self.deeds.front() != Some(&Deed::HangUp) {
                self.tell(event);
            }
        }
    }

    /// Lets the device act until it waits; when it will act again.
    fn deed(&mut self) -> Option<Moment> {
        loop {
            match self.situation.device.peripheral().poll(self.now) {
                Deed::Wait(next) => return next,
                deed => self.deeds.push_back(deed),
            }
        }
    }

    fn exchange(&mut self, request: &platen_model::HttpRequest) {
        let Device::AccessPoint { device, gone_at } = &mut self.situation.device else { panic!() };
        self.exchanges += 1;
        let endpoint = request.url.rsplit('/').next().unwrap();
        let sent = request.headers.iter().find(|(name, _)| name == "cookie").map(|(_, value)| value.clone());
        let result = if gone_at.is_some_and(|at| self.exchanges >= at) {
            Err(HttpFailure::Unreachable("gone".to_owned()))
        } else {
            // A real device ties a session to its cookie.
            if sent.is_none() {
                device.hung_up();
            }
            let cookie = sent.is_none().then(|| format!("session={}", self.exchanges));
            device
                .request(self.now, endpoint, &request.body)
                .map(|body| HttpResponse { status: 200, date: None, cookie, body })
                .map_err(|()| HttpFailure::Broken("closed".to_owned()))
        };
        let text = match &result {
            Ok(response) => {
                let cookie = response.cookie.as_ref().map(|cookie| format!("cookie={cookie} ")).unwrap_or_default();
                format!("200 {cookie}{}", hex::encode(&response.body))
            }
            Err(HttpFailure::Unreachable(_)) => "unreachable".to_owned(),
            Err(_) => "broken".to_owned(),
        };
        self.step('<', &text);
        self.machine.handle(self.now, Input::Response(result));
    }

    /// What happens next: a person, the device or the clock.
    fn wait(&mut self, until: Moment) {
        if self.answers.front().is_some_and(|(at, _)| *at <= self.now) {
            let (_, answer) = self.answers.pop_front().unwrap();
            self.step('<', answer);
            match answer {
                "user cancels" => self.machine.handle(self.now, Input::Cancel),
                answer => {
                    let answer = transcript::read_answer(answer).unwrap();
                    self.machine.handle(self.now, Input::Answer(answer));
                }
            }
            return;
        }
        let device = match &mut self.situation.device {
            Device::Serial(device) => match device.poll(self.now) {
                Ok(bytes) => {
                    self.step('<', &format!("bytes {}", hex::encode(&bytes)));
                    let input = Input::Received { channel: platen_model::Channel::Usb, bytes: &bytes };
                    return self.machine.handle(self.now, input);
                }
                Err(next) => next,
            },
            Device::DeadLine | Device::AccessPoint { .. } => None,
            _ if self.lost => None,
            _ => {
                let next = self.deed();
                match self.deeds.pop_front() {
                    Some(Deed::Notify { at, bytes }) => return self.tell(GattEvent::Notified { at, bytes }),
                    Some(Deed::HangUp) => {
                        self.lost = true;
                        self.held = false;
                        self.situation.device.peripheral().disconnected(self.now);
                        return self.tell(GattEvent::Lost);
                    }
                    _ if self.held && !self.situation.device.peripheral().holds_answer() => {
                        self.held = false;
                        return self.tell(GattEvent::Written(Ok(())));
                    }
                    _ => next,
                }
            }
        };
        let person = self.answers.front().map(|(at, _)| *at);
        let next = [Some(until), device, person].into_iter().flatten().min().unwrap();
        assert!(next > self.now || until <= self.now, "{}: the clock stands still", self.situation.name);
        self.now = next.max(self.now);
        if self.now >= until {
            // Told by the time alone, in a transcript too.
            let passed = self.now.since(self.written).as_millis();
            self.case.push_str(&format!("+ {passed}\n"));
            self.written = self.now;
            self.machine.handle(self.now, Input::Tick);
        }
    }
}
