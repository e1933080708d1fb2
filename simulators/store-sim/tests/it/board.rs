use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use vyavs_bridge::host::{BoardReading, Input, Output};
use vyavs_bridge::link::{self, LinkConfig, Told};
use vyavs_bridge::port::{Flow, LineCode, PortConfig};
use vyavs_store_sim::board::{BoardConfig, POWER_CHANNEL};
use vyavs_store_sim::config::{ModbusConfig, PlayConfig, RecordConfig};
use vyavs_store_sim::pace::Speed;
use vyavs_store_sim::play::Play;

use crate::{clock, world_config};

/// A host at the other end of the line sees the store's cabinets, over a line that is not a good one.
#[tokio::test]
async fn a_board_measures_what_the_instruments_show() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("board");
    let board = BoardConfig { every_ms: 20, drop: 0.05, duplicate: 0.05, flip: 0.01, ..BoardConfig::new(path.clone()) };
    let config = PlayConfig {
        modbus: Some(ModbusConfig { listen: "127.0.0.1:0".parse().expect("an address") }),
        board: vec![board],
        from: None,
        until: None,
        speed: Some(Speed::Times(60.0)),
        ..world_config()
    };
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let stop = CancellationToken::new();
    let (say, said) = mpsc::channel(8);
    let (tell, mut told) = mpsc::channel(8);
    let port = PortConfig { path: path.clone(), baud: 115_200, line: LineCode::PLAIN, flow: Flow::None };
    let mut link = LinkConfig::new(port, 1);
    link.host.policy.period_ms = 100;
    let linking = link::run(link, || 1_764_000_000_000_000, said, tell);
    let listening = async {
        let mut all: Vec<BoardReading> = Vec::new();
        let mut next = 1;
        while all.len() < 400 {
            let Some(Told::Board(Output::Readings(readings))) = told.recv().await else { continue };
            assert_eq!(readings.first, next, "none is missing");
            next = readings.next();
            say.send(Input::Kept { boot: readings.boot, next }).await.expect("it listens");
            all.extend(readings.readings);
        }
        stop.cancel();
        all
    };
    let seen = async {
        tokio::select! {
            all = listening => all,
            _ = linking => panic!("it does not end"),
        }
    };
    let together = async { tokio::join!(play.run(stop.clone()), seen) };
    let (summary, all) = tokio::time::timeout(Duration::from_secs(30), Box::pin(together)).await.expect("in time");
    summary.expect("played");
    let air: Vec<i32> = all.iter().filter(|one| one.channel == 0).map(|one| one.value).collect();
    assert!(air.len() > 30 && air.iter().all(|value| (-30_000..25_000).contains(value)), "{air:?}");
    let power: Vec<i32> = all.iter().filter(|one| one.channel == POWER_CHANNEL).map(|one| one.value).collect();
    assert!(power.iter().all(|value| *value > 200_000), "{power:?}");
    assert!(!path.exists() && path.symlink_metadata().is_err(), "its link goes with it");
}

/// A record of tickets has no instruments, so there is nothing to measure, and the play says so.
#[tokio::test]
async fn boards_without_instruments_are_refused() {
    let config = PlayConfig {
        board: vec![BoardConfig::new("board".into())],
        world: None,
        online_retail: Some(RecordConfig::online_retail("nowhere".into())),
        ..world_config()
    };
    let error = match Play::prepare(config, &clock()).await {
        Ok(_) => panic!("there is nothing to measure"),
        Err(error) => format!("{error:#}"),
    };
    assert!(error.contains("no instruments"), "{error}");
}
