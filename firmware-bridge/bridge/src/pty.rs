//! A line without an adapter: the device's end of a pseudo-terminal, for simulators and tests.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};

use rustix::fs::OFlags;
use rustix::pty::{self, OpenptFlags};
use rustix::termios::{self, OptionalActions};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;

/// The device's end. Whoever opens [`Pty::path`] as a serial port has the other; dropping this is pulling the cable.
#[derive(Debug)]
pub struct Pty {
    reader: pipe::Receiver,
    writer: pipe::Sender,
    /// Kept open, so that a port that is closed and opened again meets the same line.
    _kept: OwnedFd,
    path: PathBuf,
}

impl Pty {
    /// A new line, raw in both directions.
    pub fn open() -> io::Result<Self> {
        let device = pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        pty::grantpt(&device)?;
        pty::unlockpt(&device)?;
        let path = pty::ptsname(&device, Vec::new())?.into_string().map_err(io::Error::other)?;
        let path = PathBuf::from(path);
        let kept = crate::port::open_raw(&path, OFlags::RDWR)?;
        let mut line = termios::tcgetattr(&kept)?;
        line.make_raw();
        termios::tcsetattr(&kept, OptionalActions::Now, &line)?;
        // Not done for us: a line that is full would hold up the thread, and with it whoever was to empty the line.
        rustix::io::ioctl_fionbio(&device, true)?;
        let writer = pipe::Sender::from_owned_fd_unchecked(device.try_clone()?)?;
        let reader = pipe::Receiver::from_owned_fd_unchecked(device)?;
        Ok(Self { reader, writer, _kept: kept, path })
    }

    /// What to open as a serial port.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl AsyncRead for Pty {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reader).poll_read(cx, buf)
    }
}

impl AsyncWrite for Pty {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[test]
    fn a_full_line_makes_the_writer_wait_and_no_thread() {
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let waited = runtime.block_on(async {
                let mut line = Pty::open().expect("a line");
                let job = vec![b'x'; 1 << 20];
                tokio::time::timeout(Duration::from_millis(200), line.write_all(&job)).await.is_err()
            });
            tell.send(waited).expect("somebody waits");
        });
        // Its own thread would be the one that hangs.
        assert_eq!(told.recv_timeout(Duration::from_secs(20)), Ok(true), "nobody reads a mebibyte here");
    }
}
