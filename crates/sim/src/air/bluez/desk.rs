//! Takes each call in its order and hands it to whom it concerns.

use super::call::{Call, Out};
use super::objects::{
    ADAPTER, CHARACTERISTIC, DESCRIPTOR, DEVICE, INTROSPECTABLE, OBJECT_MANAGER, Objects, PROPERTIES,
};
use crate::air::Air;
use crate::air::bluez::device::Known;
use futures_util::StreamExt;
use platen_transport::{AdapterState, DeviceAddress};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zbus::message::Type;
use zbus::zvariant::OwnedValue;
use zbus::{Message, MessageStream};

pub(super) struct Desk {
    pub(super) air: Air,
    pub(super) out: Out,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    pub(super) woken: Notify,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) objects: Objects,
    /// By what the air calls them.
    pub(super) devices: BTreeMap<DeviceAddress, Known>,
    /// The clients that want to hear what is near.
    pub(super) seekers: BTreeSet<String>,
}

impl State {
    /// The device whose object this is, or under whose object it is.
    pub(super) fn device_of(&self, path: &str) -> Option<DeviceAddress> {
        let under = |known: &Known| path == known.path || path.starts_with(&format!("{}/", known.path));
        self.devices.iter().find(|(_, known)| under(known)).map(|(address, _)| address.clone())
    }
}

impl Desk {
    pub(super) fn new(air: Air, out: Out, tasks: TaskTracker, stop: CancellationToken) -> Self {
        let desk = Self { air, out, tasks, stop, woken: Notify::new(), state: Mutex::default() };
        desk.show_adapter();
        desk
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something that takes time, until the service ends.
    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(self.stop.clone().run_until_cancelled_owned(work));
    }

    pub(super) async fn serve(self: Arc<Self>, mut calls: MessageStream) {
        while let Some(message) = calls.next().await {
            let Ok(message) = message else { return };
            match message.message_type() {
                Type::MethodCall => self.take(Call::new(message, self.out.clone())),
                Type::Signal => self.client_changed(&message),
                _ => {}
            }
        }
    }

    fn take(self: &Arc<Self>, call: Call) {
        if *self.air.adapter().borrow() == AdapterState::Denied {
            return call.refuse("org.freedesktop.DBus.Error.AccessDenied", "Rejected send message");
        }
        match call.interface.as_str() {
            INTROSPECTABLE | PROPERTIES | OBJECT_MANAGER => self.standard(call),
            interface if !self.state().objects.has(&call.path, interface) => call.unknown(),
            ADAPTER => self.adapter_call(call),
            DEVICE => self.device_call(call),
            CHARACTERISTIC => self.characteristic_call(call),
            DESCRIPTOR => self.descriptor_call(call),
            _ => call.unknown(),
        }
    }

    fn standard(self: &Arc<Self>, call: Call) {
        let state = self.state();
        match call.member.as_str() {
            "Introspect" => match state.objects.introspect(&call.path) {
                Some(text) => call.reply(&text),
                None => call.unknown(),
            },
            "GetManagedObjects" if call.path == "/" => call.reply(&state.objects.all()),
            "GetAll" => {
                let interface: String = call.arguments().unwrap_or_default();
                match state.objects.properties(&call.path, &interface) {
                    Some(properties) => call.reply(properties),
                    None => call.unknown(),
                }
            }
            "Get" => {
                let (interface, name): (String, String) = call.arguments().unwrap_or_default();
                let properties = state.objects.properties(&call.path, &interface);
                match properties.map(|properties| properties.get(name.as_str())) {
                    Some(Some(value)) => call.reply(value),
                    Some(None) => call.refuse("org.freedesktop.DBus.Error.InvalidArgs", "No such property"),
                    None => call.unknown(),
                }
            }
            "Set" => {
                drop(state);
                match call.arguments::<(String, String, OwnedValue)>() {
                    Some((interface, name, value)) if interface == ADAPTER && name == "Powered" => {
                        self.set_powered(call, &value);
                    }
                    _ => call.refuse("org.freedesktop.DBus.Error.PropertyReadOnly", "This property cannot be written"),
                }
            }
            _ => call.unknown(),
        }
    }

    /// A client that has left seeks and listens no more.
    fn client_changed(self: &Arc<Self>, signal: &Message) {
        let header = signal.header();
        if header.member().is_none_or(|name| name.as_str() != "NameOwnerChanged") {
            return;
        }
        let body = signal.body();
        let Ok((name, _, owner)) = body.deserialize::<(String, String, String)>() else { return };
        if owner.is_empty() {
            self.stop_seeking(&name);
            self.stop_listening(&name);
        }
    }
}
