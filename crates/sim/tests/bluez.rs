//! The unmodified Bluetooth library over the simulated BlueZ: `SystemRadio` as it ships.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

#[path = "common/apart.rs"]
mod apart;

use apart::apart;
use platen_model::gatt::{GattEvent, GattFailure, GattRequest, Properties};
use platen_sim::air::{Air, Echo, LinkCut};
use platen_transport::ble::{CarefulLink, connect_patiently};
use platen_transport::{AdapterState, BleError, DeviceAddress, GattLink, Heard, Radio, SystemRadio};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Longer than anything here takes; a bound, not an expectation.
const SOON: Duration = Duration::from_secs(20);
const MAC: &str = "C0:00:00:00:00:01";

async fn hear(heard: &mut mpsc::Receiver<Heard>, name: &str) -> Heard {
    let named = async {
        loop {
            let one = heard.recv().await.expect("the scan goes on");
            if one.advertisement.name.as_deref() == Some(name) {
                return one;
            }
        }
    };
    timeout(SOON, named).await.expect("it is heard")
}

async fn near(radio: &SystemRadio, name: &str) -> DeviceAddress {
    hear(&mut radio.scan().await.unwrap(), name).await.address
}

fn write(bytes: &[u8], confirmed: bool) -> GattRequest {
    GattRequest::Write { at: Echo::DOWN, bytes: bytes.to_vec(), confirmed }
}

async fn listening(radio: &SystemRadio, device: &DeviceAddress) -> Arc<CarefulLink> {
    let link = connect_patiently(radio, device, |_, _| {}).await.unwrap();
    assert_eq!(link.request(&GattRequest::Subscribe { at: Echo::UP }).await, GattEvent::Written(Ok(())));
    link
}

async fn told(link: &dyn GattLink) -> Vec<u8> {
    match timeout(SOON, link.next()).await.expect("it tells something") {
        GattEvent::Notified { at, bytes } if at == Echo::UP => bytes,
        other => panic!("{other:?}"),
    }
}

fn received(air: &Air, device: &DeviceAddress) -> Vec<u8> {
    air.with(device, |echo: &mut Echo| echo.received.clone()).unwrap()
}

#[test]
fn a_device_is_found_connected_and_talked_to_at_every_packet_size() {
    apart("a_device_is_found_connected_and_talked_to_at_every_packet_size", async |air| {
        let radio = SystemRadio::new();
        for (mtu, number) in [(23u16, 1), (185, 2), (247, 3)] {
            let name = format!("Echo {mtu}");
            let device = air.add(&format!("C0:00:00:00:00:0{number}"), Echo::new(&name).with_mtu(mtu));
            let link = listening(&radio, &near(&radio, &name).await).await;
            assert_eq!(link.payload(), usize::from(mtu) - 3);
            let down = link.tree().get(Echo::DOWN).unwrap();
            assert_eq!(down.description.as_deref(), Some("down"));
            let both = Properties { write: true, write_without_response: true, ..Properties::default() };
            assert_eq!(down.properties, both);
            let mut sent = Vec::new();
            for (number, confirmed) in (0..40u8).map(|number| (number, number % 8 == 7)) {
                let piece = vec![number; link.payload()];
                assert_eq!(link.request(&write(&piece, confirmed)).await, GattEvent::Written(Ok(())));
                assert_eq!(link.unsettled() == 0, confirmed);
                sent.extend_from_slice(&piece);
                assert_eq!(told(link.as_ref()).await, piece);
            }
            assert_eq!(received(&air, &device), sent, "MTU {mtu}");
            let long = vec![7; link.payload() + 1];
            let refused = GattEvent::Written(Err(GattFailure::NotPossible));
            assert_eq!(link.request(&write(&long, false)).await, refused);
            assert_eq!(link.request(&write(&long, true)).await, GattEvent::Written(Ok(())));
            let count = u32::try_from(sent.len() + long.len()).unwrap().to_be_bytes().to_vec();
            assert_eq!(link.request(&GattRequest::Read { at: Echo::COUNT }).await, GattEvent::Value(Ok(count)));
            link.disconnect().await.unwrap();
        }
    });
}

#[test]
fn a_lost_link_is_told_and_made_again() {
    apart("a_lost_link_is_told_and_made_again", async |air| {
        let device = air.add(MAC, Echo::new("Echo"));
        let radio = SystemRadio::new();
        let address = near(&radio, "Echo").await;
        for round in 0..5u8 {
            // Sometimes the write that breaks the link arrives, and sometimes not: the host cannot tell.
            air.fault(&device, |faults| faults.cut = Some(LinkCut { at: 25, arrives: round % 2 == 0 }));
            let link = listening(&radio, &address).await;
            assert_eq!(link.request(&write(&[round; 20], true)).await, GattEvent::Written(Ok(())));
            assert_eq!(told(link.as_ref()).await, [round; 20]);
            assert_eq!(link.request(&write(&[round; 20], true)).await, GattEvent::Lost);
            assert_eq!(timeout(SOON, link.next()).await.unwrap(), GattEvent::Lost);
            assert_eq!(link.request(&write(b"x", true)).await, GattEvent::Lost);
        }
        assert_eq!(received(&air, &device).len(), 5 * 20 + 3 * 20);
        assert_eq!(air.figures(&device).unwrap().connections, 5);
        // A link that breaks while nobody asks anything is told too.
        let link = listening(&radio, &address).await;
        air.break_link(&device);
        assert_eq!(timeout(SOON, link.next()).await.unwrap(), GattEvent::Lost);
    });
}

#[test]
fn hanging_up_loses_nothing_that_was_written() {
    apart("hanging_up_loses_nothing_that_was_written", async |air| {
        let device = air.add(MAC, Echo::new("Echo"));
        air.fault(&device, |faults| faults.rate = NonZeroU32::new(8_000));
        air.with(&device, |echo: &mut Echo| echo.repeats = false);
        let radio = SystemRadio::new();
        let link = listening(&radio, &near(&radio, "Echo").await).await;
        for _ in 0..160 {
            assert_eq!(link.request(&write(&[5; 200], false)).await, GattEvent::Written(Ok(())));
        }
        assert!(received(&air, &device).len() < 32_000, "the system has taken more than the air has carried");
        assert_eq!(link.unsettled(), 32_000);
        link.disconnect().await.unwrap();
        assert_eq!(received(&air, &device).len(), 32_000);
        assert_eq!(timeout(SOON, link.next()).await.unwrap(), GattEvent::Lost);
    });
}

#[test]
fn what_the_system_merely_remembers_is_not_near() {
    apart("what_the_system_merely_remembers_is_not_near", async |air| {
        let device = air.add(MAC, Echo::new("Echo"));
        let radio = SystemRadio::new();
        let address = near(&radio, "Echo").await;
        let link = listening(&radio, &address).await;
        // Out of range: the link breaks, and BlueZ remembers the device.
        air.set_in_range(&device, false);
        assert_eq!(timeout(SOON, link.next()).await.unwrap(), GattEvent::Lost);
        let other = air.add("C0:00:00:00:00:02", Echo::new("Other"));
        let mut heard = radio.scan().await.unwrap();
        for _ in 0..6 {
            let one = timeout(SOON, heard.recv()).await.unwrap().unwrap();
            assert_ne!(one.address, address, "it is not there");
        }
        air.remove(&other);
        let within = Duration::from_millis(300);
        assert_eq!(radio.connect(&address, within).await.err(), Some(BleError::TimedOut));
        air.set_in_range(&device, true);
        assert_eq!(hear(&mut heard, "Echo").await.address, address);
        listening(&radio, &address).await;
        let nobody = DeviceAddress("hci0/dev_C0_00_00_00_00_99".to_owned());
        assert_eq!(radio.connect(&nobody, SOON).await.err(), Some(BleError::NotInRange));
    });
}

#[test]
fn a_device_whose_program_was_killed_is_near_and_can_be_connected_again() {
    apart("a_device_whose_program_was_killed_is_near_and_can_be_connected_again", async |air| {
        let device = air.add(MAC, Echo::new("Echo"));
        let (dead, radio) = (SystemRadio::new(), SystemRadio::new());
        let address = near(&dead, "Echo").await;
        let left = listening(&dead, &address).await;
        // Nobody hung up; the system keeps the link, and the device does not advertise.
        assert_eq!(near(&radio, "Echo").await, address);
        let link = listening(&radio, &address).await;
        assert_eq!(timeout(SOON, left.next()).await.unwrap(), GattEvent::Lost);
        assert_eq!(link.request(&write(b"x", true)).await, GattEvent::Written(Ok(())));
        assert_eq!(air.figures(&device).unwrap().connections, 2);
    });
}

#[test]
fn the_adapter_says_why_it_cannot_be_used() {
    apart("the_adapter_says_why_it_cannot_be_used", async |air| {
        let device = air.add(MAC, Echo::new("Echo"));
        let radio = SystemRadio::new();
        let mut state = radio.state();
        let address = near(&radio, "Echo").await;
        for (there, error) in [
            (AdapterState::Off, BleError::Off),
            (AdapterState::Denied, BleError::Denied),
            (AdapterState::None, BleError::None),
        ] {
            let link = listening(&radio, &address).await;
            air.set_adapter(there);
            assert_eq!(timeout(SOON, link.next()).await.unwrap(), GattEvent::Lost, "{there:?}");
            assert_eq!(radio.scan().await.err(), Some(error.clone()));
            assert_eq!(radio.connect(&address, SOON).await.err(), Some(error));
            timeout(SOON, state.wait_for(|state| *state == there)).await.expect("it is told").unwrap();
            assert_eq!(air_state(&air), there, "looking does not switch it on");
            air.set_adapter(AdapterState::On);
            timeout(SOON, state.wait_for(|state| *state == AdapterState::On)).await.expect("it is told").unwrap();
            assert_eq!(near(&radio, "Echo").await, address);
        }
        assert_eq!(air.figures(&device).unwrap().connections, 3);
    });
}

fn air_state(air: &Air) -> AdapterState {
    *air.state().borrow()
}

#[test]
fn two_listeners_share_a_scan_and_the_second_outlives_the_first() {
    apart("two_listeners_share_a_scan_and_the_second_outlives_the_first", async |air| {
        air.add(MAC, Echo::new("Echo"));
        let radio = SystemRadio::new();
        let mut first = radio.scan().await.unwrap();
        let mut second = radio.scan().await.unwrap();
        hear(&mut first, "Echo").await;
        hear(&mut second, "Echo").await;
        drop(first);
        air.add("C0:00:00:00:00:02", Echo::new("Late"));
        assert!(hear(&mut second, "Late").await.rssi.is_some_and(|rssi| (-60..=-50).contains(&rssi)));
    });
}
