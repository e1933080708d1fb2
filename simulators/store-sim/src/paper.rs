//! The end of a printer's wire: takes print jobs on a TCP port, at a printer's pace, and keeps them or not.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use tokio::fs::OpenOptions;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

/// What the printer does with what it gets.
#[derive(Clone, Debug, Default)]
pub struct Paper {
    /// Appends the bytes here.
    pub keep: Option<PathBuf>,
    /// As fast as it prints; none is as fast as they come. A common 80 mm printer takes some 20,000.
    pub bytes_per_s: Option<u32>,
}

impl Paper {
    /// Prints what comes in on `listener`, connection by connection or side by side, until `stop`.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> io::Result<()> {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    connections.spawn(self.clone().print(stream));
                }
                Some(ended) = connections.join_next() => {
                    if let Ok(Err(error)) = ended {
                        warn!("a print connection ended: {error}");
                    }
                }
            }
        }
    }

    async fn print(self, mut stream: TcpStream) -> io::Result<()> {
        let mut file = match &self.keep {
            Some(path) => Some(OpenOptions::new().create(true).append(true).open(path).await?),
            None => None,
        };
        let mut bytes = vec![0; 4_096];
        loop {
            let count = stream.read(&mut bytes).await?;
            if count == 0 {
                return Ok(());
            }
            if let Some(file) = &mut file {
                file.write_all(&bytes[..count]).await?;
                file.flush().await?;
            }
            if let Some(rate) = self.bytes_per_s {
                tokio::time::sleep(Duration::from_secs_f64(count as f64 / f64::from(rate.max(1)))).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_printed_is_kept_byte_for_byte() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("paper.bin");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let stop = CancellationToken::new();
        let paper = Paper { keep: Some(path.clone()), bytes_per_s: None };
        let send = async {
            let mut stream = TcpStream::connect(address).await.expect("connected");
            stream.write_all(b"\x1b@hello\n\x1dVB\x00").await.expect("written");
            stream.shutdown().await.expect("closed");
            // The printer closes when it has everything.
            assert_eq!(stream.read(&mut [0; 1]).await.expect("closed"), 0);
            stop.cancel();
        };
        let (printed, ()) = tokio::join!(paper.run(listener, stop.clone()), send);
        printed.expect("printed");
        assert_eq!(std::fs::read(path).expect("kept"), b"\x1b@hello\n\x1dVB\x00");
    }
}
