//! What a profile must not do (rule C-22, promise MQ-9).

use super::error::{ProfileError, ProfileProblem};
use super::read::Read;
use url::{Host, Url};

/// Whether `host` is this machine: `localhost`, 127.0.0.0/8 or `::1` (with or without brackets).
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The host of an absolute URL, without brackets.
pub(super) fn host_of(url: &str) -> Option<String> {
    match Url::parse(url).ok()?.host()? {
        Host::Domain(name) => Some(name.to_owned()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// A base URL: http or https, a host, no user info, query or fragment; without a slash at the end.
pub(super) fn base_url(read: &Read<String>, allow_plaintext: bool) -> Result<String, ProfileError> {
    let form = "Write it like https://print.example.com.";
    let url = Url::parse(&read.value).map_err(|error| read.bad(format_args!("is not a URL ({error})"), form))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(read.bad("is neither http nor https", form));
    }
    let Some(host) = host_of(&read.value) else { return Err(read.bad("names no host", form)) };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(read.bad("holds a user name or password", "Remove it: a profile holds no secrets."));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(read.bad("has a query or fragment", form));
    }
    if url.scheme() == "http" && !allow_plaintext && !is_loopback(&host) {
        return Err(read.problem(
            ProfileProblem::Plaintext,
            "would talk to another machine without encryption",
            "Use https, or set allowPlaintext = true below [http]; the app then shows that it is not encrypted.",
        ));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A path below a base URL.
pub(super) fn path(read: Read<String>) -> Result<String, ProfileError> {
    let bad = |c: char| matches!(c, '?' | '#' | '\\') || c.is_whitespace();
    if !read.value.starts_with('/') || read.value.starts_with("//") || read.value.contains(bad) {
        return Err(read.bad("is not a path", "Begin with one '/', without '?', '#' or spaces."));
    }
    Ok(read.value)
}

/// A printer's endpoint: none of those that set-up itself uses.
pub(super) fn endpoint(read: Read<String>) -> Result<String, ProfileError> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let own = read.value.starts_with("prov-") || read.value == "proto-ver";
    if own || !(1..=32).contains(&read.value.len()) || !read.value.bytes().all(plain) {
        return Err(read.bad("is not an endpoint", "Use small letters, digits and '-', as in platen-bind."));
    }
    Ok(read.value)
}

/// A broker's host.
pub(super) fn mqtt_host(read: &Read<String>, tls: &Read<bool>, allow_plaintext: bool) -> Result<String, ProfileError> {
    let form = "Write only the name or address, like mqtt.example.com; the port has a key of its own.";
    let bracketed = if read.value.contains(':') && !read.value.starts_with('[') {
        format!("[{}]", read.value)
    } else {
        read.value.clone()
    };
    let bare = bracketed.trim_start_matches('[').trim_end_matches(']').to_owned();
    if Host::parse(&bracketed).is_err() || bracketed.contains(['/', '@']) {
        return Err(read.bad("is not a host name", form));
    }
    if !tls.value && !allow_plaintext && !is_loopback(&bare) {
        return Err(tls.problem(
            ProfileProblem::Plaintext,
            "is false for a broker on another machine",
            "Set it to true, or set allowPlaintext = true below [mqtt]; the app then shows that it is not encrypted.",
        ));
    }
    Ok(bare)
}
