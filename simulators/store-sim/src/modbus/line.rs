//! The same instruments on a serial bus: Modbus RTU over a pseudo-terminal, for whoever opens the link as a port.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;
use vyavs_bridge::pty::Pty;
use vyavs_codec::modbus::rtu::{self, Analyser, Heard};
use vyavs_codec::modbus::{Exception, Request, Response, Table};

use super::Instruments;
use crate::template::Kind;

/// Devices answer after the silence of 3.5 characters, and a little later.
const TURN_AROUND: Duration = Duration::from_millis(5);

/// The link to a line, taken away when it is dropped.
struct Link(PathBuf);

impl Link {
    /// A link that a play before left behind is replaced; anything else in its place is an error.
    fn to(line: &Path, link: &Path) -> io::Result<Self> {
        if link.symlink_metadata().is_ok_and(|there| there.is_symlink()) {
            std::fs::remove_file(link)?;
        }
        std::os::unix::fs::symlink(line, link)?;
        Ok(Self(link.to_owned()))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Answers what is asked on the line behind `link`, until `stop`. Who is not there says nothing, and nobody answers to
/// everybody: it is a bus, not a gateway.
pub(super) async fn serve(link: PathBuf, instruments: Instruments, stop: CancellationToken) -> io::Result<()> {
    let mut line = Pty::open()?;
    let _link = Link::to(line.path(), &link)?;
    let (mut analyser, mut buffer) = (Analyser::default(), [0; rtu::MAX_FRAME]);
    loop {
        let waiting = analyser.is_waiting();
        let count = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(TURN_AROUND), if waiting => {
                analyser.gap(|_| {});
                continue;
            }
            read = line.read(&mut buffer) => read?,
        };
        let mut asked = Vec::new();
        analyser.push(&buffer[..count], |one| asked.push(one));
        for one in asked {
            let Heard::Request { unit: unit @ 1.., request } = one else { continue };
            let Some(answer) = instruments.answer(unit, &request) else { continue };
            tokio::time::sleep(TURN_AROUND).await;
            line.write_all(&rtu::encode(unit, &answer.encode())).await?;
            // What a device says it does not hear.
            analyser = Analyser::default();
        }
    }
}

impl Instruments {
    /// What a device on a bus answers; nothing where there is none.
    fn answer(&self, unit: u8, request: &Request) -> Option<Response> {
        if !self.has(unit) {
            return None;
        }
        self.stats.add_modbus_reads(1);
        let function = request.function();
        let kind = match request {
            Request::Read { table: Table::HoldingRegisters, .. } => Some(Kind::Holding),
            Request::Read { table: Table::InputRegisters, .. } => Some(Kind::Input),
            _ => None,
        };
        Some(match (request, kind) {
            (Request::Read { table, address, count }, Some(kind)) => match self.read(unit, kind, *address, *count) {
                Ok(words) => Response::Words { table: *table, words },
                Err(code) => Response::Exception { function, exception: Exception::from(u8::from(code)) },
            },
            _ => Response::Exception { function, exception: Exception::IllegalFunction },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_opens_the_link_is_answered_like_on_tcp_and_strangers_are_silence() {
        let (instruments, round) = crate::modbus::tests::at_noon();
        let dir = tempfile::tempdir().expect("a directory");
        let (link, stop) = (dir.path().join("bus"), CancellationToken::new());
        let life = vyavs_service::lifecycle::Lifecycle::new();
        let far = life.spawn(serve(link.clone(), instruments, stop.clone()));
        let config = vyavs_bridge::port::PortConfig {
            path: link.clone(),
            baud: 9_600,
            line: vyavs_bridge::port::LineCode::PLAIN,
            flow: vyavs_bridge::port::Flow::None,
        };
        let mut port = loop {
            match vyavs_bridge::port::Port::open(&config) {
                Ok(port) => break port,
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        };
        let air = Request::Read { table: Table::HoldingRegisters, address: 2529, count: 1 };
        let missing = Request::Read { table: Table::HoldingRegisters, address: 9, count: 1 };
        let mut all = Vec::new();
        // 44 is nobody, 0 everybody, and between them is noise: none of them answers.
        for (unit, request) in [(44, &air), (0, &air), (1, &air), (1, &missing)] {
            port.write_all(&[0xFF, 0x00]).await.expect("written");
            tokio::time::sleep(4 * TURN_AROUND).await;
            port.write_all(&rtu::encode(unit, &request.encode())).await.expect("written");
            let mut bytes = [0; 64];
            if let Ok(read) = tokio::time::timeout(Duration::from_millis(300), port.read(&mut bytes)).await {
                let frame = rtu::decode(&bytes[..read.expect("read")]).expect("whole");
                all.push((frame.unit, Response::decode(&frame.pdu).expect("an answer")));
            }
        }
        let word = ((round.cabinets[0].1.air_c * 10.0).round() as i16).cast_unsigned();
        let exception = Exception::IllegalDataAddress;
        let want = [
            (1, Response::Words { table: Table::HoldingRegisters, words: vec![word] }),
            (1, Response::Exception { function: 3, exception }),
        ];
        assert_eq!(all, want);
        stop.cancel();
        far.await.expect("no panic").expect("in good order");
        assert!(!link.exists(), "the link went with the line");
    }
}
