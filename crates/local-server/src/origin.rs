//! Where a request comes from (promise LS-3): a page of ours, a page of somebody else's, or a program.
//!
//! A browser tells on a page by `Origin` and by `Sec-Fetch-Site`, which no script can change. Programs send neither.
//! Deliberately absent: lists with patterns or suffixes. An origin is approved as it is or not at all.

use hyper::header::{HeaderMap, ORIGIN};

/// Scheme, host and port of a web page, normalised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Reads the text of an `Origin` field. `None` for `null`, other schemes, user information, paths, a trailing
    /// slash and everything else that is not exactly `scheme://host[:port]`.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let (host, port) = match rest.strip_prefix('[') {
            Some(v6) => {
                let (address, after) = v6.split_once(']')?;
                address.parse::<std::net::Ipv6Addr>().ok()?;
                (format!("[{}]", address.to_ascii_lowercase()), after)
            }
            None => {
                let end = rest.find(':').unwrap_or(rest.len());
                let (host, after) = rest.split_at_checked(end)?;
                (host.to_ascii_lowercase(), after)
            }
        };
        let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let v6 = host.starts_with('[');
        if host.is_empty() || (!v6 && !host.bytes().all(named)) {
            return None;
        }
        let port = match port.strip_prefix(':') {
            Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
            None if port.is_empty() && https => 443,
            None if port.is_empty() => 80,
            None => return None,
        };
        Some(Self { https, host, port })
    }

    /// The origin of a page that this door itself served under the `Host` name `host` (name and port).
    pub fn of_host(host: &str) -> Option<Self> {
        Self::parse(&format!("http://{host}"))
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provenance {
    /// No browser: neither `Origin` nor `Sec-Fetch-Site`.
    Program,
    /// A person who typed the address, or a page that this door served.
    OwnPage,
    /// A page of an approved origin other than our own.
    Approved,
    /// Any other page: refused.
    Foreign,
}

/// Tells who asks. `own` is the origin of the page that would be served under the request's `Host`; `approved` are
/// further origins, each exact.
pub fn provenance(headers: &HeaderMap, own: Option<&Origin>, approved: &[Origin]) -> Provenance {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = match (origins.next(), origins.next()) {
        (None, _) => None,
        (Some(field), None) => match field.to_str().ok().and_then(Origin::parse) {
            Some(origin) => Some(origin),
            None => return Provenance::Foreign,
        },
        (Some(_), Some(_)) => return Provenance::Foreign,
    };
    let mut sites = headers.get_all("sec-fetch-site").iter();
    let site = match (sites.next(), sites.next()) {
        (None, _) => None,
        (Some(field), None) => Some(field.as_bytes()),
        (Some(_), Some(_)) => return Provenance::Foreign,
    };
    let same_site_as_us = matches!(site, None | Some(b"none" | b"same-origin"));
    match &origin {
        Some(origin) if Some(origin) == own => {
            // A browser never says "cross-site" about our own page; who does is lying about one of the two.
            if same_site_as_us { Provenance::OwnPage } else { Provenance::Foreign }
        }
        Some(origin) if approved.contains(origin) => Provenance::Approved,
        Some(_) => Provenance::Foreign,
        None if site.is_none() => Provenance::Program,
        None if same_site_as_us => Provenance::OwnPage,
        None => Provenance::Foreign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn ask(origins: &[&str], site: Option<&str>) -> Provenance {
        let mut headers = HeaderMap::new();
        for origin in origins {
            headers.append(ORIGIN, HeaderValue::from_bytes(origin.as_bytes()).unwrap());
        }
        if let Some(site) = site {
            headers.append("sec-fetch-site", HeaderValue::from_str(site).unwrap());
        }
        let own = Origin::of_host("127.0.0.1:39899");
        provenance(&headers, own.as_ref(), &[Origin::parse("https://erp.example").unwrap()])
    }

    #[test]
    fn an_approved_origin_is_taken_exactly() {
        for origin in ["https://erp.example", "https://erp.example:443", "https://ERP.example"] {
            assert_eq!(ask(&[origin], Some("cross-site")), Provenance::Approved, "{origin}");
        }
        for origin in [
            "http://erp.example",
            "https://erp.example.evil.example",
            "https://evil-erp.example",
            "https://erp.example@evil.example",
            "https://evil.example@erp.example",
            "null",
            "file://",
            "chrome-extension://x",
            "https://erp.example/",
            "https://erp.example:",
            "https://erp.example:444",
            "https://erp.example:0443x",
            "https://\u{435}rp.example",
            "https://erp.example.",
            "https://[::1",
            "https://",
            "",
            "erp.example",
            "https://erp.example https://evil.example",
        ] {
            assert_eq!(ask(&[origin], None), Provenance::Foreign, "{origin}");
            assert_eq!(ask(&[origin], Some("same-origin")), Provenance::Foreign, "{origin}");
        }
        assert_eq!(ask(&["https://erp.example", "https://erp.example"], None), Provenance::Foreign);
    }

    #[test]
    fn fetch_metadata_alone_gives_a_page_away() {
        assert_eq!(ask(&[], Some("cross-site")), Provenance::Foreign);
        assert_eq!(ask(&[], Some("same-site")), Provenance::Foreign);
        assert_eq!(ask(&[], Some("nonsense")), Provenance::Foreign);
        assert_eq!(ask(&[], Some("none")), Provenance::OwnPage);
        assert_eq!(ask(&[], Some("same-origin")), Provenance::OwnPage);
        assert_eq!(ask(&[], None), Provenance::Program);
    }

    #[test]
    fn our_own_page_is_ours_only_under_the_name_that_was_called() {
        assert_eq!(ask(&["http://127.0.0.1:39899"], Some("same-origin")), Provenance::OwnPage);
        assert_eq!(ask(&["http://localhost:39899"], None), Provenance::Foreign);
        assert_eq!(ask(&["http://127.0.0.1:39898"], None), Provenance::Foreign);
        assert_eq!(ask(&["https://127.0.0.1:39899"], None), Provenance::Foreign);
        assert_eq!(ask(&["http://127.0.0.1:39899"], Some("cross-site")), Provenance::Foreign);
        assert!(Origin::of_host("[::1]:39899").is_some());
    }
}
