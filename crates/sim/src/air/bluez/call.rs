//! A method call that waits for its reply, and what goes out: everything leaves in the order in which it was decided.

use super::objects::{OBJECT_MANAGER, Objects, PROPERTIES};
use serde::Serialize;
use serde::de::Deserialize;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use zbus::Message;
use zbus::zvariant::{DynamicDeserialize, DynamicType, ObjectPath, Type, Value};

/// Where messages go.
#[derive(Clone)]
pub(super) struct Out(pub(super) mpsc::UnboundedSender<Message>);

impl Out {
    fn send(&self, message: zbus::Result<Message>) {
        match message {
            // The service is ending: nobody is told any more.
            Ok(message) => drop(self.0.send(message)),
            Err(error) => tracing::warn!(%error, "a message of the simulated Bluetooth service is not valid"),
        }
    }

    fn signal<B: Serialize + DynamicType>(&self, path: &str, interface: &str, name: &str, body: &B) {
        self.send(Message::signal(path, interface, name).and_then(|signal| signal.build(body)));
    }

    /// Properties have changed, or have gone.
    pub(super) fn changed(&self, path: &str, interface: &str, changed: &[(&str, &Value<'_>)], gone: &[&str]) {
        let changed: BTreeMap<&str, &Value<'_>> = changed.iter().copied().collect();
        self.signal(path, PROPERTIES, "PropertiesChanged", &(interface, changed, gone.to_vec()));
    }

    /// An object has come.
    pub(super) fn added(&self, objects: &Objects, path: &str, interface: &'static str) {
        if let (Ok(path), Some(properties)) =
            (ObjectPath::try_from(path.to_owned()), objects.properties(path, interface))
        {
            let interfaces = BTreeMap::from([(interface, properties)]);
            self.signal("/", OBJECT_MANAGER, "InterfacesAdded", &(path, interfaces));
        }
    }

    /// An object has gone.
    pub(super) fn removed(&self, path: &str, interfaces: &[&'static str]) {
        if let Ok(path) = ObjectPath::try_from(path.to_owned()) {
            self.signal("/", OBJECT_MANAGER, "InterfacesRemoved", &(path, interfaces.to_vec()));
        }
    }
}

pub(super) struct Call {
    message: Message,
    out: Out,
    pub(super) path: String,
    pub(super) interface: String,
    pub(super) member: String,
    pub(super) sender: String,
}

impl Call {
    pub(super) fn new(message: Message, out: Out) -> Self {
        let header = message.header();
        let path = header.path().map(|path| path.as_str().to_owned()).unwrap_or_default();
        let interface = header.interface().map(|name| name.as_str().to_owned()).unwrap_or_default();
        let member = header.member().map(|name| name.as_str().to_owned()).unwrap_or_default();
        let sender = header.sender().map(|name| name.as_str().to_owned()).unwrap_or_default();
        drop(header);
        Self { message, out, path, interface, member, sender }
    }

    /// What it was called with, when it has that shape.
    pub(super) fn arguments<T>(&self) -> Option<T>
    where
        T: for<'de> Deserialize<'de> + Type + for<'de> DynamicDeserialize<'de>,
    {
        let body = self.message.body();
        body.deserialize().ok()
    }

    pub(super) fn reply<B: Serialize + DynamicType>(self, body: &B) {
        let header = self.message.header();
        self.out.send(Message::method_return(&header).and_then(|reply| reply.build(body)));
    }

    pub(super) fn done(self) {
        self.reply(&());
    }

    pub(super) fn refuse(self, name: &str, text: &str) {
        let header = self.message.header();
        self.out.send(Message::error(&header, name).and_then(|error| error.build(&text)));
    }

    /// As bluetoothd's library words it; after a drop the objects of a device are gone.
    pub(super) fn unknown(self) {
        let text = format!(
            "Method \"{}\" with signature \"{}\" on interface \"{}\" doesn't exist\n",
            self.member,
            self.message.header().signature(),
            self.interface
        );
        self.refuse("org.freedesktop.DBus.Error.UnknownMethod", &text);
    }
}
