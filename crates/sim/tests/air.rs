//! The simulated air at the `Radio` trait, with the clock of the tests.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A test may fail.

use platen_model::gatt::{GattEvent, GattFailure, GattRequest};
use platen_sim::air::{Air, Echo, LinkCut};
use platen_transport::ble::{CarefulLink, connect_patiently};
use platen_transport::{AdapterState, BleError, DeviceAddress, GattLink, Radio};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const SOON: Duration = Duration::from_secs(10);

fn echo(air: &Air) -> DeviceAddress {
    air.add("C0:00:00:00:00:01", Echo::new("Echo"))
}

fn write(bytes: &[u8], confirmed: bool) -> GattRequest {
    GattRequest::Write { at: Echo::DOWN, bytes: bytes.to_vec(), confirmed }
}

fn received(air: &Air, address: &DeviceAddress) -> Vec<u8> {
    air.with(address, |echo: &mut Echo| echo.received.clone()).unwrap()
}

async fn connected(air: &Air, address: &DeviceAddress) -> Arc<dyn GattLink> {
    let link = air.connect(address, SOON).await.unwrap();
    assert_eq!(link.request(&GattRequest::Subscribe { at: Echo::UP }).await, GattEvent::Written(Ok(())));
    link
}

#[tokio::test(start_paused = true)]
async fn a_device_is_heard_connected_and_talked_to() {
    let air = Air::new();
    let address = echo(&air);
    let heard = air.scan().await.unwrap().recv().await.unwrap();
    assert_eq!((heard.address, heard.advertisement.name.as_deref()), (address.clone(), Some("Echo")));
    let link = connected(&air, &address).await;
    assert_eq!(link.payload(), 244);
    assert_eq!(link.request(&write(b"one", false)).await, GattEvent::Written(Ok(())));
    assert_eq!(link.request(&write(b"two", true)).await, GattEvent::Written(Ok(())));
    for piece in [b"one", b"two"] {
        assert_eq!(link.next().await, GattEvent::Notified { at: Echo::UP, bytes: piece.to_vec() });
    }
    let count = link.request(&GattRequest::Read { at: Echo::COUNT }).await;
    assert_eq!(count, GattEvent::Value(Ok(vec![0, 0, 0, 6])));
    link.disconnect().await.unwrap();
    assert_eq!(link.next().await, GattEvent::Lost);
    assert_eq!(link.request(&write(b"three", true)).await, GattEvent::Lost);
    assert_eq!(received(&air, &address), b"onetwo");
}

#[tokio::test(start_paused = true)]
async fn what_does_not_fit_is_refused_before_it_is_sent() {
    let air = Air::new();
    let address = echo(&air);
    air.fault(&address, |faults| faults.mtu = Some(23));
    let link = connected(&air, &address).await;
    assert_eq!(link.payload(), 20);
    let impossible = GattEvent::Written(Err(GattFailure::NotPossible));
    assert_eq!(link.request(&write(&[7; 21], false)).await, impossible);
    assert_eq!(link.request(&write(&[7; 513], true)).await, impossible);
    let elsewhere = GattRequest::Write { at: Echo::COUNT, bytes: vec![1], confirmed: true };
    assert_eq!(link.request(&elsewhere).await, impossible);
    assert!(received(&air, &address).is_empty());
    // A long write is the system's business, and what comes back is cut to the packet.
    assert_eq!(link.request(&write(&[7; 512], true)).await, GattEvent::Written(Ok(())));
    assert_eq!(link.next().await, GattEvent::Notified { at: Echo::UP, bytes: vec![7; 20] });
}

#[tokio::test(start_paused = true)]
async fn a_link_breaks_at_the_byte_that_was_named_and_only_once() {
    for (arrives, expected) in [(false, 20), (true, 30)] {
        let air = Air::new();
        let address = echo(&air);
        air.fault(&address, |faults| faults.cut = Some(LinkCut { at: 25, arrives }));
        let link = connected(&air, &address).await;
        for _ in 0..2 {
            assert_eq!(link.request(&write(&[1; 10], true)).await, GattEvent::Written(Ok(())));
        }
        assert_eq!(link.request(&write(&[1; 10], true)).await, GattEvent::Lost);
        assert_eq!(received(&air, &address).len(), expected);
        let link = connected(&air, &address).await;
        for _ in 0..5 {
            assert_eq!(link.request(&write(&[1; 10], true)).await, GattEvent::Written(Ok(())));
        }
        assert_eq!(air.figures(&address).unwrap().connections, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn writes_without_response_queue_and_the_link_keeps_its_rate_and_its_order() {
    let air = Air::new();
    let address = echo(&air);
    air.fault(&address, |faults| faults.rate = NonZeroU32::new(1_000));
    let link = connected(&air, &address).await;
    let begun = Instant::now();
    for piece in 0..50u8 {
        assert_eq!(link.request(&write(&[piece; 100], false)).await, GattEvent::Written(Ok(())));
    }
    assert!(begun.elapsed() < Duration::from_millis(10), "the system takes them all at once");
    assert!(received(&air, &address).len() < 200);
    assert_eq!(link.request(&write(&[50], true)).await, GattEvent::Written(Ok(())));
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(5_000) && took <= Duration::from_millis(5_200), "{took:?}");
    let expected: Vec<u8> = (0..50u8).flat_map(|piece| [piece; 100]).chain([50]).collect();
    assert_eq!(received(&air, &address), expected);
}

#[tokio::test(start_paused = true)]
async fn a_queue_with_a_limit_holds_the_writer_back() {
    let air = Air::new();
    let address = echo(&air);
    air.fault(&address, |faults| {
        faults.rate = NonZeroU32::new(1_000);
        faults.queue = Some(300);
    });
    let link = connected(&air, &address).await;
    let begun = Instant::now();
    for _ in 0..10 {
        assert_eq!(link.request(&write(&[1; 100], false)).await, GattEvent::Written(Ok(())));
    }
    assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn hanging_up_with_a_full_queue_loses_what_two_seconds_do_not_carry() {
    let air = Air::new();
    let address = echo(&air);
    air.fault(&address, |faults| faults.rate = NonZeroU32::new(1_000));
    let link = connected(&air, &address).await;
    for _ in 0..50 {
        link.request(&write(&[1; 100], false)).await;
    }
    link.disconnect().await.unwrap();
    let arrived = received(&air, &address).len();
    assert!((1_900..=2_100).contains(&arrived), "{arrived}");
    assert_eq!(air.figures(&address).unwrap().lost, 5_000 - u64::try_from(arrived).unwrap());
}

#[tokio::test(start_paused = true)]
async fn notifications_are_late_and_repeated() {
    let air = Air::new();
    let address = echo(&air);
    let link = connected(&air, &address).await;
    air.fault(&address, |faults| {
        faults.delay = Duration::from_millis(50);
        faults.repeat = 1;
    });
    let begun = Instant::now();
    link.request(&write(b"x", false)).await;
    for _ in 0..2 {
        assert_eq!(link.next().await, GattEvent::Notified { at: Echo::UP, bytes: b"x".to_vec() });
    }
    assert!(begun.elapsed() >= Duration::from_millis(150));
}

#[tokio::test(start_paused = true)]
async fn a_device_goes_out_of_range_and_comes_back() {
    let air = Air::new();
    let address = echo(&air);
    let link = connected(&air, &address).await;
    air.set_in_range(&address, false);
    assert_eq!(link.next().await, GattEvent::Lost);
    assert!(tokio::time::timeout(SOON, air.scan().await.unwrap().recv()).await.is_err(), "it is not heard");
    assert_eq!(air.connect(&address, SOON).await.err(), Some(BleError::TimedOut));
    let mut heard = air.scan().await.unwrap();
    let coming = air.clone();
    let back = address.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(3)).await;
        coming.set_in_range(&back, true);
    });
    assert_eq!(heard.recv().await.unwrap().address, address);
    connected(&air, &address).await;
    let nobody = DeviceAddress("C0:00:00:00:00:99".to_owned());
    assert_eq!(air.connect(&nobody, SOON).await.err(), Some(BleError::NotInRange));
}

#[tokio::test(start_paused = true)]
async fn a_device_takes_one_host_and_may_refuse_it() {
    let air = Air::new();
    let address = echo(&air);
    air.fault(&address, |faults| faults.refuse = 1);
    assert!(matches!(air.connect(&address, SOON).await.err(), Some(BleError::Failed(_))));
    let link = connected(&air, &address).await;
    assert_eq!(air.connect(&address, SOON).await.err(), Some(BleError::TimedOut));
    drop(link);
    connected(&air, &address).await;
}

#[tokio::test(start_paused = true)]
async fn an_adapter_that_is_off_or_absent_says_so() {
    let air = Air::new();
    let address = echo(&air);
    let link = connected(&air, &address).await;
    for (state, error) in [
        (AdapterState::Off, BleError::Off),
        (AdapterState::Denied, BleError::Denied),
        (AdapterState::None, BleError::None),
    ] {
        air.set_adapter(state);
        assert_eq!(*air.state().borrow(), state);
        assert_eq!(air.scan().await.err(), Some(error.clone()));
        assert_eq!(air.connect(&address, SOON).await.err(), Some(error));
    }
    assert_eq!(link.next().await, GattEvent::Lost);
}

#[tokio::test(start_paused = true)]
async fn connecting_is_tried_three_times_and_the_first_failure_is_not_told() {
    let air = Air::new();
    let address = echo(&air);
    for (refusals, tries, connects) in [(1, vec![], true), (2, vec![2], true), (3, vec![2], false)] {
        air.fault(&address, |faults| faults.refuse = refusals);
        let mut told = Vec::new();
        let link = connect_patiently(&air, &address, |tries, _| told.push(tries)).await;
        assert_eq!((told, link.is_ok()), (tries, connects));
        drop(link);
    }
    // Nobody answers: three times ten seconds and the pauses between them.
    air.set_in_range(&address, false);
    let begun = Instant::now();
    let silent = connect_patiently(&air, &address, |_, _| {}).await;
    assert_eq!(silent.err(), Some(BleError::TimedOut));
    assert_eq!(begun.elapsed().as_secs(), 32);
    air.set_adapter(AdapterState::Off);
    let begun = Instant::now();
    assert_eq!(connect_patiently(&air, &address, |_, _| {}).await.err(), Some(BleError::Off));
    assert!(begun.elapsed() < SOON, "what cannot work is not tried again");
}

#[tokio::test(start_paused = true)]
async fn a_careful_link_asks_before_it_hangs_up() {
    let air = Air::new();
    let address = echo(&air);
    air.fault(&address, |faults| faults.rate = NonZeroU32::new(1_000));
    let link = CarefulLink::new(connected(&air, &address).await);
    for _ in 0..50 {
        link.request(&write(&[1; 100], false)).await;
    }
    assert_eq!(link.unsettled(), 5_000);
    link.disconnect().await.unwrap();
    assert_eq!((link.unsettled(), received(&air, &address).len()), (0, 5_000));
}
