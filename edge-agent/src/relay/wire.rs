//! What relay and agent say to each other: `u32` little-endian length, then a postcard message, on a Unix socket or
//! loopback TCP. Variants keep their place: relay and agent are updated one after the other.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt};

use vyavs_codec::escpos::jobs::Ended;

/// Longest message either end accepts.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Relay to agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToAgent {
    /// A whole print job.
    Job(Job),
    /// What the ring had to let go.
    Dropped(Dropped),
}

/// A print job as it went to the printer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Unique over all runs of this relay; rises.
    pub job: u64,
    /// The till.
    pub terminal: String,
    /// When its first byte was seen, µs since the epoch.
    pub started_us: i64,
    /// Its bytes, verbatim.
    pub bytes: Vec<u8>,
    /// Why it counts as whole.
    pub ended: Ended,
}

/// Jobs that were printed but not kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Acknowledged like a job, and from the same numbers.
    pub id: u64,
    /// The till.
    pub terminal: String,
    /// How many jobs.
    pub jobs: u32,
    /// How many bytes.
    pub bytes: u64,
    /// Why.
    pub reason: String,
    /// When the first of them began, µs.
    pub from_us: i64,
    /// When the last of them began, µs.
    pub to_us: i64,
}

/// Agent to relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToRelay {
    /// What this job, or loss, says is on disk.
    Ack {
        /// Its number.
        job: u64,
    },
}

/// A message with its length.
pub fn frame(message: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    Ok(bytes)
}

/// The next message; `None` at the end of the stream. Not safe to drop half-way: the stream is then out of step.
pub async fn next<T: DeserializeOwned>(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    };
    let length = u32::from_le_bytes(length) as usize;
    if length > MAX_MESSAGE {
        let what = format!("a message of {length} bytes, at most {MAX_MESSAGE} are taken");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    // Grows with what really comes, so a wrong length cannot ask for memory.
    let mut bytes = Vec::with_capacity(length.min(64 * 1024));
    if stream.take(length as u64).read_to_end(&mut bytes).await? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let message = postcard::from_bytes(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
    Ok(Some(message))
}

/// Where relay and agent meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TapAddress {
    /// A Unix socket.
    Path(PathBuf),
    /// Loopback TCP.
    Tcp(SocketAddr),
}

/// Not a place where relay and agent may meet.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("tap {0:?} is neither the path of a socket nor a loopback address such as 127.0.0.1:9109")]
pub struct TapError(String);

impl FromStr for TapAddress {
    type Err = TapError;
    fn from_str(text: &str) -> Result<Self, TapError> {
        match text.parse::<SocketAddr>() {
            // Receipts travel in clear here: they stay on this machine.
            Ok(address) if address.ip().is_loopback() => Ok(Self::Tcp(address)),
            Err(_) if text.contains('/') => Ok(Self::Path(PathBuf::from(text))),
            _ => Err(TapError(text.to_owned())),
        }
    }
}

impl TryFrom<String> for TapAddress {
    type Error = TapError;
    fn try_from(text: String) -> Result<Self, TapError> {
        text.parse()
    }
}

impl From<TapAddress> for String {
    fn from(address: TapAddress) -> String {
        address.to_string()
    }
}

impl std::fmt::Display for TapAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn messages_come_through_one_by_one_and_nonsense_is_an_error() {
        let job = ToAgent::Job(Job {
            job: 7,
            terminal: "till-1".to_owned(),
            started_us: -1,
            bytes: vec![0x1B; 100_000],
            ended: Ended::Cut,
        });
        let mut stream = frame(&job).expect("encodes");
        stream.extend(frame(&ToRelay::Ack { job: 7 }).expect("encodes"));
        let mut reader = stream.as_slice();
        assert_eq!(next::<ToAgent>(&mut reader).await.expect("whole"), Some(job));
        assert_eq!(next::<ToRelay>(&mut reader).await.expect("whole"), Some(ToRelay::Ack { job: 7 }));
        assert_eq!(next::<ToRelay>(&mut reader).await.expect("the end"), None);
        assert!(next::<ToAgent>(&mut [0xFF; 8].as_slice()).await.is_err());
        assert!(next::<ToAgent>(&mut [9, 0, 0, 0, 1].as_slice()).await.is_err());
        assert!(next::<ToAgent>(&mut [1, 0, 0, 0, 9].as_slice()).await.is_err());
    }

    #[test]
    fn a_tap_stays_on_this_machine() {
        assert_eq!("127.0.0.1:9109".parse::<TapAddress>().expect("loopback").to_string(), "127.0.0.1:9109");
        assert!(matches!("/run/vyavs/till-1.tap".parse::<TapAddress>(), Ok(TapAddress::Path(_))));
        for wrong in ["10.0.0.7:9109", "0.0.0.0:9109", "tap", ""] {
            assert!(wrong.parse::<TapAddress>().is_err(), "{wrong}");
        }
    }
}
