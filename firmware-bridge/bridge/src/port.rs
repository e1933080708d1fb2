//! A serial line of the shop: opened as its device wants it, read and written by one task.
//!
//! Seven data bits with parity are opened as eight without: on the wire both are the same ten bits, and the eighth is then
//! checked here. So a byte that a bad line changed is seen on every adapter, also on those that hide parity errors: it
//! arrives with its eighth bit set, which no seven-bit protocol uses, and is counted.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use rustix::fs::{Mode, OFlags};
use rustix::termios::{self, ControlModes, InputModes, OptionalActions, SpecialCodeIndex};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio_serial::{DataBits, FlowControl, SerialPort, SerialStream, StopBits};

/// How a line is coded: `8N1`, `7E1`, `8E2` …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct LineCode {
    /// 7 or 8.
    pub data_bits: u8,
    /// Parity.
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
}

/// What the parity bit makes of the number of ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parity {
    /// There is none.
    None,
    /// Even.
    Even,
    /// Odd.
    Odd,
}

impl LineCode {
    /// `8N1`, what most devices speak.
    pub const PLAIN: Self = Self { data_bits: 8, parity: Parity::None, stop_bits: 1 };

    /// The parity that is checked here, not by the adapter.
    fn ours(self) -> Option<Parity> {
        (self.data_bits == 7 && self.parity != Parity::None).then_some(self.parity)
    }
}

/// Not a line coding.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0:?} is not a line coding such as \"8N1\", \"7E1\" or \"8E2\" (7 or 8 bits, parity N, E or O, 1 or 2 stop bits)"
)]
pub struct LineCodeError(String);

impl FromStr for LineCode {
    type Err = LineCodeError;
    fn from_str(text: &str) -> Result<Self, LineCodeError> {
        let wrong = || LineCodeError(text.to_owned());
        let [data, parity, stop] = text.as_bytes() else { return Err(wrong()) };
        let parity = match parity.to_ascii_uppercase() {
            b'N' => Parity::None,
            b'E' => Parity::Even,
            b'O' => Parity::Odd,
            _ => return Err(wrong()),
        };
        match (data, stop) {
            (b'7' | b'8', b'1' | b'2') => Ok(Self { data_bits: data - b'0', parity, stop_bits: stop - b'0' }),
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for LineCode {
    type Error = LineCodeError;
    fn try_from(text: String) -> Result<Self, LineCodeError> {
        text.parse()
    }
}

/// Who may stop the other from sending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// Nobody.
    #[default]
    None,
    /// RTS and CTS.
    Hardware,
    /// XON and XOFF: never for binary data.
    Software,
}

/// `port = { path = "/dev/ttyUSB0", baud = 9600, line = "8N1", flow = "none" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortConfig {
    /// The device; a link in `/dev/serial/by-id` stays the same when adapters are plugged in another order.
    pub path: PathBuf,
    /// Bits in a second.
    #[serde(default = "baud")]
    pub baud: u32,
    /// How bytes are coded.
    #[serde(default = "plain")]
    pub line: LineCode,
    /// Who may stop the other.
    #[serde(default)]
    pub flow: Flow,
}

fn baud() -> u32 {
    9_600
}

fn plain() -> LineCode {
    LineCode::PLAIN
}

/// A line that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// The adapter is not there, or is somebody else's, or cannot do what is asked.
    #[error("failed to open the serial port {path}: {detail}")]
    Open {
        /// Which.
        path: PathBuf,
        /// Why, in words.
        detail: String,
    },
}

/// Bytes whose parity was wrong, since the line was opened. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct ParityErrors(Arc<AtomicU64>);

impl ParityErrors {
    /// How many.
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A serial line, both ways.
#[derive(Debug)]
pub struct Port {
    stream: SerialStream,
    parity: Option<Parity>,
    errors: ParityErrors,
}

impl Port {
    /// Opens the line for us alone.
    pub fn open(config: &PortConfig) -> Result<Self, PortError> {
        let line = config.line;
        let ours = line.ours();
        let bits = if line.data_bits == 7 && ours.is_none() { DataBits::Seven } else { DataBits::Eight };
        let parity = match (ours, line.parity) {
            (Some(_), _) | (None, Parity::None) => tokio_serial::Parity::None,
            (None, Parity::Even) => tokio_serial::Parity::Even,
            (None, Parity::Odd) => tokio_serial::Parity::Odd,
        };
        let builder = tokio_serial::new(config.path.to_string_lossy(), config.baud)
            .data_bits(bits)
            .parity(parity)
            .stop_bits(if line.stop_bits == 2 { StopBits::Two } else { StopBits::One })
            .flow_control(match config.flow {
                Flow::None => FlowControl::None,
                Flow::Hardware => FlowControl::Hardware,
                Flow::Software => FlowControl::Software,
            });
        let failed =
            |error: tokio_serial::Error| PortError::Open { path: config.path.clone(), detail: error.to_string() };
        let stream = SerialStream::open(&builder).map_err(failed)?;
        // What stood in the adapter before is of nobody's question.
        stream.clear(tokio_serial::ClearBuffer::Input).map_err(failed)?;
        Ok(Self { stream, parity: ours, errors: ParityErrors::default() })
    }

    /// Where bytes of wrong parity are counted.
    pub fn parity_errors(&self) -> ParityErrors {
        self.errors.clone()
    }
}

/// Strips the parity bit, or leaves it set where the parity is wrong.
fn check(bytes: &mut [u8], parity: Option<Parity>, errors: &ParityErrors) {
    let Some(parity) = parity else { return };
    let odd = u32::from(parity == Parity::Odd);
    for byte in bytes {
        if byte.count_ones() % 2 == odd {
            *byte &= 0x7F;
        } else {
            *byte |= 0x80;
            errors.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A byte as it goes onto a line of seven bits with parity.
pub(crate) fn with_parity(byte: u8, parity: Parity) -> u8 {
    let byte = byte & 0x7F;
    match parity {
        Parity::None => byte,
        Parity::Even => byte | ((byte.count_ones() as u8 & 1) << 7),
        Parity::Odd => byte | ((!byte.count_ones() as u8 & 1) << 7),
    }
}

impl AsyncRead for Port {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        check(&mut buf.filled_mut()[before..], self.parity, &self.errors);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Port {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let Some(parity) = self.parity else { return Pin::new(&mut self.stream).poll_write(cx, buf) };
        let coded: Vec<u8> = buf.iter().map(|byte| with_parity(*byte, parity)).collect();
        Pin::new(&mut self.stream).poll_write(cx, &coded)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A serial line that is only listened to: its file is open for reading alone, so the kernel refuses every write.
#[derive(Debug)]
pub struct Listener {
    // Tokio's only safe reader of a file that can be polled; a terminal is one.
    line: pipe::Receiver,
    parity: Option<Parity>,
    errors: ParityErrors,
}

impl Listener {
    /// Opens the line for listening. Flow control does not apply: a listener stops nobody.
    pub fn open(config: &PortConfig) -> Result<Self, PortError> {
        let failed = |error: io::Error| PortError::Open { path: config.path.clone(), detail: error.to_string() };
        let fd = open_raw(&config.path, OFlags::RDONLY).map_err(failed)?;
        set(&fd, config).map_err(failed)?;
        let line = pipe::Receiver::from_owned_fd_unchecked(fd).map_err(failed)?;
        Ok(Self { line, parity: config.line.ours(), errors: ParityErrors::default() })
    }

    /// Where bytes of wrong parity are counted.
    pub fn parity_errors(&self) -> ParityErrors {
        self.errors.clone()
    }
}

pub(crate) fn open_raw(path: &Path, access: OFlags) -> io::Result<OwnedFd> {
    let flags = access | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

fn set(fd: &OwnedFd, config: &PortConfig) -> io::Result<()> {
    let mut line = termios::tcgetattr(fd)?;
    line.make_raw();
    line.control_modes |= ControlModes::CREAD | ControlModes::CLOCAL;
    line.control_modes -= ControlModes::PARENB | ControlModes::PARODD | ControlModes::CSTOPB | ControlModes::CRTSCTS;
    if config.line.ours().is_none() && config.line.parity != Parity::None {
        line.control_modes |= ControlModes::PARENB;
        line.control_modes.set(ControlModes::PARODD, config.line.parity == Parity::Odd);
        line.input_modes |= InputModes::INPCK;
    }
    if config.line.data_bits == 7 && config.line.ours().is_none() {
        line.control_modes -= ControlModes::CSIZE;
        line.control_modes |= ControlModes::CS7;
    }
    line.control_modes.set(ControlModes::CSTOPB, config.line.stop_bits == 2);
    line.special_codes[SpecialCodeIndex::VMIN] = 1;
    line.special_codes[SpecialCodeIndex::VTIME] = 0;
    line.set_speed(config.baud)?;
    termios::tcsetattr(fd, OptionalActions::Now, &line)?;
    termios::tcflush(fd, termios::QueueSelector::IFlush)?;
    Ok(())
}

impl AsyncRead for Listener {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.line).poll_read(cx, buf))?;
        check(&mut buf.filled_mut()[before..], self.parity, &self.errors);
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::pty::Pty;

    fn config(pty: &Pty, line: &str) -> PortConfig {
        let text = format!("path = {:?}\nline = {line:?}\nbaud = 4800", pty.path());
        toml::from_str(&text).expect("a port")
    }

    #[test]
    fn a_line_coding_is_three_characters_and_an_error_says_so() {
        let code: LineCode = "7e1".parse().expect("a coding");
        assert_eq!(code, LineCode { data_bits: 7, parity: Parity::Even, stop_bits: 1 });
        for wrong in ["", "9N1", "8X1", "8N3", "8N1 "] {
            let error = wrong.parse::<LineCode>().expect_err("wrong").to_string();
            assert!(error.contains(wrong) && error.contains("7E1"), "{error}");
        }
    }

    #[tokio::test]
    async fn seven_bits_with_parity_are_checked_here_in_both_directions() {
        for (line, parity) in [("7E1", Parity::Even), ("7O1", Parity::Odd)] {
            let mut device = Pty::open().expect("a pty");
            let mut port = Port::open(&config(&device, line)).expect("opened");
            let coded: Vec<u8> = b"W0123\r".iter().map(|byte| with_parity(*byte, parity)).collect();
            device.write_all(&coded).await.expect("written");
            let mut got = [0; 6];
            port.read_exact(&mut got).await.expect("read");
            assert_eq!(&got, b"W0123\r");
            assert_eq!(port.parity_errors().count(), 0);
            device.write_all(&[with_parity(b'5', parity) ^ 0x80]).await.expect("written");
            assert_eq!(port.read_u8().await.expect("read"), b'5' | 0x80, "a bad byte is marked");
            assert_eq!(port.parity_errors().count(), 1);
            port.write_all(b"W\r").await.expect("written");
            let mut sent = [0; 2];
            device.read_exact(&mut sent).await.expect("read");
            assert_eq!(sent, [with_parity(b'W', parity), with_parity(b'\r', parity)]);
        }
    }

    #[tokio::test]
    async fn a_listener_hears_and_the_kernel_refuses_it_to_write() {
        let mut device = Pty::open().expect("a pty");
        let mut listener = Listener::open(&config(&device, "8N1")).expect("opened");
        device.write_all(b"weight").await.expect("written");
        let mut got = [0; 6];
        listener.read_exact(&mut got).await.expect("read");
        assert_eq!(&got, b"weight");
        let refused = rustix::io::write(&listener.line, b"x").expect_err("it is open for reading alone");
        assert_eq!(refused, rustix::io::Errno::BADF);
    }

    #[tokio::test]
    async fn a_port_that_is_not_there_is_named() {
        let config =
            PortConfig { path: "/dev/no-such-port".into(), baud: 9_600, line: LineCode::PLAIN, flow: Flow::None };
        for error in [Port::open(&config).err(), Listener::open(&config).err()] {
            let error = error.expect("not there").to_string();
            assert!(error.contains("/dev/no-such-port"), "{error}");
        }
    }
}
