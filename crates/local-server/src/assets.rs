//! The UI's files: embedded in release builds, read from `ui/dist` in debug builds.
//!
//! They hold no data of anybody's, so no token is needed to load them. A build without them still runs, and says how
//! to make them.

use crate::answers::{self, Answer};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};

#[derive(rust_embed::RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
#[allow_missing = true]
struct Dist;

const NOT_BUILT: &str = "Platen runs, but its user interface was not built into it.\n\
     Build it with: npm run build:ui (and build the program again for a release).\n";

/// The file at `path`; `/` is the page. Its routes live in the fragment, so no other path leads to it.
pub(crate) fn answer(path: &str, headers: &HeaderMap) -> Answer {
    let name = match path.strip_prefix('/') {
        Some("") => "index.html",
        Some(name) if is_plain(name) => name,
        _ => return answers::empty(StatusCode::NOT_FOUND),
    };
    let Some(file) = Dist::get(name) else {
        if name == "index.html" {
            let text = Bytes::from_static(NOT_BUILT.as_bytes());
            return answers::bytes(StatusCode::SERVICE_UNAVAILABLE, "text/plain; charset=utf-8", text);
        }
        return answers::empty(StatusCode::NOT_FOUND);
    };
    let tag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    let known = headers.get_all(IF_NONE_MATCH).iter().any(|field| field.as_bytes() == tag.as_bytes());
    let mut answer = if known {
        answers::empty(StatusCode::NOT_MODIFIED)
    } else {
        let mime = mime_guess::from_path(name).first_or_octet_stream();
        let mime =
            if mime.type_() == "text" { format!("{}; charset=utf-8", mime.essence_str()) } else { mime.to_string() };
        answers::bytes(StatusCode::OK, &mime, file.data.into_owned().into())
    };
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.headers_mut().insert(ETAG, tag);
    }
    answer
}

/// Names of built files need no escapes, no parents and no other separators; whatever has them is not one of ours.
fn is_plain(path: &str) -> bool {
    path.split('/').all(|part| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'@'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_of_the_built_files_can_be_named() {
        for path in [
            "/../Cargo.toml",
            "/..%2fCargo.toml",
            "/assets/../../Cargo.toml",
            "//etc/passwd",
            "/etc/passwd",
            "/assets//x.js",
            "/.env",
            "/assets/.git",
            "/a\\..\\b.js",
            "/%2e%2e/Cargo.toml",
            "/x\0.js",
        ] {
            let answer = answer(path, &HeaderMap::new());
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(answer("/assets/absent.js", &HeaderMap::new()).status(), StatusCode::NOT_FOUND);
    }
}
