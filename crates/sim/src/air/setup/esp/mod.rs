//! A printer with Espressif's unified provisioning.

mod point;
mod printer;
mod session;
mod wire;

pub use point::AccessPoint;
pub use printer::EspPrinter;

use super::place::Verdict;
use super::{Hotspot, Unboxed};
use platen_model::Moment;
use session::{Cipher, Secrets, Shaking};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use wire::{Message, Writer};

/// The user name on the label.
const USERNAME: &[u8] = b"wifiprov";
/// Networks that firmware remembers.
const REMEMBERED: usize = 16;

/// Where joining is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Station {
    Idle,
    Trying { until: Moment },
    Joined,
    Failed(u64),
}

/// The keys of a device's sessions, the oldest first.
pub type SessionKeys = Arc<Mutex<Vec<Vec<u8>>>>;

/// The brain, without a carrier: a request to an endpoint has an answer, or the handler's "no".
pub struct EspDevice {
    printer: Unboxed,
    scheme: u8,
    sessions: u8,
    shaking: Shaking,
    cipher: Option<Cipher>,
    keys: SessionKeys,
    sealed: u32,
    found: Option<Vec<Hotspot>>,
    wanted: Option<(Vec<u8>, Vec<u8>)>,
    station: Station,
    token: Option<String>,
    stops: bool,
}

impl fmt::Debug for EspDevice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EspDevice({:?})", self.printer)
    }
}

impl EspDevice {
    /// A printer fresh from the box, with this security (0, 1 or 2).
    pub fn new(printer: Unboxed, scheme: u8) -> Self {
        Self {
            printer,
            scheme,
            sessions: 0,
            shaking: Shaking::Idle,
            cipher: None,
            keys: SessionKeys::default(),
            sealed: 0,
            found: None,
            wanted: None,
            station: Station::Idle,
            token: None,
            stops: false,
        }
    }

    /// The keys of its sessions, now and later: whoever looks for secrets that were written down has to know them.
    pub fn session_keys(&self) -> SessionKeys {
        self.keys.clone()
    }

    /// Its label: what a QR code on it says.
    pub fn label(&self) -> String {
        let code = String::from_utf8_lossy(&self.printer.code).into_owned();
        serde_json::json!({ "ver": "v1", "name": self.printer.name, "username": "wifiprov", "pop": code,
            "transport": "ble", "network": "wifi", "security": self.scheme })
        .to_string()
    }

    /// The link ended: a session does not outlive it.
    pub fn hung_up(&mut self) {
        self.shaking = Shaking::Idle;
        self.cipher = None;
    }

    /// Whether it ends the link now, because it has joined and said so, or because that is its fault.
    fn stops(&mut self) -> bool {
        std::mem::take(&mut self.stops)
    }

    /// A request to an endpoint.
    ///
    /// # Errors
    /// The handler's "no": over Bluetooth error 0x04, over HTTP a closed connection.
    #[allow(clippy::result_unit_err)] // a device says no and nothing else
    pub fn request(&mut self, now: Moment, endpoint: &str, bytes: &[u8]) -> Result<Vec<u8>, ()> {
        match endpoint {
            "proto-ver" if !bytes.is_empty() => Ok(self.version()),
            "prov-session" => self.session(bytes),
            "prov-config" => self.inside(bytes, |device, plain| device.config(now, plain)),
            "prov-scan" if !self.printer.faults.no_scan => self.inside(bytes, Self::scan),
            "prov-ctrl" if !self.printer.faults.no_control => self.inside(bytes, Self::control),
            other if Some(other) == self.printer.faults.bind_endpoint.as_deref() => self.inside(bytes, Self::bind),
            _ => Err(()),
        }
    }

    fn version(&self) -> Vec<u8> {
        let faults = &self.printer.faults;
        if faults.old {
            return b"V0.1".to_vec();
        }
        let mut cap = vec!["wifi_prov"];
        cap.extend((!faults.no_scan).then_some("wifi_scan"));
        cap.extend(faults.no_code.then_some("no_pop"));
        let mut prov =
            serde_json::json!({ "ver": "v1.1", "sec_ver": faults.announces.unwrap_or(self.scheme), "cap": cap });
        if faults.counting
            && let Some(prov) = prov.as_object_mut()
        {
            prov.insert("sec_patch_ver".to_owned(), 1.into());
        }
        serde_json::json!({ "prov": prov }).to_string().into_bytes()
    }

    fn session(&mut self, bytes: &[u8]) -> Result<Vec<u8>, ()> {
        if self.printer.faults.busy {
            // Resp0 with "too many sessions".
            let answer = Writer::new().number(1, 3).end();
            let payload = Writer::new().number(1, 1).bytes(21, &answer).end();
            return Ok(Writer::new().number(2, self.scheme.into()).bytes(10 + self.scheme, &payload).end());
        }
        self.sessions = self.sessions.wrapping_add(1);
        let code = if self.printer.faults.no_code { &[][..] } else { &self.printer.code };
        let secrets = Secrets { code, username: USERNAME, counting: self.printer.faults.counting, seed: self.sessions };
        let (answer, agreed) = session::message(self.scheme, &mut self.shaking, &secrets, bytes)?;
        self.cipher = agreed.map(|agreed| {
            self.keys.lock().unwrap_or_else(PoisonError::into_inner).push(agreed.key);
            agreed.cipher
        });
        Ok(answer)
    }

    fn inside(
        &mut self,
        bytes: &[u8],
        answer: impl FnOnce(&mut Self, &[u8]) -> Option<Vec<u8>>,
    ) -> Result<Vec<u8>, ()> {
        let plain = self.cipher.as_mut().and_then(|cipher| cipher.apply(bytes, true)).ok_or(())?;
        let answer = answer(self, &plain).ok_or(())?;
        let mut sealed = self.cipher.as_mut().and_then(|cipher| cipher.apply(&answer, false)).ok_or(())?;
        self.sealed += 1;
        if self.printer.faults.garbled == Some(self.sealed)
            && let Some(byte) = sealed.first_mut()
        {
            *byte ^= 0xff;
        }
        Ok(sealed)
    }

    fn scan(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let request = Message::read(plain)?;
        let answer = |message, tag, inside: Vec<u8>| Some(Writer::new().number(1, message).bytes(tag, &inside).end());
        match request.number(1) {
            0 => {
                request.inner(10)?;
                self.found = Some(self.printer.place.seen().take(REMEMBERED).cloned().collect());
                answer(1, 11, Vec::new())
            }
            2 => {
                request.inner(12)?;
                let found = self.found.as_ref()?;
                answer(3, 13, Writer::new().number(1, 1).number(2, found.len() as u64).end())
            }
            4 => {
                let asked = request.inner(14)?;
                let (start, count) = (usize::try_from(asked.number(1)).ok()?, usize::try_from(asked.number(2)).ok()?);
                let page = self.found.as_ref()?.iter().skip(start).take(count.min(4));
                let entries = page.fold(Writer::new(), |writer, hotspot| writer.bytes(1, &entry(hotspot)));
                answer(5, 15, entries.end())
            }
            _ => None,
        }
    }

    fn control(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let request = Message::read(plain)?;
        let (message, tag) = match request.number(1) {
            1 => {
                request.inner(11)?;
                (2, 12)
            }
            3 => {
                request.inner(13)?;
                (4, 14)
            }
            _ => return None,
        };
        self.station = Station::Idle;
        self.wanted = None;
        Some(Writer::new().number(1, message).bytes(tag, &[]).end())
    }

    fn bind(&mut self, plain: &[u8]) -> Option<Vec<u8>> {
        let request: serde_json::Value = serde_json::from_slice(plain).ok()?;
        self.token = Some(request.get("token")?.as_str()?.to_owned());
        Some(serde_json::json!({ "ok": true, "deviceId": self.printer.serial }).to_string().into_bytes())
    }

    fn config(&mut self, now: Moment, plain: &[u8]) -> Option<Vec<u8>> {
        let request = Message::read(plain)?;
        let answer = |message, tag, inside: Vec<u8>| Some(Writer::new().number(1, message).bytes(tag, &inside).end());
        match request.number(1) {
            0 => {
                request.inner(10)?;
                answer(1, 11, self.status(now))
            }
            2 => {
                let config = request.inner(12)?;
                // Firmware takes nothing new while the last try stands.
                let refused = self.station != Station::Idle;
                if !refused {
                    let bytes = |tag| config.bytes(tag).unwrap_or_default().to_vec();
                    self.wanted = Some((bytes(1), bytes(2)));
                }
                answer(3, 13, Writer::new().number(1, if refused { 4 } else { 0 }).end())
            }
            4 => {
                request.inner(14)?;
                self.wanted.as_ref()?;
                self.station = Station::Trying { until: now + self.printer.faults.joining };
                self.stops = self.printer.faults.lost_after_apply;
                answer(5, 15, Vec::new())
            }
            _ => None,
        }
    }

    /// Goes on with joining.
    fn live(&mut self, now: Moment) {
        let Station::Trying { until } = self.station else { return };
        if now < until || self.printer.faults.endless {
            return;
        }
        let (ssid, passphrase) = self.wanted.clone().unwrap_or_default();
        self.station = match self.printer.place.join(&ssid, &passphrase) {
            Verdict::Joined => {
                self.printer.joined(&ssid, self.token.as_deref());
                Station::Joined
            }
            Verdict::WrongPassword => Station::Failed(0),
            Verdict::NotFound => Station::Failed(1),
        };
    }

    fn status(&mut self, now: Moment) -> Vec<u8> {
        self.live(now);
        match self.station {
            Station::Idle => Writer::new().number(2, 2).end(),
            Station::Trying { .. } => Writer::new().number(2, 1).end(),
            // A oneof's zero is written: it says which member it is.
            Station::Failed(0) => [Writer::new().number(2, 3).end(), vec![0x50, 0]].concat(),
            Station::Failed(reason) => Writer::new().number(2, 3).number(10, reason).end(),
            Station::Joined => {
                let address = if self.printer.faults.no_address { "0.0.0.0" } else { &self.printer.address };
                let ssid = self.wanted.as_ref().map(|(ssid, _)| ssid.clone()).unwrap_or_default();
                let connected = Writer::new().bytes(1, address.as_bytes()).number(2, 3).bytes(3, &ssid).number(5, 6);
                // Firmware stops its service soon after somebody has read this.
                self.stops = !self.printer.faults.no_address;
                Writer::new().bytes(11, &connected.end()).end()
            }
        }
    }

    /// When it goes on by itself.
    fn next(&self) -> Option<Moment> {
        match self.station {
            Station::Trying { until } if !self.printer.faults.endless => Some(until),
            _ => None,
        }
    }
}

fn entry(hotspot: &Hotspot) -> Vec<u8> {
    Writer::new()
        .bytes(1, &hotspot.ssid)
        .number(2, hotspot.channel.into())
        .signed(3, hotspot.rssi.into())
        .bytes(4, &[2, 0, 0, 0, 0, hotspot.channel])
        .number(5, hotspot.auth.into())
        .end()
}
