//! The mail server's end: one mail, handed over or refused; and the folder where there is none.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use jiff::SignedDuration;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use uuid::Uuid;
use vyavs_store::mails::Mail;

use super::Attached;
use super::config::{MailConfig, MailError, Security};

/// Why a mail did not go out.
#[derive(Debug)]
pub(super) struct Refused {
    /// For administrators.
    pub(super) why: String,
    /// Whether trying again would change nothing.
    pub(super) for_good: bool,
}

impl Refused {
    pub(super) fn for_good(why: impl Into<String>) -> Self {
        Self { why: why.into(), for_good: true }
    }
}

/// Where mail goes.
pub struct Post {
    from: Mailbox,
    server: Option<AsyncSmtpTransport<Tokio1Executor>>,
    dir: PathBuf,
    tries: u32,
    timeout: Duration,
    most_attached: u64,
}

impl std::fmt::Debug for Post {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Post").field("from", &self.from).finish_non_exhaustive()
    }
}

fn read(key: &'static str, path: &PathBuf) -> Result<String, MailError> {
    std::fs::read_to_string(path).map_err(|source| MailError::Read { key, path: path.clone(), source })
}

impl Post {
    /// Reads the files that the configuration names; connects to nothing yet.
    pub fn new(config: &MailConfig) -> Result<Self, MailError> {
        let from = config.from.parse().map_err(|_| MailError::From(config.from.clone()))?;
        let timeout = Duration::from_secs(u64::from(config.timeout_s.clamp(1, 600)));
        let server = config.host.as_deref().map(|host| server(config, host, timeout)).transpose()?;
        let (dir, tries) = (config.dir.clone(), config.tries.max(1));
        let most_attached = u64::from(config.attach_mb.min(50)) << 20;
        Ok(Self { from, server, dir, tries, timeout, most_attached })
    }

    pub(super) fn has_server(&self) -> bool {
        self.server.is_some()
    }

    pub(super) fn tries(&self) -> i64 {
        i64::from(self.tries)
    }

    /// How long a mail is held by who sends it: longer than it may take.
    pub(super) fn lease(&self) -> SignedDuration {
        SignedDuration::try_from(self.timeout * 2).unwrap_or(SignedDuration::from_mins(2))
    }

    /// The largest file that goes with a mail, bytes.
    pub(super) fn most_attached(&self) -> u64 {
        self.most_attached
    }

    fn message(&self, mail: &Mail, (text, html): (String, String), file: Option<Attached>) -> Result<Message, Refused> {
        let to: Mailbox =
            mail.recipient.parse().map_err(|_| Refused::for_good("the address is not one that mail can be sent to"))?;
        let words = MultiPart::alternative_plain_html(text, html);
        let parts = match file {
            None => words,
            Some(Attached { name, media_type, bytes }) => {
                let kind = ContentType::parse(&media_type)
                    .map_err(|error| Refused::for_good(format!("its file is of no known type: {error}")))?;
                MultiPart::mixed().multipart(words).singlepart(Attachment::new(name).body(bytes, kind))
            }
        };
        // The same at every attempt, so that a mail that goes out twice is known again.
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(mail.subject.as_str())
            .message_id(Some(id))
            .date(SystemTime::from(mail.created_at))
            .multipart(parts)
            .map_err(|error| Refused::for_good(format!("the mail cannot be written: {error}")))
    }

    /// Hands a mail to the server.
    pub(super) async fn send(
        &self,
        mail: &Mail,
        texts: (String, String),
        file: Option<Attached>,
    ) -> Result<(), Refused> {
        let message = self.message(mail, texts, file)?;
        let Some(server) = &self.server else {
            return Err(Refused { why: super::NO_SERVER.to_owned(), for_good: false });
        };
        match tokio::time::timeout(self.timeout, server.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => {
                let why = format!("the mail server did not take it within {} seconds", self.timeout.as_secs());
                Err(Refused { why, for_good: false })
            }
        }
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.dir.join(format!("{id}.eml"))
    }

    /// Puts a mail into the folder, for the hub's user alone.
    pub(super) fn file(&self, mail: &Mail, texts: (String, String), file: Option<Attached>) -> std::io::Result<()> {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        // An address that is none lies in no folder; its row says so when there is a server.
        let Ok(message) = self.message(mail, texts, file) else { return Ok(()) };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(self.path(mail.id))?;
        file.write_all(&message.formatted())?;
        file.sync_all()
    }

    /// Takes a mail out of the folder: it is over.
    pub(super) fn unfile(&self, id: Uuid) {
        match std::fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!("failed to remove {}: {error}", self.path(id).display());
            }
            _ => {}
        }
    }
}

fn server(config: &MailConfig, host: &str, timeout: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    if config.security == Security::None && !MailConfig::is_local(host) {
        return Err(MailError::Plain(host.to_owned()));
    }
    let tls = || {
        let mut parameters = TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::WebpkiRoots);
        if let Some(path) = &config.ca_file {
            let pem = read("ca_file", path)?;
            let certificate = Certificate::from_pem(pem.as_bytes()).map_err(MailError::Tls)?;
            parameters = parameters.add_root_certificate(certificate);
        }
        parameters.build_rustls().map_err(MailError::Tls)
    };
    let (tls, port) = match config.security {
        Security::Starttls => (Tls::Required(tls()?), 587),
        Security::Tls => (Tls::Wrapper(tls()?), 465),
        Security::None => (Tls::None, 25),
    };
    let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(config.port.unwrap_or(port))
        .tls(tls)
        .timeout(Some(timeout));
    match (&config.user, &config.password_file) {
        (None, None) => {}
        (Some(user), Some(path)) => {
            let password = read("password_file", path)?;
            server = server.credentials(Credentials::new(user.clone(), password.trim_end().to_owned()));
        }
        _ => return Err(MailError::HalfSigned),
    }
    Ok(server.build())
}

/// What a mail server says of an address: no such mailbox, not local, name not allowed, bad syntax. Everything else may be
/// another by tomorrow, a refused sign-in of ours most of all.
const OF_THE_ADDRESS: [u16; 4] = [550, 551, 553, 501];

fn refusal(error: &lettre::transport::smtp::Error) -> Refused {
    let mut why = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        why = format!("{why}: {next}");
        cause = next.source();
    }
    let code = error.status().map(|code| code.to_string()).and_then(|code| code.parse().ok());
    // What a server says is shown to people: on one line, and not for ever.
    let why = why.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect();
    Refused { why, for_good: code.is_some_and(|code: u16| OF_THE_ADDRESS.contains(&code)) }
}
