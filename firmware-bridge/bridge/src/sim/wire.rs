//! A simulated board on a real line, in real time.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Duration, Instant, sleep_until};

use super::SimBoard;
use super::noise::Noise;

/// What spoils the two directions.
#[derive(Clone, Debug)]
pub struct Line {
    /// From the board.
    pub out: Noise,
    /// To the board.
    pub back: Noise,
}

/// Plays `board` onto `stream` until that breaks; dropped, it is a cut cable, and the board goes on on the next line.
///
/// `origin` is the world's zero, one for the life of the board; `measure` is asked for readings every `every`.
pub async fn play<S>(
    board: &mut SimBoard,
    stream: &mut S,
    line: &mut Line,
    origin: Instant,
    every: Duration,
    mut measure: impl FnMut(&mut SimBoard, u64),
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut bytes = [0; 1024];
    let mut next = Instant::now() + every;
    loop {
        let frames = board.take_sent();
        for frame in frames {
            let spoilt = line.out.pass(&frame);
            stream.write_all(&spoilt).await?;
        }
        let wake = origin.checked_add(Duration::from_micros(board.wake_at())).unwrap_or(next).min(next);
        tokio::select! {
            heard = stream.read(&mut bytes) => {
                let count = heard?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                let spoilt = line.back.pass_stream(&bytes[..count]);
                board.hear(micros(origin), &spoilt);
            }
            () = sleep_until(wake) => board.tick(micros(origin)),
        }
        while next <= Instant::now() {
            next += every;
            measure(board, micros(origin));
        }
    }
}

fn micros(origin: Instant) -> u64 {
    u64::try_from(origin.elapsed().as_micros()).unwrap_or(u64::MAX)
}
