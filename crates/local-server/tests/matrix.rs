//! Fault 19: every combination of Host, Origin, Sec-Fetch-Site and method. Whatever does not come from our own page or
//! from a program under our own name gets nothing and does nothing, token or not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{Answer, House, wide};

/// The fields of a request's head that are right or wrong.
struct Asked {
    lines: String,
    fine: bool,
}

fn hosts(port: u16) -> Vec<(Vec<String>, u16)> {
    let ours = ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"];
    let mut all: Vec<(Vec<String>, u16)> = ours.iter().map(|name| (vec![format!("{name}:{port}")], 200)).collect();
    for name in ["127.0.0.1", "localhost.", "127.0.0.1:80", "evil.example"] {
        all.push((vec![name.to_owned()], 421));
    }
    for name in ["0.0.0.0", "127.1", "2130706433", "127.0.0.1.evil.example", "evil.example", "localhost."] {
        all.push((vec![format!("{name}:{port}")], 421));
    }
    all.push((vec![], 400));
    all.push((vec![String::new()], 400));
    all.push((vec![format!("127.0.0.1:{port}"), format!("127.0.0.1:{port}")], 400));
    all
}

fn origins(host: &str) -> Vec<Asked> {
    let own = format!("http://{}", host.to_ascii_lowercase());
    let mut all =
        vec![Asked { lines: String::new(), fine: true }, Asked { lines: format!("Origin: {own}\r\n"), fine: true }];
    let foreign = [
        "null".to_owned(),
        "https://evil.example".to_owned(),
        format!("https://{host}"),
        format!("{own}/"),
        format!("{own}.evil.example"),
        format!("http://user@{host}"),
        "http://127.0.0.1:1".to_owned(),
        "file://".to_owned(),
        "chrome-extension://abcdef".to_owned(),
        String::new(),
    ];
    all.extend(foreign.iter().map(|origin| Asked { lines: format!("Origin: {origin}\r\n"), fine: false }));
    all.push(Asked { lines: format!("Origin: {own}\r\nOrigin: {own}\r\n"), fine: false });
    all
}

fn sites() -> Vec<Asked> {
    [("", true), ("none", true), ("same-origin", true), ("same-site", false), ("cross-site", false), ("x", false)]
        .into_iter()
        .map(|(site, fine)| {
            let lines = if site.is_empty() { String::new() } else { format!("Sec-Fetch-Site: {site}\r\n") };
            Asked { lines, fine }
        })
        .collect()
}

const TARGETS: [(&str, &str); 7] = [
    ("POST", "/api/call"),
    ("GET", "/api/call"),
    ("OPTIONS", "/api/call"),
    ("PUT", "/api/call"),
    ("POST", "/api/documents?name=x"),
    ("GET", "/api/events"),
    ("GET", "/"),
];

const BODY: &str = r#"{"method":"settings.change","params":{"theme":"dark"}}"#;

#[tokio::test]
async fn no_combination_of_host_origin_and_method_leaks_or_acts() {
    let house = House::open(wide()).await;
    let bearer = house.bearer();
    let (mut combinations, mut refused) = (0, 0);
    let mut wire = house.wire().await;
    for (hosts, expected) in hosts(house.port()) {
        let host_lines: String = hosts.iter().map(|host| format!("Host: {host}\r\n")).collect();
        let named = hosts.first().cloned().unwrap_or_default();
        for origin in origins(if expected == 200 { &named } else { "127.0.0.1:1" }) {
            for site in sites() {
                if expected == 200 && origin.fine && site.fine {
                    continue; // ours: the next test
                }
                for (method, target) in TARGETS {
                    let head = format!(
                        "{method} {target} HTTP/1.1\r\n{host_lines}{}{}Authorization: {bearer}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                        origin.lines,
                        site.lines,
                        BODY.len()
                    );
                    let answer = match wire.ask(format!("{head}{BODY}").as_bytes()).await {
                        Some(answer) => answer,
                        None => {
                            wire = house.wire().await;
                            wire.ask(format!("{head}{BODY}").as_bytes()).await.expect("an answer on a fresh wire")
                        }
                    };
                    let expected = if expected == 200 { 403 } else { expected };
                    assert_eq!(answer.status, expected, "{head}");
                    check_refusal(&answer, &head, &bearer);
                    combinations += 1;
                    refused += u32::from(answer.status != 200);
                }
            }
        }
    }
    assert!(combinations >= 300, "{combinations} combinations");
    assert_eq!(combinations, refused);
    assert_eq!(house.theme().await, "", "nothing was changed");
}

fn check_refusal(answer: &Answer, head: &str, bearer: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    assert!(!answer.head.to_ascii_lowercase().contains("access-control"), "{head}");
    assert!(!body.contains(&bearer[7..]) && !body.contains("theme") && !body.contains("epoch"), "{head}");
    if answer.status != 403 {
        assert!(answer.body.is_empty(), "{head}");
    }
}

#[tokio::test]
async fn our_own_page_and_programs_are_served_with_the_token_and_only_with_it() {
    let house = House::open(wide()).await;
    let body = r#"{"method":"settings.show"}"#;
    for name in ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"] {
        let host = format!("{name}:{}", house.port());
        for origin in origins(&host).iter().filter(|origin| origin.fine) {
            for site in sites().iter().filter(|site| site.fine) {
                for (token, expected) in [(house.bearer(), 200), ("Bearer x".to_owned(), 401)] {
                    let head = format!(
                        "POST /api/call HTTP/1.1\r\nHost: {host}\r\n{}{}Authorization: {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                        origin.lines,
                        site.lines,
                        body.len()
                    );
                    let answer = house.wire().await.ask(head.as_bytes()).await.unwrap();
                    // After a few wrong ones the door says "too often" to wrong ones, never to the right one.
                    let expected = if answer.status == 429 && expected == 401 { 429 } else { expected };
                    assert_eq!(answer.status, expected, "{head}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_gets_no_permission_whoever_asks() {
    let house = House::open(wide()).await;
    for origin in ["https://evil.example".to_owned(), "null".to_owned(), format!("http://{}", house.host())] {
        let head = format!(
            "OPTIONS /api/call HTTP/1.1\r\nHost: {}\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\
             Access-Control-Request-Private-Network: true\r\nAccess-Control-Request-Headers: authorization\r\n\r\n",
            house.host()
        );
        let answer = house.wire().await.ask(head.as_bytes()).await.unwrap();
        assert!(matches!(answer.status, 401 | 403), "{}", answer.status);
        assert!(!answer.head.to_ascii_lowercase().contains("access-control"));
    }
}

#[tokio::test]
async fn the_request_line_and_old_http_do_not_get_around_host() {
    let house = House::open(wide()).await;
    let host = house.host();
    for (head, status) in [
        (format!("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n"), 421),
        ("GET / HTTP/1.0\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"), 400),
        (format!("CONNECT evil.example:80 HTTP/1.1\r\nHost: {host}\r\n\r\n"), 421),
    ] {
        let answer = house.wire().await.ask(head.as_bytes()).await.unwrap();
        assert_eq!((answer.status, answer.body.len()), (status, 0), "{head}");
    }
    let own =
        format!("GET http://{host}/api/none HTTP/1.1\r\nHost: {host}\r\nAuthorization: {}\r\n\r\n", house.bearer());
    assert_eq!(house.wire().await.ask(own.as_bytes()).await.unwrap().status, 404);
}
