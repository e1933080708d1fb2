//! A mail server on the loopback that speaks SMTP and behaves as a test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use vyavs_hub::messages::mail::{MailConfig, Security};

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

/// The server; it ends with the test.
pub(crate) struct Sink {
    at: SocketAddr,
    mode: Arc<Mutex<Mode>>,
    taken: Arc<Mutex<Vec<String>>>,
    begun: Arc<Mutex<usize>>,
}

impl Sink {
    pub(crate) async fn open(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let at = listener.local_addr().expect("bound");
        let (mode, taken, begun) = (Arc::new(Mutex::new(mode)), Arc::<Mutex<Vec<String>>>::default(), Arc::default());
        let (how, kept, count) = (Arc::clone(&mode), Arc::clone(&taken), Arc::clone(&begun));
        #[expect(clippy::disallowed_methods, reason = "it ends with the test's runtime")]
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (how, kept, count) = (Arc::clone(&how), Arc::clone(&kept), Arc::clone(&count));
                tokio::spawn(async move {
                    let mode = *how.lock().expect("not poisoned");
                    let _ = serve(socket, mode, &kept, &count).await;
                });
            }
        });
        Self { at, mode, taken, begun }
    }

    /// `[mail]` that leads here.
    pub(crate) fn config(&self) -> MailConfig {
        MailConfig {
            from: "Hub <hub@shop.example>".to_owned(),
            host: Some("127.0.0.1".to_owned()),
            port: Some(self.at.port()),
            security: Security::None,
            timeout_s: 1,
            ..MailConfig::default()
        }
    }

    pub(crate) fn turn(&self, mode: Mode) {
        *self.mode.lock().expect("not poisoned") = mode;
    }

    /// The mails that were taken, as they came.
    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("not poisoned").clone()
    }

    /// How many mails were begun.
    pub(crate) fn begun(&self) -> usize {
        *self.begun.lock().expect("not poisoned")
    }
}

async fn serve(
    mut socket: TcpStream,
    mode: Mode,
    taken: &Mutex<Vec<String>>,
    begun: &Mutex<usize>,
) -> std::io::Result<()> {
    let (read, mut write) = socket.split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split_whitespace().next().unwrap_or("").to_uppercase();
        let answer: &[u8] = match verb.as_str() {
            _ if mode == Mode::Hangs => std::future::pending().await,
            "EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
            "MAIL" => {
                *begun.lock().expect("not poisoned") += 1;
                b"250 ok\r\n"
            }
            "RCPT" if mode == Mode::NoSuchMailbox => b"550 5.1.1 no such mailbox here\r\n",
            "DATA" if mode == Mode::Busy => b"451 4.3.0 come back later\r\n",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut mail = String::new();
                while let Some(line) = lines.next_line().await? {
                    if mode == Mode::Dies {
                        return Ok(());
                    }
                    if line == "." {
                        break;
                    }
                    mail.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.push_str("\r\n");
                }
                taken.lock().expect("not poisoned").push(mail);
                b"250 taken\r\n"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => b"250 ok\r\n",
        };
        write.write_all(answer).await?;
    }
    Ok(())
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
