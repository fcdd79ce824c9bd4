//! How Improv's commands travel: over Bluetooth in writes, over a cable in frames.
//!
//! Rules (section 1.4): write with response where the device takes it; a whole packet where it fits, else pieces in
//! order; one command in flight. A result that stays incomplete is also read.

use super::uuids::{self, at};
use crate::provisioning::improv::{
    Capabilities, Command, ErrorState, Reassembly, ResultPacket, SerialEvent, SerialReader, State, chunks, serial_rpc,
};
use platen_model::gatt::Tree;
use platen_model::{At, Channel, GattEvent, GattFailure, GattRequest, Input, Moment, Secret};
use std::collections::VecDeque;
use std::time::Duration;

/// How long a result may stay incomplete before it is read.
const INCOMPLETE: Duration = Duration::from_millis(300);

/// What a device told, or what became of what was asked.
#[derive(Debug)]
pub(super) enum Told {
    /// All that is asked at the beginning was answered or refused.
    Opened,
    Capabilities(Capabilities),
    State(State),
    Error(ErrorState),
    Result(ResultPacket),
    /// The command is with the device.
    HandedOver,
    /// It is not, or nobody knows.
    NotHandedOver {
        /// The device may have got all of it.
        perhaps: bool,
    },
    /// A value could not be read.
    Unreadable,
    /// The link is gone.
    Lost,
}

/// What the runner shall do.
pub(super) enum Wire {
    Gatt(GattRequest),
    Send(Vec<u8>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Value {
    Capabilities,
    State,
    Error,
    Result,
}

impl Value {
    fn at(self) -> At {
        at(match self {
            Self::Capabilities => uuids::CAPABILITIES,
            Self::State => uuids::CURRENT_STATE,
            Self::Error => uuids::ERROR_STATE,
            Self::Result => uuids::RPC_RESULT,
        })
    }
}

enum Todo {
    Subscribe(At),
    Read(Value),
    Write {
        bytes: Secret<Vec<u8>>,
        last: bool,
    },
    /// Nothing to send: what stood before is done.
    Opened,
}

pub(super) enum Carrier {
    Ble(Ble),
    Serial(Serial),
}

impl Carrier {
    /// Asks everything that the dialogue begins with.
    pub(super) fn open(&mut self) {
        match self {
            Self::Ble(ble) => ble.open(),
            // Number 2 is "tell the state" on a cable.
            Self::Serial(serial) => serial.todo.extend(serial_rpc(&Command::Identify)),
        }
    }

    /// Sends a command. `false` when it does not fit into a packet.
    pub(super) fn command(&mut self, command: &Command) -> bool {
        match self {
            Self::Ble(ble) => match command.packet() {
                Some(packet) => ble.write(&packet),
                None => return false,
            },
            Self::Serial(serial) => match serial_rpc(command) {
                Some(frame) => {
                    serial.todo.push_back(frame);
                    serial.told.push_back(Told::HandedOver);
                }
                None => return false,
            },
        }
        true
    }

    /// Reads a value; on a cable the state can be asked for, and the rest comes by itself.
    pub(super) fn read(&mut self, value: Value) {
        match self {
            Self::Ble(ble) => ble.todo.push_back(Todo::Read(value)),
            Self::Serial(_) if value == Value::State => self.open(),
            Self::Serial(_) => {}
        }
    }

    /// Whether nothing is under way: only then is it worth to ask for more by the clock.
    pub(super) fn is_idle(&self) -> bool {
        match self {
            Self::Ble(ble) => ble.doing.is_none() && ble.todo.is_empty(),
            Self::Serial(serial) => serial.todo.is_empty(),
        }
    }

    pub(super) fn handle(&mut self, now: Moment, input: &Input<'_>) {
        match (self, input) {
            (Self::Ble(ble), Input::Gatt(event)) => ble.handle(now, event),
            (Self::Ble(ble), Input::Tick) => ble.tick(now),
            (Self::Serial(serial), Input::Received { channel: Channel::Usb, bytes }) => serial.received(bytes),
            (Self::Serial(serial), Input::Gatt(GattEvent::Lost)) => serial.told.push_back(Told::Lost),
            _ => {}
        }
    }

    pub(super) fn told(&mut self) -> Option<Told> {
        match self {
            Self::Ble(ble) => ble.told.pop_front(),
            Self::Serial(serial) => serial.told.pop_front(),
        }
    }

    pub(super) fn poll(&mut self) -> Option<Wire> {
        match self {
            Self::Ble(ble) => ble.poll().map(Wire::Gatt),
            Self::Serial(serial) => serial.todo.pop_front().map(|frame| Wire::Send(frame.reveal().clone())),
        }
    }

    /// When it wants a tick.
    pub(super) fn until(&self) -> Option<Moment> {
        match self {
            Self::Ble(ble) => ble.incomplete,
            Self::Serial(_) => None,
        }
    }
}

/// Over Bluetooth.
pub(super) struct Ble {
    payload: usize,
    confirmed: bool,
    listen: Vec<At>,
    todo: VecDeque<Todo>,
    doing: Option<Todo>,
    results: Reassembly,
    incomplete: Option<Moment>,
    told: VecDeque<Told>,
}

impl Ble {
    /// `None` when the device does not have the service.
    pub(super) fn new(tree: &Tree, payload: usize) -> Option<Self> {
        let command = tree.get(at(uuids::RPC_COMMAND))?;
        tree.get(at(uuids::CURRENT_STATE))?;
        let listen = [uuids::CURRENT_STATE, uuids::ERROR_STATE, uuids::RPC_RESULT]
            .into_iter()
            .map(at)
            .filter(|at| tree.get(*at).is_some_and(|row| row.properties.tells()))
            .collect();
        Some(Self {
            payload: payload.max(20),
            confirmed: command.properties.write,
            listen,
            todo: VecDeque::new(),
            doing: None,
            results: Reassembly::default(),
            incomplete: None,
            told: VecDeque::new(),
        })
    }

    fn open(&mut self) {
        self.todo.extend(self.listen.iter().map(|at| Todo::Subscribe(*at)));
        self.todo.extend([Todo::Read(Value::Capabilities), Todo::Read(Value::State), Todo::Opened]);
    }

    fn write(&mut self, packet: &Secret<Vec<u8>>) {
        let count = chunks(packet.reveal(), self.payload.saturating_add(3)).count();
        for (place, piece) in chunks(packet.reveal(), self.payload.saturating_add(3)).enumerate() {
            let last = place.saturating_add(1) == count;
            self.todo.push_back(Todo::Write { bytes: Secret::new(piece.to_vec()), last });
        }
    }

    fn handle(&mut self, now: Moment, event: &GattEvent) {
        match event {
            GattEvent::Notified { at, bytes } => self.value(now, *at, bytes),
            GattEvent::Lost => self.lost(),
            GattEvent::Written(result) => match self.doing.take() {
                Some(Todo::Write { last, .. }) => self.written(last, result),
                // A characteristic that does not tell is read instead.
                Some(Todo::Subscribe(_)) if *result != Err(GattFailure::Lost) => {}
                Some(Todo::Subscribe(_)) => self.lost(),
                other => self.doing = other,
            },
            GattEvent::Value(result) => match (self.doing.take(), result) {
                (Some(Todo::Read(Value::Result)), Ok(bytes)) => {
                    // A whole value counts only where pieces were missing, or where a late one is looked for.
                    self.results.clear();
                    self.value(now, Value::Result.at(), bytes);
                    self.results.clear();
                    self.incomplete = None;
                }
                (Some(Todo::Read(value)), Ok(bytes)) => self.value(now, value.at(), bytes),
                (Some(Todo::Read(_)), Err(GattFailure::Lost)) => self.lost(),
                (Some(Todo::Read(value)), Err(_)) => {
                    if value == Value::State {
                        self.told.push_back(Told::Unreadable);
                    }
                }
                (other, _) => self.doing = other,
            },
        }
    }

    fn written(&mut self, last: bool, result: &Result<(), GattFailure>) {
        match result {
            Ok(()) if last => self.told.push_back(Told::HandedOver),
            Ok(()) => {}
            Err(failure) => {
                // The rest of a broken command would begin another one.
                self.todo.retain(|todo| !matches!(todo, Todo::Write { .. }));
                self.told.push_back(Told::NotHandedOver { perhaps: last && *failure != GattFailure::NotPossible });
                if *failure == GattFailure::Lost {
                    self.lost();
                }
            }
        }
    }

    fn lost(&mut self) {
        // A write that was under way may have arrived as a whole; one with pieces behind it has not.
        if let Some(Todo::Write { last, .. }) = self.doing.take() {
            self.told.push_back(Told::NotHandedOver { perhaps: last });
        }
        self.todo.clear();
        self.told.push_back(Told::Lost);
    }

    fn value(&mut self, now: Moment, from: At, bytes: &[u8]) {
        let byte = bytes.first().copied();
        if from == Value::State.at() {
            self.told.extend(byte.map(|byte| Told::State(State::from(byte))));
        } else if from == Value::Error.at() {
            self.told.extend(byte.map(|byte| Told::Error(ErrorState::from(byte))));
        } else if from == Value::Capabilities.at() {
            self.told.push_back(Told::Capabilities(Capabilities::read(bytes)));
        } else if from == Value::Result.at() {
            self.told.extend(self.results.push(bytes).into_iter().map(Told::Result));
            self.incomplete = self.results.is_waiting().then(|| now + INCOMPLETE);
        }
    }

    fn tick(&mut self, now: Moment) {
        if self.incomplete.is_some_and(|until| now >= until) {
            self.incomplete = None;
            self.todo.push_front(Todo::Read(Value::Result));
        }
    }

    fn poll(&mut self) -> Option<GattRequest> {
        if self.doing.is_some() {
            return None;
        }
        let todo = self.todo.pop_front()?;
        let request = match &todo {
            Todo::Subscribe(at) => GattRequest::Subscribe { at: *at },
            Todo::Read(value) => GattRequest::Read { at: value.at() },
            Todo::Write { bytes, .. } => GattRequest::Write {
                at: at(uuids::RPC_COMMAND),
                bytes: bytes.reveal().clone(),
                confirmed: self.confirmed,
            },
            Todo::Opened => {
                self.told.push_back(Told::Opened);
                return None;
            }
        };
        self.doing = Some(todo);
        Some(request)
    }
}

/// Over a cable.
#[derive(Default)]
pub(super) struct Serial {
    reader: SerialReader,
    todo: VecDeque<Secret<Vec<u8>>>,
    told: VecDeque<Told>,
    opened: bool,
}

impl Serial {
    fn received(&mut self, bytes: &[u8]) {
        for event in self.reader.push(bytes) {
            match event {
                SerialEvent::State(state) => {
                    self.told.push_back(Told::State(state));
                    if !std::mem::replace(&mut self.opened, true) {
                        self.told.push_back(Told::Opened);
                    }
                }
                SerialEvent::Error(error) => self.told.push_back(Told::Error(error)),
                SerialEvent::Result(result) => self.told.push_back(Told::Result(result)),
            }
        }
    }
}
