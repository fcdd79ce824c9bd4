//! A serial port as a link, on a line that the system makes: a device at one end, the app at the other.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test may fail

use platen_transport::{ByteLink, Cable, CableError};
use serial2::SerialPort;
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

/// A line with a device at its other end.
fn line() -> (SerialPort, String) {
    let (device, port) = SerialPort::pair().unwrap();
    let path = std::fs::read_link(format!("/proc/self/fd/{}", port.as_fd().as_raw_fd())).unwrap();
    (device, path.to_str().unwrap().to_owned())
}

async fn heard(cable: &Cable, count: usize) -> Vec<u8> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(tokio::time::timeout(Duration::from_secs(20), cable.next()).await.unwrap().unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_go_both_ways_as_they_are_and_the_end_of_the_device_is_told() {
    let (mut device, path) = line();
    let cable = Cable::open(&path).await.unwrap();
    // What a terminal would change: line ends, control characters, the eighth bit.
    let odd: Vec<u8> = (0..=255).collect();
    cable.send(odd.clone());
    let mut told = vec![0; odd.len()];
    device.set_read_timeout(Duration::from_secs(20)).unwrap();
    let (device, told) = tokio::task::spawn_blocking(move || {
        device.read_exact(&mut told).unwrap();
        (device, told)
    })
    .await
    .unwrap();
    assert_eq!(told, odd);
    device.write_all(&odd).unwrap();
    assert_eq!(heard(&cable, odd.len()).await, odd);
    drop(device);
    assert_eq!(tokio::time::timeout(Duration::from_secs(20), cable.next()).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_port_is_free_and_what_is_no_port_is_refused() {
    let (_device, path) = line();
    for _ in 0..2 {
        Cable::open(&path).await.unwrap().close().await;
    }
    assert_eq!(Cable::open("/dev/no-such-port").await.err(), Some(CableError::Gone));
    assert!(Cable::open("/dev/null").await.is_err());
}
