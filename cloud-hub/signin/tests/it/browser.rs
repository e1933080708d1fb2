//! A person's browser on the loopback: cookies, redirects, forms. The hub's tests use it, too.

use std::collections::BTreeMap;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{HeaderMap, StatusCode};
use hyper_util::rt::TokioIo;
use url::Url;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// One request on a connection of its own.
pub(crate) async fn send(
    method: &str,
    url: &Url,
    headers: &[(&str, String)],
    body: Vec<u8>,
    most: usize,
) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
    let authority = url.authority().to_owned();
    let stream = tokio::net::TcpStream::connect(&authority).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let mut request = hyper::Request::builder().method(method).uri(path).header("host", authority);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Full::new(Bytes::from(body)))?;
    let asking = async move {
        let answer = sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, most).collect().await?.to_bytes().to_vec();
        Ok::<_, Failure>((head.status, head.headers, body))
    };
    // The connection ends by itself once its sender is gone; why, the answer says.
    tokio::join!(asking, connection).0
}

/// A person's browser.
#[derive(Default)]
pub(crate) struct Browser {
    cookies: BTreeMap<String, String>,
}

/// Where a browser stands.
pub(crate) struct Page {
    pub(crate) url: Url,
    pub(crate) html: String,
}

impl Browser {
    /// A cookie that it keeps.
    #[allow(dead_code, reason = "the hub's tests look at it, those of this crate do not")]
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Opens an address and follows redirects, until a page or an address that begins with `until`, which is not opened.
    pub(crate) async fn open(&mut self, url: Url, until: &str) -> Page {
        self.go("GET", url, Vec::new(), until).await
    }

    /// Sends a form.
    pub(crate) async fn submit(&mut self, url: Url, fields: &[(&str, &str)], until: &str) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.go("POST", url, body.into_bytes(), until).await
    }

    /// Keeps the cookies of an answer.
    pub(crate) fn take(&mut self, head: &HeaderMap) {
        for cookie in head.get_all("set-cookie") {
            let cookie = cookie.to_str().expect("ASCII").split(';').next().unwrap_or_default();
            let (name, value) = cookie.split_once('=').expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    async fn go(&mut self, method: &str, url: Url, body: Vec<u8>, until: &str) -> Page {
        let (mut method, mut url, mut body) = (method.to_owned(), url, body);
        for _ in 0..10 {
            if url.as_str().starts_with(until) {
                return Page { url, html: String::new() };
            }
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let headers = [
                ("cookie", cookies.join("; ")),
                ("content-type", "application/x-www-form-urlencoded".to_owned()),
                ("accept", "text/html".to_owned()),
            ];
            let (status, head, html) =
                send(&method, &url, &headers, std::mem::take(&mut body), 1 << 20).await.expect("an answer");
            self.take(&head);
            let html = String::from_utf8(html).expect("UTF-8");
            let Some(next) = head.get("location").filter(|_| status.is_redirection()) else {
                assert!(status.is_success(), "{method} {url}: {status}\n{html}");
                return Page { url, html };
            };
            url = url.join(next.to_str().expect("ASCII")).expect("an address");
            "GET".clone_into(&mut method);
        }
        panic!("redirects without end at {url}");
    }
}

impl Page {
    /// Where its first form goes.
    pub(crate) fn form(&self) -> Url {
        let action =
            self.between("action=\"", "\"").unwrap_or_else(|| panic!("no form at {}:\n{}", self.url, self.html));
        self.url.join(&action.replace("&amp;", "&")).expect("an address")
    }

    /// The text behind `from`, before `to`.
    pub(crate) fn between(&self, from: &str, to: &str) -> Option<String> {
        let rest = &self.html[self.html.find(from)? + from.len()..];
        Some(rest[..rest.find(to)?].to_owned())
    }
}
