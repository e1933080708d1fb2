//! The page itself: one document with its style and script inside, so that it needs no second request; the content
//! policy allows exactly these two and nothing from anywhere else.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

const HTML: &str = include_str!("index.html");
const CSS: &str = include_str!("page.css");
const JS: &str = include_str!("page.js");

/// The document, ready to be sent.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) body: Bytes,
    pub(super) policy: String,
    pub(super) etag: String,
}

impl Document {
    pub(super) fn new() -> Self {
        let body = HTML.replacen("/*css*/", CSS, 1).replacen("/*js*/", JS, 1);
        let digest = |text: &str| STANDARD.encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            digest(CSS),
            digest(JS),
        );
        let etag = format!("\"{}\"", &blake3::hash(body.as_bytes()).to_hex()[..16]);
        Self { body: Bytes::from(body), policy, etag }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_small_and_asks_nobody_else() {
        let document = Document::new();
        let text = std::str::from_utf8(&document.body).expect("UTF-8");
        assert!(text.contains(CSS) && text.contains(JS));
        // The budget is 60 kB gzipped; it is kept without compression.
        assert!(text.len() < 60_000, "{} bytes", text.len());
        let foreign: Vec<_> = text
            .match_indices("http")
            .filter(|(at, _)| !text[*at..].starts_with("http://www.w3.org/2000/svg"))
            .collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        assert!(!text.contains(" style=") && !text.contains(" onclick="), "the policy would refuse it");
    }
}
