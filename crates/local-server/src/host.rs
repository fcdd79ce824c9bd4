//! `Host`, looked at before anything else (promise LS-2): the defence against DNS rebinding. A page of
//! `http://evil.example` whose name points at 127.0.0.1 still says `Host: evil.example`.

use hyper::header::{HOST, HeaderMap, HeaderValue};
use hyper::http::uri::Authority;

/// Why a `Host` was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostRefusal {
    /// Missing, empty or repeated: answered with 400.
    Malformed,
    /// Somebody else's name: answered with 421.
    Foreign,
}

/// The names under which a door on loopback may be called.
#[derive(Clone, Debug)]
pub struct HostAllow {
    names: Vec<String>,
}

impl HostAllow {
    /// The three names of loopback with `port`. On port 80 a browser leaves the port out, so there it may be missing.
    pub fn loopback(port: u16) -> Self {
        let mut names = Vec::new();
        for name in ["127.0.0.1", "localhost", "[::1]"] {
            names.push(format!("{name}:{port}"));
            if port == 80 {
                names.push(name.to_owned());
            }
        }
        Self { names }
    }

    /// The name that was called, in lower case, when it is ours. `authority` is the one of an absolute request line.
    ///
    /// # Errors
    /// [`HostRefusal`] says which of the two refusals applies.
    pub fn check(&self, headers: &HeaderMap, authority: Option<&Authority>) -> Result<String, HostRefusal> {
        let mut fields = headers.get_all(HOST).iter();
        let (Some(field), None) = (fields.next(), fields.next()) else {
            return Err(HostRefusal::Malformed);
        };
        let name = self.check_name(field)?;
        match authority {
            Some(authority) if !authority.as_str().eq_ignore_ascii_case(&name) => Err(HostRefusal::Foreign),
            _ => Ok(name),
        }
    }

    fn check_name(&self, field: &HeaderValue) -> Result<String, HostRefusal> {
        if field.is_empty() {
            return Err(HostRefusal::Malformed);
        }
        let name = field.to_str().map_err(|_| HostRefusal::Foreign)?.to_ascii_lowercase();
        if self.names.contains(&name) { Ok(name) } else { Err(HostRefusal::Foreign) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hosts: &[&str]) -> Result<String, HostRefusal> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append(HOST, HeaderValue::from_str(host).unwrap());
        }
        HostAllow::loopback(39899).check(&headers, None)
    }

    #[test]
    fn only_the_three_names_of_loopback_with_our_port_are_ours() {
        for name in ["127.0.0.1:39899", "localhost:39899", "LOCALHOST:39899", "[::1]:39899"] {
            assert_eq!(check(&[name]), Ok(name.to_ascii_lowercase()), "{name}");
        }
        for name in [
            "127.0.0.1",
            "localhost.",
            "localhost.:39899",
            "127.0.0.1:80",
            "0.0.0.0:39899",
            "127.1:39899",
            "2130706433:39899",
            "0x7f.1:39899",
            "127.0.0.1.evil.example:39899",
            "evil.example",
            "evil.example:39899",
            "x.localhost:39899",
            "127.0.0.1:039899",
            "user@127.0.0.1:39899",
            "[::ffff:127.0.0.1]:39899",
            "[::1]",
            "127.0.0.1:39899 ",
            "127.0.0.1:39899, evil.example",
        ] {
            assert_eq!(check(&[name]), Err(HostRefusal::Foreign), "{name}");
        }
    }

    #[test]
    fn missing_empty_and_repeated_are_malformed() {
        assert_eq!(check(&[]), Err(HostRefusal::Malformed));
        assert_eq!(check(&[""]), Err(HostRefusal::Malformed));
        assert_eq!(check(&["127.0.0.1:39899", "127.0.0.1:39899"]), Err(HostRefusal::Malformed));
    }

    #[test]
    fn an_absolute_request_line_must_name_the_same_host() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("127.0.0.1:39899"));
        let allow = HostAllow::loopback(39899);
        assert!(allow.check(&headers, Some(&Authority::from_static("127.0.0.1:39899"))).is_ok());
        for other in ["evil.example", "localhost:39899", "user@127.0.0.1:39899"] {
            let other = Authority::try_from(other).unwrap();
            assert_eq!(allow.check(&headers, Some(&other)), Err(HostRefusal::Foreign));
        }
    }
}
