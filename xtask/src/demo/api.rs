//! As much of an HTTP client as the demo needs: plain, on loopback, a connection a request.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

const TIMEOUT: Duration = Duration::from_secs(20);

/// The hub's API, signed in or not.
pub(crate) struct Api {
    hub: SocketAddr,
    session: Option<Session>,
}

struct Session {
    access_token: String,
}

impl Api {
    /// Nobody is signed in yet.
    pub(crate) fn new(hub: SocketAddr) -> Self {
        Self { hub, session: None }
    }

    /// Where a browser finds it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.hub)
    }

    /// Signs in.
    pub(crate) fn login(&mut self, email: &str, password: &str) -> anyhow::Result<()> {
        let answer = self.post("/api/v1/auth/login", &json!({"email": email, "password": password}))?;
        let token = answer["access_token"].as_str().context("the login's answer has no access_token")?;
        self.session = Some(Session { access_token: token.to_owned() });
        Ok(())
    }

    /// Reads.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.ask("GET", path, "")
    }

    /// Writes.
    pub(crate) fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.ask("POST", path, &body.to_string())
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Value> {
        let what = format!("{method} {path}");
        let answer = self.exchange(method, path, body).with_context(|| format!("{what} failed"))?;
        let (status, body) = split(&answer).with_context(|| format!("{what}: not an HTTP answer"))?;
        let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        if !(200..300).contains(&status) {
            let detail = value["detail"].as_str().unwrap_or("no reason given");
            bail!("{what}: the hub answered {status}: {detail}");
        }
        Ok(value)
    }

    /// HTTP/1.0, so that the answer ends where the connection does.
    fn exchange(&self, method: &str, path: &str, body: &str) -> anyhow::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&self.hub, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        let bearer = self
            .session
            .as_ref()
            .map_or_else(String::new, |session| format!("Authorization: Bearer {}\r\n", session.access_token));
        let head = format!(
            "{method} {path} HTTP/1.0\r\nHost: {}\r\n{bearer}Accept: application/json\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.hub,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }
}

/// Status and body.
fn split(answer: &[u8]) -> Option<(u16, &[u8])> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, &answer[end + 4..]))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn answering(answer: &'static str) -> (Api, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let api = Api::new(listener.local_addr().expect("bound"));
        let asked = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("asked");
            let mut bytes = vec![0; 4_096];
            let count = stream.read(&mut bytes).expect("read");
            stream.write_all(answer.as_bytes()).expect("answered");
            String::from_utf8_lossy(&bytes[..count]).into_owned()
        });
        (api, asked)
    }

    #[test]
    fn an_answer_is_read_to_its_end() {
        let (api, asked) = answering("HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n{\"stores\":[]}");
        assert_eq!(api.get("/api/v1/stores").expect("answered"), json!({"stores": []}));
        assert!(asked.join().expect("no panic").starts_with("GET /api/v1/stores HTTP/1.0\r\n"));
    }

    #[test]
    fn a_problem_is_told_with_its_detail() {
        let (api, asked) = answering("HTTP/1.1 403 Forbidden\r\n\r\n{\"detail\":\"for administrators\"}");
        let error = api.get("/api/v1/devices").expect_err("a problem").to_string();
        assert!(error.contains("403") && error.contains("for administrators"), "{error}");
        asked.join().expect("no panic");
    }
}
