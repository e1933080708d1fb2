//! One connection to a device or gateway over Modbus TCP: a question, its answer, then the next.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use vyavs_codec::modbus::{Request, Response, tcp};

use super::bus::mismatch;

/// An open connection. After an error it is of no more use: what still comes may be to the question before.
pub(super) struct Gateway {
    stream: TcpStream,
    decoder: tcp::Decoder,
    transaction: u16,
}

impl Gateway {
    pub(super) async fn connect(address: &str, patience: Duration) -> Result<Self, String> {
        let stream = match timeout(patience, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(format!("failed to connect to {address}: {error}")),
            Err(_) => return Err(format!("{address} did not take the connection within {} ms", patience.as_millis())),
        };
        let _ = stream.set_nodelay(true);
        Ok(Self { stream, decoder: tcp::Decoder::default(), transaction: 0 })
    }

    pub(super) async fn ask(&mut self, unit: u8, request: &Request, patience: Duration) -> Result<Response, String> {
        let deadline = Instant::now() + patience;
        self.transaction = self.transaction.wrapping_add(1);
        let late = || format!("no answer within {} ms", patience.as_millis());
        let frame = tcp::encode(self.transaction, unit, &request.encode());
        timeout_at(deadline, self.stream.write_all(&frame)).await.map_err(|_| late())?.map_err(broken)?;
        let mut buffer = [0; 512];
        loop {
            let count =
                timeout_at(deadline, self.stream.read(&mut buffer)).await.map_err(|_| late())?.map_err(broken)?;
            if count == 0 {
                return Err("the device closed the connection".to_owned());
            }
            let mut found = Vec::new();
            self.decoder.push(&buffer[..count], |one| found.push(one));
            let Some(one) = found.into_iter().next() else {
                if self.decoder.skipped() > 0 {
                    return Err(format!("not Modbus: {}", tcp::Skipped(self.decoder.skipped())));
                }
                continue;
            };
            let answer = one.map_err(|skipped| format!("not Modbus: {skipped}"))?;
            if answer.transaction != self.transaction || answer.frame.unit != unit {
                return Err("the answer belongs to another question (unit or transaction differs)".to_owned());
            }
            let response = Response::decode(&answer.frame.pdu).map_err(|error| format!("not Modbus: {error}"))?;
            return if response.answers(request) { Ok(response) } else { Err(mismatch(request, &response)) };
        }
    }
}

fn broken(error: io::Error) -> String {
    format!("broken off: {error}")
}
