//! The printer at the end of the wire: takes print jobs at a printer's pace and keeps every byte, connection by
//! connection. What lies here was printed; nothing else was.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vyavs_service::lifecycle::Lifecycle;

#[derive(Debug, Default)]
struct Tray {
    pages: Mutex<Vec<Vec<u8>>>,
    open: AtomicU32,
}

impl Tray {
    fn pages(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A printer on a port of loopback. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Paper {
    address: SocketAddr,
    tray: Arc<Tray>,
}

/// One read: a printer's own buffer is about as small.
const PIECE: usize = 4_096;

impl Paper {
    /// Listens on a free port and prints `bytes_per_s` until `life` ends.
    pub async fn start(bytes_per_s: u32, life: &Lifecycle) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let paper = Self { address: listener.local_addr()?, tray: Arc::default() };
        let (tray, stop, tasks) = (paper.tray.clone(), life.stop_token(), life.clone());
        life.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((stream, _)) = accepted else { continue };
                let number = {
                    let mut pages = tray.pages();
                    pages.push(Vec::new());
                    pages.len() - 1
                };
                tray.open.fetch_add(1, Ordering::SeqCst);
                tasks.spawn(print(stream, tray.clone(), number, bytes_per_s, stop.clone()));
            }
        });
        Ok(paper)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Bytes printed so far.
    pub fn printed(&self) -> u64 {
        self.tray.pages().iter().map(|page| page.len() as u64).sum()
    }

    /// Whether somebody is connected.
    pub fn is_busy(&self) -> bool {
        self.tray.open.load(Ordering::SeqCst) > 0
    }

    /// What was printed, a page a connection, in the order of their beginnings.
    pub fn pages(&self) -> Vec<Vec<u8>> {
        self.tray.pages().clone()
    }
}

async fn print(mut stream: TcpStream, tray: Arc<Tray>, number: usize, bytes_per_s: u32, stop: CancellationToken) {
    let mut bytes = vec![0; PIECE];
    let (began, mut printed) = (Instant::now(), 0_u64);
    loop {
        let count = tokio::select! {
            () = stop.cancelled() => 0,
            read = stream.read(&mut bytes) => read.unwrap_or(0),
        };
        if count == 0 {
            break;
        }
        tray.pages()[number].extend_from_slice(&bytes[..count]);
        printed += count as u64;
        // What a till did not send in time is not made up for: a printer has one speed.
        let due = Duration::from_secs_f64(printed as f64 / f64::from(bytes_per_s.max(1)));
        let ahead = due.saturating_sub(began.elapsed());
        // A timer is good for milliseconds only.
        if ahead > Duration::from_millis(5) {
            tokio::time::sleep(ahead).await;
        }
    }
    tray.open.fetch_sub(1, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[tokio::test]
    async fn a_printer_keeps_every_byte_at_its_own_pace() {
        let life = Lifecycle::new();
        let paper = Paper::start(200_000, &life).await.expect("a port");
        let began = Instant::now();
        let sent: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
        for part in sent.chunks(50_000) {
            let mut stream = TcpStream::connect(paper.address()).await.expect("it listens");
            stream.write_all(part).await.expect("taken");
            stream.shutdown().await.expect("closed");
            assert_eq!(stream.read(&mut [0]).await.expect("closed"), 0);
        }
        assert!(began.elapsed() > Duration::from_millis(300), "{:?}", began.elapsed());
        assert_eq!(paper.pages().concat(), sent);
        assert_eq!((paper.printed(), paper.is_busy()), (100_000, false));
        life.shutdown(Duration::from_secs(1)).await;
    }
}
