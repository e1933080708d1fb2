//! Where advertisements come from.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::net::unix::pipe;
use tokio::sync::mpsc;
use vyavs_codec::ble::{Snoop, hex};

use super::{BleConfig, BleConfigError};

/// How long to wait at the end of a file that may still grow.
const TAIL: Duration = Duration::from_millis(200);
/// The longest line of a recording, in bytes: an HCI event has 258.
const MAX_LINE: usize = 4096;

/// Bytes, and whether they are a file that may grow.
type Stream = (Box<dyn AsyncRead + Send + Unpin>, bool);

/// A radio's stream, or a recording.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Btsnoop(PathBuf),
    Record { path: PathBuf, pace: Duration, again: bool },
}

impl Source {
    pub(super) fn of(config: &BleConfig) -> Result<Self, BleConfigError> {
        match (&config.btsnoop, &config.record) {
            (Some(path), None) => Ok(Self::Btsnoop(path.clone())),
            (None, Some(path)) => {
                let pace = Duration::from_millis(config.pace_ms.into());
                Ok(Self::Record { path: path.clone(), pace, again: config.again })
            }
            _ => Err(BleConfigError::Source(config.name.clone())),
        }
    }

    /// Hands HCI events on until the source is of no more use; says why that is.
    pub(super) async fn read(self, events: mpsc::Sender<Vec<u8>>) -> String {
        match self {
            Self::Btsnoop(path) => follow(&path, &events).await,
            Self::Record { path, pace, again } => play(&path, pace, again, &events).await,
        }
    }
}

async fn follow(path: &Path, events: &mpsc::Sender<Vec<u8>>) -> String {
    let cannot = |what: &str, error: &std::io::Error| {
        format!(
            "failed to {what} {}: {error}; is there a Bluetooth adapter, and does vyavs-ble.service run?",
            path.display()
        )
    };
    let (mut file, regular) = match open(path).await {
        Ok(opened) => opened,
        Err(error) => return cannot("open", &error),
    };
    let (mut snoop, mut piece) = (Snoop::default(), vec![0; 4096]);
    let mut read = 0;
    loop {
        let length = match file.read(&mut piece).await {
            Ok(length) => length,
            Err(error) => return cannot("read", &error),
        };
        if length == 0 {
            if !regular {
                return format!("nothing writes to {}: does vyavs-ble.service run?", path.display());
            }
            if tokio::fs::metadata(path).await.is_ok_and(|data| data.len() < read) {
                return format!("{} was replaced or cut", path.display());
            }
            tokio::time::sleep(TAIL).await;
            continue;
        }
        read += length as u64;
        match snoop.push(&piece[..length]) {
            Ok(found) => {
                for event in found {
                    if events.send(event).await.is_err() {
                        return "nobody listens".to_owned();
                    }
                }
            }
            Err(error) => return format!("{}: {error}", path.display()),
        }
    }
}

/// A pipe is opened without waiting for its writer: one that has none ends at once, and that is the cause to show.
async fn open(path: &Path) -> std::io::Result<Stream> {
    use std::os::unix::fs::FileTypeExt;
    if tokio::fs::metadata(path).await?.file_type().is_fifo() {
        return Ok((Box::new(pipe::OpenOptions::new().open_receiver(path)?), false));
    }
    Ok((Box::new(tokio::fs::File::open(path).await?), true))
}

async fn play(path: &Path, pace: Duration, again: bool, events: &mpsc::Sender<Vec<u8>>) -> String {
    loop {
        let file = match tokio::fs::File::open(path).await {
            Ok(file) => file,
            Err(error) => return format!("failed to open the recording {}: {error}", path.display()),
        };
        let mut lines = BufReader::new(file).lines();
        let mut number = 0;
        loop {
            number += 1;
            let line = match lines.next_line().await {
                Ok(Some(line)) => line,
                Ok(None) => break,
                Err(error) => return format!("failed to read {}: {error}", path.display()),
            };
            let text = line.split('#').next().unwrap_or_default().trim();
            if text.is_empty() {
                continue;
            }
            let Some(event) = hex(text.as_bytes()).filter(|_| text.len() <= MAX_LINE) else {
                return format!("{} line {number}: expected an HCI event in hex digits", path.display());
            };
            if events.send(event).await.is_err() {
                return "nobody listens".to_owned();
            }
            tokio::time::sleep(pace).await;
        }
        if !again {
            // A recording that is over stays over; the sensors fall silent like any others.
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(pace.max(Duration::from_millis(1))).await;
    }
}
