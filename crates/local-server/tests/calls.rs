//! What the door is for: calls, documents, pictures, events, the UI.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{House, hasty, wide};

#[tokio::test]
async fn a_call_answers_with_its_result_or_its_error() {
    let house = House::open(wide()).await;
    let answer = house.call(r#"{"method":"settings.change","params":{"theme":"dark"}}"#).await;
    assert_eq!((answer.status, answer.json()["result"]["theme"].as_str()), (200, Some("dark")));
    assert_eq!(answer.field("content-type"), Some("application/json"));
    assert_eq!(house.theme().await, "dark");

    let answer = house.call(r#"{"method":"printer.show","params":{"sn":"NOBODY"}}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "printer_unknown"));
    let answer = house.call(r#"{"method":"no.such"}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "method_unknown"));
    let answer = house.call(r#"{"method":"printer.show","params":{"nr":"x"}}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"));
    for field in
        ["content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-resource-policy"]
    {
        assert!(answer.field(field).is_some(), "{field}");
    }
}

#[tokio::test]
async fn only_json_is_a_call_and_only_bytes_are_a_document() {
    let house = House::open(wide()).await;
    for (target, mime) in [
        ("/api/call", "text/plain"),
        ("/api/call", "application/x-www-form-urlencoded"),
        ("/api/call", "multipart/form-data; boundary=x"),
        ("/api/call", "application/jsonp"),
        ("/api/documents?name=x", "multipart/form-data; boundary=x"),
        ("/api/documents?name=x", "text/plain"),
    ] {
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: {mime}\r\nContent-Length: 2\r\n\r\n{{}}",
            house.host(),
            house.bearer()
        );
        assert_eq!(house.wire().await.ask(head.as_bytes()).await.unwrap().status, 415, "{target} {mime}");
    }
    for (method, target, status) in [
        ("GET", "/api/call", 405),
        ("DELETE", "/api/documents", 405),
        ("POST", "/api/events", 405),
        ("POST", "/api/blob/x", 405),
        ("POST", "/", 405),
        ("GET", "/api/none", 404),
        ("GET", "/api", 404),
        ("GET", "/api/blob/nothing", 404),
        ("GET", "/api/blob/%ff", 400),
    ] {
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n",
            house.host(),
            house.bearer()
        );
        assert_eq!(house.wire().await.ask(head.as_bytes()).await.unwrap().status, status, "{method} {target}");
    }
}

#[tokio::test]
async fn a_document_comes_in_as_it_is_whatever_its_name() {
    let house = House::open(wide()).await;
    for name in ["note.txt", "..%2F..%2Fetc%2Fpasswd", "%E0%B8%81.txt", ""] {
        let body = "Hello, paper.";
        let head = format!(
            "POST /api/documents?name={name} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\nContent-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n{body}",
            house.host(),
            house.bearer(),
            body.len()
        );
        let answer = house.wire().await.ask(head.as_bytes()).await.unwrap();
        assert_eq!(answer.status, 200, "{name}");
        let view = answer.json();
        assert_eq!(view["result"]["size"], 13);
        let label = view["result"]["name"].as_str().unwrap();
        assert!(!label.is_empty() && !label.contains('/'), "{label}");
    }
}

#[tokio::test]
async fn events_come_as_lines_and_a_wrong_place_is_a_gap() {
    let house = House::open(hasty()).await;
    let get = |query: &str| {
        format!(
            "GET /api/events{query} HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\r\n",
            house.host(),
            house.bearer()
        )
    };
    let mut wire = house.wire().await;
    assert_eq!(wire.ask(get("").as_bytes()).await.unwrap().status, 200);
    house.call(r#"{"method":"settings.change","params":{"theme":"light"}}"#).await;
    let line = wire.line_with("settings-changed").await.unwrap();
    let event: serde_json::Value = serde_json::from_str(line.trim()).unwrap();
    assert_eq!(event["body"]["settings"]["theme"], "light");

    let epoch = event["epoch"].as_str().unwrap();
    let again = get(&format!("?epoch={epoch}&after={}", event["seq"].as_u64().unwrap() - 1));
    let mut later = house.wire().await;
    later.send(again.as_bytes()).await;
    assert!(later.line_with("settings-changed").await.is_some());

    let answer = house.wire().await.ask(get("?epoch=other&after=1").as_bytes()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_str()), (409, "event_gap"));
    for wrong in ["?after=1", "?epoch=x", "?epoch=x&after=-1"] {
        assert_eq!(house.wire().await.ask(get(wrong).as_bytes()).await.unwrap().status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn the_page_needs_no_token_and_says_so_when_it_was_not_built() {
    let house = House::open(wide()).await;
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: none\r\n\r\n", house.host());
    let answer = house.wire().await.ask(get("/").as_bytes()).await.unwrap();
    let text = String::from_utf8_lossy(&answer.body);
    match answer.status {
        200 => assert!(text.contains("<!doctype html>") || text.contains("<!DOCTYPE html>")),
        503 => assert!(text.contains("npm run build:ui")),
        other => panic!("{other}"),
    }
    let csp = answer.field("content-security-policy").unwrap();
    assert!(csp.contains("default-src 'self'") && csp.contains("frame-ancestors 'none'"));
    for target in ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/assets/none.js", "/.git/config"] {
        assert_eq!(house.wire().await.ask(get(target).as_bytes()).await.unwrap().status, 404, "{target}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error_and_never_another_port() {
    let house = House::open(wide()).await;
    let options = platen_local_server::DoorOptions { port: house.port(), ..Default::default() };
    let Err(error) = platen_local_server::Door::open(house.api.clone(), options).await else {
        panic!("a second door on one port");
    };
    assert_eq!(platen_model::Fault::from(&error).code, "port_taken");
}
