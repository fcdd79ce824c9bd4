//! HTTP against a server that plays a script: each class of failure, and what must never happen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use platen_model::{Enclosure, HttpFailure, HttpMethod, HttpRequest, HttpResult, Secret};
use platen_transport::{HttpConfig, HttpLink};
use rumqttc::tokio_rustls::{TlsAcceptor, rustls};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(30);

/// A server that hands each connection, its request read, to `play`. Its address, and how many came.
async fn server<F, R>(play: F) -> (String, Arc<AtomicUsize>)
where
    F: Fn(TcpStream, String) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let came = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            came.fetch_add(1, Ordering::SeqCst);
            let request = request_of(&mut stream).await;
            tokio::spawn(play(stream, request));
        }
    });
    (address, count)
}

async fn request_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while !bytes.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A server that answers every request with these bytes and closes.
async fn answering(answer: impl Into<String>) -> String {
    let answer = answer.into();
    server(move |mut stream, _| {
        let answer = answer.clone();
        async move {
            // The other side may have left.
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await
    .0
}

fn get(url: &str) -> HttpRequest {
    HttpRequest {
        method: HttpMethod::Get,
        url: url.to_owned(),
        headers: Vec::new(),
        bearer: None,
        body: Vec::new(),
        enclosure: None,
        limit: 1000,
        timeout: PATIENCE,
    }
}

async fn exchange(request: HttpRequest) -> HttpResult {
    HttpLink::new(HttpConfig::default()).unwrap().exchange(request).await
}

#[tokio::test]
async fn an_exchange_carries_everything_both_ways() {
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let (url, count) = server(move |mut stream, request| {
        let sender = sender.clone();
        async move {
            let mut body = [0; 4];
            stream.read_exact(&mut body).await.unwrap();
            sender.send((request, body)).unwrap();
            let answer = "HTTP/1.1 418 x\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\nok";
            stream.write_all(answer.as_bytes()).await.unwrap();
            // Left open: the connection must not be used again all the same.
            std::future::pending::<()>().await;
        }
    })
    .await;
    let link = HttpLink::new(HttpConfig::default()).unwrap();
    for _ in 0..2 {
        let mut request = get(&format!("{url}/path?x=1"));
        request.method = HttpMethod::Post;
        request.headers = vec![("X-Test".to_owned(), "yes".to_owned())];
        request.bearer = Some(Secret::from("token"));
        request.body = b"body".to_vec();
        let answer = link.exchange(request).await.unwrap();
        assert_eq!(
            (answer.status, answer.body.as_slice(), answer.date),
            (418, b"ok".as_slice(), Some(784_111_777_000))
        );
        let (request, body) = requests.recv().await.unwrap();
        let request = request.to_lowercase();
        assert!(request.starts_with("post /path?x=1 http/1.1\r\n"), "{request}");
        for line in ["x-test: yes", "authorization: bearer token", "content-length: 4"] {
            assert!(request.contains(&format!("\r\n{line}\r\n")), "{line} is missing: {request}");
        }
        assert_eq!(&body, b"body");
    }
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

/// A request whose body is `<` and the file in base64 and `>`.
fn enclosing(url: &str, path: &std::path::Path, size: u64) -> HttpRequest {
    let enclosure = Some(Enclosure { path: path.to_owned(), size, at: 1 });
    HttpRequest { method: HttpMethod::Post, body: b"<>".to_vec(), enclosure, ..get(url) }
}

#[tokio::test]
async fn a_file_stands_in_the_body_as_base64_and_its_way_is_told() {
    let (sender, mut bodies) = tokio::sync::mpsc::unbounded_channel();
    let (url, _) = server(move |mut stream, request| {
        let sender = sender.clone();
        async move {
            let request = request.to_lowercase();
            let length = request.split("content-length: ").nth(1).unwrap().split("\r\n").next().unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).await.unwrap();
            sender.send((request, body)).unwrap();
            stream.write_all(b"HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let file = tempfile::NamedTempFile::new().unwrap();
    for size in [0_u8, 1, 2, 3, 4, 200] {
        let content = if size == 200 { vec![b'a'; 300_001] } else { vec![b'a'; usize::from(size)] };
        std::fs::write(file.path(), &content).unwrap();
        let request = enclosing(&url, file.path(), content.len() as u64);
        let told = Arc::new(std::sync::Mutex::new(Vec::new()));
        let heard = told.clone();
        let link = HttpLink::new(HttpConfig::default()).unwrap();
        let answer = link.exchange_told(request, Arc::new(move |sent, of| heard.lock().unwrap().push((sent, of))));
        assert_eq!(answer.await.unwrap().status, 200);
        let (head, body) = bodies.recv().await.unwrap();
        assert!(!head.contains("transfer-encoding"), "{head}");
        let text = match content.len() {
            0 => String::new(),
            1 => "YQ==".to_owned(),
            2 => "YWE=".to_owned(),
            long => "YWFh".repeat(long / 3) + if long % 3 == 1 { "YQ==" } else { "" },
        };
        assert!(body == format!("<{text}>").into_bytes(), "{} bytes", content.len());
        let told = told.lock().unwrap();
        assert!(told.is_sorted() && told.iter().all(|(_, of)| *of == body.len() as u64), "{told:?}");
        assert!(content.len() < 1000 || told.len() > 4, "a long way is told in steps: {told:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_gone_or_of_another_length_is_not_sent() {
    let (url, count) = server(|_, _| async {}).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"abc").unwrap();
    for request in [enclosing(&url, file.path(), 4), enclosing(&url, std::path::Path::new("/nowhere/prn"), 3)] {
        let failure = exchange(request).await.unwrap_err();
        assert!(matches!(failure, HttpFailure::Refused(_)) && !failure.may_have_arrived(), "{failure:?}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let failure = exchange(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(matches!(failure, HttpFailure::Unreachable(_)), "{failure:?}");
    assert!(!failure.may_have_arrived());
}

#[tokio::test]
async fn a_connection_that_ends_early_is_broken() {
    for answer in [
        "",
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "this is not HTTP\r\n\r\n",
    ] {
        let failure = exchange(get(&answering(answer).await)).await.unwrap_err();
        assert!(matches!(failure, HttpFailure::Broken(_)), "{answer:?}: {failure:?}");
        assert!(failure.may_have_arrived());
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read() {
    let declared = format!("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n{}", "x".repeat(1001));
    let chunked =
        format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n", "x".repeat(1001));
    let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(1001));
    for answer in [declared, chunked, endless] {
        let failure = exchange(get(&answering(answer).await)).await.unwrap_err();
        assert_eq!(failure, HttpFailure::TooLarge);
    }
    let fitting = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", "x".repeat(1000));
    assert_eq!(exchange(get(&answering(fitting).await)).await.unwrap().body.len(), 1000);
}

#[tokio::test]
async fn silence_and_a_slow_body_time_out() {
    let (silent, _) = server(|stream, _| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let (slow, _) = server(|mut stream, _| async move {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await.unwrap();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    for url in [silent, slow] {
        let mut request = get(&url);
        request.timeout = Duration::from_millis(300);
        assert_eq!(exchange(request).await.unwrap_err(), HttpFailure::TimedOut);
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let (elsewhere, visited) = server(|_, _| async {}).await;
    for status in [301, 302, 303, 307, 308] {
        let url =
            answering(format!("HTTP/1.1 {status} x\r\nLocation: {elsewhere}/\r\nContent-Length: 0\r\n\r\n")).await;
        assert_eq!(exchange(get(&url)).await.unwrap().status, status);
    }
    assert_eq!(visited.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused_here() {
    let mut bad_header = get("http://127.0.0.1:1/");
    bad_header.headers = vec![("a b".to_owned(), "x".to_owned())];
    let mut split_header = get("http://127.0.0.1:1/");
    split_header.headers = vec![("a".to_owned(), "x\r\nb: y".to_owned())];
    for request in [get("http://printer.example.com/"), get("https://user@127.0.0.1/"), bad_header, split_header] {
        let failure = exchange(request).await.unwrap_err();
        assert!(matches!(failure, HttpFailure::Refused(_)), "{failure:?}");
        assert!(!failure.may_have_arrived());
    }
}

#[tokio::test]
async fn a_certificate_must_be_the_authoritys() {
    platen_transport::install_crypto();
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap().cert.pem();
    let misnamed = rcgen::generate_simple_self_signed(["printer.example.com".to_owned()]).unwrap();
    let good = tls_server(&own).await;
    let wrong_name = tls_server(&misnamed).await;
    for (url, ca_pem, trusted) in [
        (&good, Some(own.cert.pem()), true),
        (&good, Some(other), false),
        (&good, None, false),
        (&wrong_name, Some(misnamed.cert.pem()), false),
    ] {
        let link = HttpLink::new(HttpConfig { ca_pem, allow_plaintext: false }).unwrap();
        match link.exchange(get(url)).await {
            Ok(answer) => assert!(trusted && answer.status == 204),
            Err(failure) => {
                assert!(!trusted && matches!(failure, HttpFailure::Certificate(_)), "{failure:?}");
                assert!(!failure.may_have_arrived());
            }
        }
    }
}

async fn tls_server(key: &rcgen::CertifiedKey<rcgen::KeyPair>) -> String {
    let private = rustls::pki_types::PrivateKeyDer::try_from(key.signing_key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![key.cert.der().clone()], private)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust us ends the handshake.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
            let _ = stream.shutdown().await;
        }
    });
    url
}

#[tokio::test]
async fn plain_bytes_where_tls_is_spoken_are_unreachable() {
    let url = answering("HTTP/1.1 200 OK\r\n\r\n").await.replace("http:", "https:");
    // The server waits for a blank line that a handshake does not hold; so it must end by itself.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"220 hello, this is not TLS\r\n").await.unwrap();
    });
    drop(url);
    let failure = exchange(get(&plain)).await.unwrap_err();
    assert!(matches!(failure, HttpFailure::Unreachable(_)), "{failure:?}");
}

const PROXY_TARGET: &str = "PLATEN_TRANSPORT_TEST_TARGET";

/// Not a test of its own: one exchange in a process whose environment names a proxy.
#[tokio::test]
async fn child() {
    if let Ok(target) = std::env::var(PROXY_TARGET) {
        assert_eq!(exchange(get(&target)).await.unwrap().status, 204);
    }
}

#[tokio::test]
async fn this_machine_is_never_reached_through_a_proxy() {
    let (proxy, visited) = server(|_, _| async {}).await;
    let target = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let status = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child"])
        .env(PROXY_TARGET, target)
        .envs([("http_proxy", &proxy), ("HTTP_PROXY", &proxy), ("ALL_PROXY", &proxy)])
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .stdout(std::process::Stdio::null())
        .status()
        .await
        .unwrap();
    assert!(status.success());
    assert_eq!(visited.load(Ordering::SeqCst), 0);
}
