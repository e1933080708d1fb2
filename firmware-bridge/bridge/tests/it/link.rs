//! A link to a simulated board over real pseudo-terminals.

use std::path::Path;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use vyavs_bridge::host::{Input, Output};
use vyavs_bridge::link::{self, LinkConfig, Told};
use vyavs_bridge::port::{Flow, LineCode, PortConfig};
use vyavs_bridge::sim::bench::{self, Bench};
use vyavs_bridge::sim::noise::{Noise, Rates};
use vyavs_bridge::sim::wire::{Line, play};
use vyavs_bridge::sim::{Cable, SimBoard, SimConfig};

const PATIENCE: Duration = Duration::from_secs(30);
const NOON: i64 = 1_764_000_000_000_000;

fn config(path: &Path) -> LinkConfig {
    let port = PortConfig { path: path.to_owned(), baud: 115_200, line: LineCode::PLAIN, flow: Flow::None };
    let (min_wait, max_wait) = (Duration::from_millis(5), Duration::from_millis(50));
    let mut config = LinkConfig { min_wait, max_wait, ..LinkConfig::new(port, 7) };
    config.host.policy.period_ms = 50;
    config
}

#[tokio::test]
async fn readings_survive_pulled_cables_and_a_bad_line_on_real_terminals() {
    let dir = tempfile::tempdir().expect("a directory");
    let rates = Rates { drop: 0.05, flip_frames: 0.01, flip_bits: 0.0, duplicate: 0.02 };
    let every = Duration::from_millis(5);
    let bench = Bench { seed: 3, rates, cuts: 12, lasts_ms: (20, 400), gone_ms: (1, 60), every };
    let benched = bench::run(&bench, config(&dir.path().join("board")), PATIENCE, || NOON).await.expect("it runs");
    assert!(benched.is_exact(), "{} of {} came", benched.came.len(), benched.measured);
    assert!(benched.measured > 100 && benched.opened > 6, "{} {}", benched.measured, benched.opened);
}

#[tokio::test]
async fn a_port_that_is_not_there_is_told_and_found_when_it_comes() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("board");
    let (say, said) = mpsc::channel(8);
    let (tell, mut told) = mpsc::channel(8);
    let talking = async {
        let Some(Told::Closed(why)) = told.recv().await else { panic!("it is not there") };
        assert!(why.contains("board") && why.contains("failed to open"), "{why}");
        let mut pty = Cable::new(&path).plug().expect("a pty");
        let mut board = SimBoard::new(SimConfig::default(), 0);
        let mut line = Line { out: Noise::new(Rates::default(), 1), back: Noise::new(Rates::default(), 2) };
        let playing =
            play(&mut board, &mut pty, &mut line, Instant::now(), Duration::from_millis(20), |board, now_us| {
                board.read(now_us, 3, 4_250, 0);
            });
        let listening = async {
            loop {
                if let Some(Told::Board(Output::Readings(readings))) = told.recv().await {
                    say.send(Input::Kept { boot: readings.boot, next: readings.next() }).await.expect("it listens");
                    break readings;
                }
            }
        };
        tokio::select! {
            _ = playing => panic!("the line broke"),
            readings = listening => readings,
        }
    };
    let linking = link::run(config(&path), || NOON, said, tell);
    let readings = timeout(PATIENCE, async {
        tokio::select! {
            readings = talking => readings,
            _ = linking => panic!("it does not end"),
        }
    });
    let readings = readings.await.expect("in time");
    let first = readings.readings[0];
    assert_eq!((readings.first, first.channel, first.value), (1, 3, 4_250));
    assert!((first.at_us - NOON).abs() < 10_000_000, "{}", first.at_us - NOON);
}
