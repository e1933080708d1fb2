//! A mail server on the loopback that speaks SMTP and behaves as a test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use vyavs_hub::messages::mail::{MailConfig, Security};
use vyavs_service::tls;

/// How it behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Takes every mail.
    Takes,
    /// Says 451 to every mail.
    Busy,
    /// Says 550 to every recipient.
    NoSuchMailbox,
    /// Greets, and then says nothing.
    Hangs,
    /// Ends the connection in the middle of a mail.
    Dies,
}

/// How its connections are kept private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Not at all.
    Plain,
    /// TLS when it is asked for.
    Starttls,
    /// TLS from the first byte.
    Tls,
}

/// What it saw.
#[derive(Debug, Default)]
struct Seen {
    taken: Vec<String>,
    begun: usize,
    /// What it was shown to sign in with, and whether that came under TLS.
    signed_in: Vec<(bool, String)>,
}

/// Its ways.
#[derive(Clone)]
struct Ways {
    mode: Arc<Mutex<Mode>>,
    seen: Arc<Mutex<Seen>>,
    guard: Guard,
    tls: TlsAcceptor,
}

/// The server; it ends with the test.
pub(crate) struct Sink {
    at: SocketAddr,
    ways: Ways,
    /// Its certificate, which signs itself, PEM.
    certificate: String,
}

fn acceptor() -> (TlsAcceptor, String) {
    let own = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(tls::provider())
        .with_protocol_versions(tls::VERSIONS)
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("a pair");
    (TlsAcceptor::from(Arc::new(config)), own.cert.pem())
}

impl Sink {
    pub(crate) async fn open(mode: Mode) -> Self {
        Self::guarded(mode, Guard::Plain).await
    }

    pub(crate) async fn guarded(mode: Mode, guard: Guard) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        let (tls, certificate) = acceptor();
        let ways = Ways { mode: Arc::new(Mutex::new(mode)), seen: Arc::default(), guard, tls };
        let served = ways.clone();
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let ways = served.clone();
                tokio::spawn(async move {
                    let _ = serve(socket, &ways).await;
                });
            }
        });
        Self { at, ways, certificate }
    }

    /// `[mail]` that leads here.
    pub(crate) fn config(&self) -> MailConfig {
        MailConfig {
            from: "Hub <hub@shop.example>".to_owned(),
            host: Some("127.0.0.1".to_owned()),
            port: Some(self.at.port()),
            security: match self.ways.guard {
                Guard::Plain => Security::None,
                Guard::Starttls => Security::Starttls,
                Guard::Tls => Security::Tls,
            },
            timeout_s: 1,
            ..MailConfig::default()
        }
    }

    /// Its certificate, PEM.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    pub(crate) fn turn(&self, mode: Mode) {
        *self.ways.mode.lock().expect("not poisoned") = mode;
    }

    /// The mails that were taken, as they came.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.ways.seen.lock().expect("not poisoned").taken.clone()
    }

    /// How many mails were begun.
    pub(crate) fn begun(&self) -> usize {
        self.ways.seen.lock().expect("not poisoned").begun
    }

    /// What it was shown to sign in with, and whether that came under TLS.
    pub(crate) fn signed_in(&self) -> Vec<(bool, String)> {
        self.ways.seen.lock().expect("not poisoned").signed_in.clone()
    }
}

async fn serve(socket: TcpStream, ways: &Ways) -> std::io::Result<()> {
    if ways.guard == Guard::Tls {
        talk(ways.tls.accept(socket).await?, ways, (true, true)).await?;
    } else if let Some(socket) = talk(socket, ways, (true, false)).await? {
        talk(ways.tls.accept(socket).await?, ways, (false, true)).await?;
    }
    Ok(())
}

/// The conversation; the connection again, when it is to go on under TLS.
async fn talk<S>(socket: S, ways: &Ways, (greets, secret): (bool, bool)) -> std::io::Result<Option<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mode = *ways.mode.lock().expect("not poisoned");
    let seen = || ways.seen.lock().expect("not poisoned");
    let mut socket = BufReader::new(socket);
    if greets {
        socket.write_all(b"220 sink ESMTP\r\n").await?;
    }
    let mut line = String::new();
    while {
        line.clear();
        socket.flush().await?;
        socket.read_line(&mut line).await? > 0
    } {
        let verb = line.split_whitespace().next().unwrap_or("").to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            _ if mode == Mode::Hangs => std::future::pending().await,
            "EHLO" if secret => b"250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
            "EHLO" if ways.guard == Guard::Starttls => b"250-sink\r\n250-STARTTLS\r\n250 8BITMIME\r\n",
            "EHLO" => b"250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME\r\n",
            "STARTTLS" if ways.guard == Guard::Starttls && !secret => {
                socket.write_all(b"220 go on\r\n").await?;
                socket.flush().await?;
                return Ok(Some(socket.into_inner()));
            }
            "AUTH" => {
                seen().signed_in.push((secret, line.trim().to_owned()));
                b"235 2.7.0 welcome\r\n"
            }
            "MAIL" => {
                seen().begun += 1;
                b"250 ok\r\n"
            }
            "RCPT" if mode == Mode::NoSuchMailbox => b"550 5.1.1 no such mailbox here\r\n",
            "DATA" if mode == Mode::Busy => b"451 4.3.0 come back later\r\n",
            "DATA" => {
                socket.write_all(b"354 go on\r\n").await?;
                socket.flush().await?;
                let mut mail = String::new();
                while {
                    line.clear();
                    socket.read_line(&mut line).await? > 0
                } {
                    if mode == Mode::Dies {
                        return Ok(None);
                    }
                    if line.trim_end() == "." {
                        break;
                    }
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                }
                seen().taken.push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => {
                socket.write_all(b"221 bye\r\n").await?;
                socket.flush().await?;
                return Ok(None);
            }
            _ => b"250 ok\r\n",
        };
        socket.write_all(answer).await?;
    }
    Ok(None)
}

/// What a mail says, with quoted-printable undone.
pub(crate) fn read(mail: &str) -> String {
    let joined = mail.replace("=\r\n", "");
    let mut out = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        match hex.filter(|_| *first == b'=').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                rest = &after[2..];
            }
            None => {
                out.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The token of the link in a mail.
pub(crate) fn token(mail: &str) -> String {
    let text = read(mail);
    let (_, rest) = text.split_once("#vyl_").unwrap_or_else(|| panic!("no link in {text}"));
    format!("vyl_{}", rest.chars().take_while(char::is_ascii_alphanumeric).collect::<String>())
}
