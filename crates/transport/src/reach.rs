//! Whether something answers on the network.
//!
//! Source: step 7 of section 5.4 of the provisioning facts. Deliberately absent: what it is; that takes a protocol.

use std::io::ErrorKind;
use std::time::Duration;
use tokio::net::TcpStream;

/// Whether `host` answers on one of `ports` within that time. A refused connection is an answer, too: the machine is
/// there.
pub async fn reaches(host: &str, ports: &[u16], within: Duration) -> bool {
    let look = async {
        for port in ports {
            match TcpStream::connect((host, *port)).await {
                Ok(_) => return true,
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => return true,
                // Another port may be let through.
                Err(_) => {}
            }
        }
        false
    };
    tokio::time::timeout(within, look).await.unwrap_or(false)
}

/// Whether `host` takes a connection on `port` within that time.
pub async fn accepts(host: &str, port: u16, within: Duration) -> bool {
    matches!(tokio::time::timeout(within, TcpStream::connect((host, port))).await, Ok(Ok(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_refusal_is_an_answer_and_an_unknown_name_is_none() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let open = listener.local_addr().unwrap().port();
        let within = Duration::from_secs(5);
        assert!(reaches("127.0.0.1", &[open], within).await);
        assert!(accepts("127.0.0.1", open, within).await);
        drop(listener);
        assert!(!accepts("127.0.0.1", open, within).await);
        assert!(reaches("127.0.0.1", &[open], within).await);
        assert!(!reaches("nowhere.invalid", &[open], within).await);
    }
}
