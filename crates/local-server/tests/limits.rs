//! Promises LS-9 and LS-10, fault 18: too much, too often, too slow. That a wire *is* closed is what counts; how fast is
//! the limit's business, which the unit tests check on a clock of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{House, hasty, wide};
use platen_local_server::Limits;
use std::time::Duration;

#[tokio::test]
async fn silent_half_headed_and_dripping_peers_are_closed() {
    let house = House::open(hasty()).await;
    let (host, bearer) = (house.host(), house.bearer());
    let begun = format!(
        "POST /api/call HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{"
    );
    let whole = format!("GET /api/none HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\n\r\n");
    let mut silent = house.wire().await;
    let mut half_head = house.wire().await;
    half_head.send(b"GET / HTTP/1.1\r\nHost: x").await;
    let mut idle = house.wire().await;
    assert_eq!(idle.ask(whole.as_bytes()).await.unwrap().status, 404);
    let mut second_head = house.wire().await;
    assert_eq!(second_head.ask(whole.as_bytes()).await.unwrap().status, 404);
    second_head.send(b"GET / HT").await;
    tokio::join!(silent.closed(), half_head.closed(), idle.closed(), second_head.closed());

    let mut dripping = house.wire().await;
    dripping.send(begun.as_bytes()).await;
    let answer = dripping.answer(true).await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (408, "too_slow"));
    dripping.closed().await;
}

#[tokio::test]
async fn a_thousand_slow_peers_do_not_keep_an_honest_one_out() {
    let house = House::open(wide()).await;
    let mut slow = Vec::new();
    for number in 0..1000 {
        let mut wire = house.wire().await;
        if number % 2 == 0 {
            wire.send(b"GET / HTTP/1.1\r\nHost: ").await;
        }
        slow.push(wire);
        if number % 100 == 99 {
            let answer = house.call(r#"{"method":"settings.show"}"#).await;
            assert_eq!(answer.status, 200, "after {number} slow peers");
        }
    }
    // The flood pushes itself out: all but the last few are closed, without waiting for any time-out.
    for wire in slow.iter_mut().take(900) {
        wire.closed().await;
    }
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_closed() {
    let house = House::open(hasty()).await;
    let mut wire = house.wire().await;
    // Thousands of answers that nobody takes fill every buffer between us and the peer.
    let ask = format!("GET /api/none HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n", house.host(), house.bearer());
    let many = ask.repeat(200);
    loop {
        use tokio::io::AsyncWriteExt;
        if wire.stream.write_all(many.as_bytes()).await.is_err() {
            break;
        }
    }
    assert_eq!(house.call(r#"{"method":"settings.show"}"#).await.status, 200);
}

#[tokio::test]
async fn everything_too_large_is_refused_with_its_own_status() {
    let limits = Limits { json_bytes: 64 * 1024, upload_bytes: 128 * 1024, ..wide() };
    let house = House::open(limits).await;
    let (host, bearer) = (house.host(), house.bearer());
    let get = |target: &str, extra: &str| {
        format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\n{extra}\r\n")
    };
    let long = format!("/{}", "a".repeat(8 * 1024));
    assert_eq!(house.wire().await.ask(get(&long, "").as_bytes()).await.unwrap().status, 414);
    let fat = get("/", &format!("X: {}\r\n", "b".repeat(17 * 1024)));
    assert_eq!(house.wire().await.ask(fat.as_bytes()).await.unwrap().status, 431);
    let many = get("/", &"X: y\r\n".repeat(120));
    assert_eq!(house.wire().await.ask(many.as_bytes()).await.unwrap().status, 431);

    let post = |target: &str, mime: &str, length: usize| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\r\n"
        )
    };
    let answer = house.wire().await.ask(post("/api/call", "application/json", 70_000).as_bytes()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    let answer = house
        .wire()
        .await
        .ask(post("/api/documents?name=x", "application/octet-stream", 200_000).as_bytes())
        .await
        .unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (413, "too_large"));
    // Without a length, the limit is met on the way.
    let head = format!(
        "POST /api/documents?name=x HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut wire = house.wire().await;
    wire.send(head.as_bytes()).await;
    for _ in 0..40 {
        wire.send(format!("1000\r\n{}\r\n", "c".repeat(0x1000)).as_bytes()).await;
    }
    assert_eq!(wire.answer(true).await.unwrap().status, 413);

    let deep = format!(r#"{{"method":"settings.show","params":{}{}}}"#, "[".repeat(64), "]".repeat(64));
    let answer = house.call(&deep).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "json_too_deep"));
    for broken in ["", "{", "[]", r#"{"metod":"x"}"#, "\"\\ud800\""] {
        assert_eq!(house.call(broken).await.status, 400, "{broken}");
    }
}

#[tokio::test]
async fn a_flood_meets_429_and_a_stranger_s_flood_does_not_touch_others() {
    let limits = Limits { pace: 1, burst: 20, ..Limits::default() };
    let house = House::open(limits).await;
    let stranger = format!("GET / HTTP/1.1\r\nHost: {}\r\nOrigin: https://evil.example\r\n\r\n", house.host());
    let mut statuses = Vec::new();
    let mut wire = house.wire().await;
    for _ in 0..30 {
        let answer = wire.ask(stranger.as_bytes()).await.unwrap();
        if answer.status == 429 {
            assert!(answer.field("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 20);
    assert!(statuses.iter().skip(20).all(|status| *status == 429));
    assert_eq!(house.call(r#"{"method":"settings.show"}"#).await.status, 200);
}

#[tokio::test]
async fn wrong_tokens_are_braked_and_the_right_one_never() {
    let house = House::open(wide()).await;
    let host = house.host();
    let ask = |token: &str| format!("GET /api/events HTTP/1.1\r\nHost: {host}\r\n{token}\r\n");
    let mut bodies = Vec::new();
    let mut statuses = Vec::new();
    for token in
        ["", "Authorization: Bearer 00\r\n", "Authorization: Basic eA==\r\n", "", "Authorization: Bearer\r\n", "", ""]
    {
        let answer = house.wire().await.ask(ask(token).as_bytes()).await.unwrap();
        if answer.status == 401 {
            bodies.push(answer.body.clone());
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [401, 401, 401, 401, 401, 429, 429]);
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "absent and wrong look alike");
    assert_eq!(house.call(r#"{"method":"settings.show"}"#).await.status, 200);
}

#[tokio::test]
async fn a_closing_door_lets_calls_finish_and_ends_the_streams() {
    let house = House::open(Limits { heartbeat: Duration::from_secs(3600), ..wide() }).await;
    let mut watching = house.wire().await;
    let events =
        format!("GET /api/events HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n", house.host(), house.bearer());
    let answer = watching.ask(events.as_bytes()).await.unwrap();
    assert_eq!((answer.status, answer.field("content-type")), (200, Some("application/x-ndjson")));
    let House { door, api, _folder } = house;
    door.close().await;
    watching.closed().await;
    api.close().await;
}
