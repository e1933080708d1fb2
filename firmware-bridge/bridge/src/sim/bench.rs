//! The whole way in real time: a simulated board on real pseudo-terminals, cables that are pulled, and a link.

use std::path::Path;
use std::time::Duration;

use rand::Rng;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::noise::{Noise, Rates};
use super::wire::{Line, play};
use super::{Cable, SimBoard, SimConfig};
use crate::host::{BoardReading, Input, Output, Readings};
use crate::link::{self, LinkConfig, Told};

/// What a bench run is to go through.
#[derive(Clone, Debug)]
pub struct Bench {
    /// The same seed spoils the same frames.
    pub seed: u64,
    /// Both directions.
    pub rates: Rates,
    /// How often the cable is pulled, and another line plugged in.
    pub cuts: u32,
    /// The shortest and the longest time a line lasts, and the same for none, ms.
    pub lasts_ms: (u64, u64),
    /// See [`Bench::lasts_ms`].
    pub gone_ms: (u64, u64),
    /// A reading every so often.
    pub every: Duration,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Benched {
    /// Readings measured.
    pub measured: u64,
    /// Readings that came out of the link, in the order they came.
    pub came: Vec<(u64, BoardReading)>,
    /// How often the link found the port open.
    pub opened: u32,
}

impl Benched {
    /// Whether what came is what was measured, each once and in order.
    pub fn is_exact(&self) -> bool {
        self.came.len() as u64 == self.measured
            && (1..).zip(&self.came).all(|(n, (number, reading))| *number == n && reading.value == n as i32)
    }
}

/// Runs it; `config.port.path` is made a link in its directory. Ends when all that was measured came, or `patience` after
/// the last cut.
pub async fn run(
    bench: &Bench,
    config: LinkConfig,
    patience: Duration,
    wall: impl Fn() -> i64,
) -> std::io::Result<Benched> {
    let cable = Cable::new(Path::new(&config.port.path));
    let (say, said) = mpsc::channel(64);
    let (tell, mut told) = mpsc::channel(64);
    let linking = link::run(config, wall, said, tell);
    let (count, measured) = tokio::sync::watch::channel((0_u64, false));
    let playing = async {
        let origin = Instant::now();
        let mut board = SimBoard::new(SimConfig::default(), 0);
        let mut line =
            Line { out: Noise::new(bench.rates, bench.seed * 2), back: Noise::new(bench.rates, bench.seed * 2 + 1) };
        let mut chance = Noise::new(Rates::default(), bench.seed);
        let between = |noise: &mut Noise, (least, most): (u64, u64)| {
            Duration::from_millis(noise.rng().random_range(least..=most))
        };
        let mut number = 0_i32;
        let mut measure = |board: &mut SimBoard, now_us: u64| {
            number += 1;
            board.read(now_us, 1, number, 0);
            count.send_replace((number as u64, false));
        };
        for _ in 0..bench.cuts {
            let mut pty = cable.plug()?;
            let lasts = between(&mut chance, bench.lasts_ms);
            // Either the time is up, or the host let go of the line; the board goes on in both.
            let _ = timeout(lasts, play(&mut board, &mut pty, &mut line, origin, bench.every, &mut measure)).await;
            drop(pty);
            tokio::time::sleep(between(&mut chance, bench.gone_ms)).await;
        }
        let last = count.borrow().0;
        count.send_replace((last, true));
        let mut pty = cable.plug()?;
        let rest = play(&mut board, &mut pty, &mut line, origin, Duration::from_secs(3_600), |_, _| {});
        let _ = timeout(patience, rest).await;
        Ok::<_, std::io::Error>(())
    };
    let listening = async {
        let mut benched = Benched::default();
        while let Some(one) = told.recv().await {
            match one {
                Told::Opened => benched.opened += 1,
                Told::Board(Output::Readings(Readings { boot, first, readings })) => {
                    let next = first + readings.len() as u64;
                    benched.came.extend((first..).zip(readings));
                    if say.send(Input::Kept { boot, next }).await.is_err() {
                        break;
                    }
                }
                _ => {}
            }
            let (measured, over) = *measured.borrow();
            benched.measured = measured;
            if over && benched.came.len() as u64 >= measured {
                break;
            }
        }
        benched
    };
    tokio::pin!(listening);
    tokio::select! {
        benched = &mut listening => Ok(benched),
        ended = playing => { ended?; Err(std::io::Error::other("not all that was measured came in time")) }
        _ = linking => Err(std::io::Error::other("the link ended by itself")),
    }
}
