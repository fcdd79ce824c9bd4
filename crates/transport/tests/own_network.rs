//! The computer's own Wi-Fi, from a NetworkManager that stands on a bus of its own.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test may fail

use platen_transport::{OwnNetwork, own_network_at};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use zbus::connection::Builder;
use zbus::interface;
use zbus::zvariant::OwnedObjectPath;

const WIRED: &str = "/org/freedesktop/NetworkManager/ActiveConnection/1";
const WIRELESS: &str = "/org/freedesktop/NetworkManager/ActiveConnection/2";
const POINT: &str = "/org/freedesktop/NetworkManager/AccessPoint/7";

fn path(text: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).unwrap()
}

struct Manager;

#[interface(name = "org.freedesktop.NetworkManager")]
impl Manager {
    #[zbus(property)]
    fn active_connections(&self) -> Vec<OwnedObjectPath> {
        vec![path(WIRED), path(WIRELESS)]
    }
}

struct Active(&'static str, &'static str);

#[interface(name = "org.freedesktop.NetworkManager.Connection.Active")]
impl Active {
    #[zbus(property, name = "Type")]
    fn kind(&self) -> String {
        self.0.to_owned()
    }

    #[zbus(property)]
    fn specific_object(&self) -> OwnedObjectPath {
        path(self.1)
    }
}

struct Point(Vec<u8>);

#[interface(name = "org.freedesktop.NetworkManager.AccessPoint")]
impl Point {
    #[zbus(property)]
    fn ssid(&self) -> Vec<u8> {
        self.0.clone()
    }

    #[zbus(property)]
    fn frequency(&self) -> u32 {
        5180
    }
}

async fn bus() -> (Child, String) {
    let mut daemon = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let out = daemon.stdout.take().unwrap();
    let address = BufReader::new(out).lines().next_line().await.unwrap().unwrap();
    (daemon, address)
}

#[tokio::test]
async fn the_wifi_among_the_connections_is_told_by_its_bytes() {
    let (_daemon, address) = bus().await;
    assert_eq!(own_network_at(&address).await, None, "no NetworkManager, and none is started");
    for (ssid, told) in [(b"caf\xe9".to_vec(), true), (Vec::new(), false), (vec![b'x'; 33], false)] {
        let manager = Builder::address(address.as_str()).unwrap();
        let manager = manager.serve_at("/org/freedesktop/NetworkManager", Manager).unwrap();
        let manager = manager.serve_at(WIRED, Active("802-3-ethernet", "/")).unwrap();
        let manager = manager.serve_at(WIRELESS, Active("802-11-wireless", POINT)).unwrap();
        let manager = manager.serve_at(POINT, Point(ssid.clone())).unwrap();
        let manager = manager.name("org.freedesktop.NetworkManager").unwrap().build().await.unwrap();
        let expected = told.then_some(OwnNetwork { ssid, mhz: 5180 });
        assert_eq!(own_network_at(&address).await, expected);
        manager.close().await.unwrap();
    }
}
