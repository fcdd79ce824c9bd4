//! Which hosts are this machine: only those may be spoken to without encryption (MQ-9, C-22).

use std::net::IpAddr;

/// Whether `host` names this machine: `localhost` or a loopback address. No look-up: what a resolver says could change.
pub fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for host in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "0.0.0.0", "", "[fe80::1]", "127.1"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
