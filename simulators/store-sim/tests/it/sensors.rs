//! Radio, counter and 1-Wire of a play, read as their readers read them; the broker's end is played to in the trials.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use vyavs_codec::ble::{Advertisement, Device, Key, Snoop, decode};
use vyavs_codec::counter::{Sums, live};
use vyavs_codec::onewire::{OnewireError, temperature};
use vyavs_store_sim::ble::{BleConfig, Place};
use vyavs_store_sim::config::PlayConfig;
use vyavs_store_sim::counter::{CounterConfig, CounterFault, SUMS};
use vyavs_store_sim::fault::Fault;
use vyavs_store_sim::mqtt::MqttConfig;
use vyavs_store_sim::onewire::{OnewireConfig, OnewireFault, device};
use vyavs_store_sim::pace::Speed;
use vyavs_store_sim::play::Play;

use crate::{clock, world_config};

const PATIENCE: Duration = Duration::from_secs(20);

/// An hour in a minute, from noon on, on no wire yet.
fn config() -> PlayConfig {
    PlayConfig { from: None, until: None, speed: Some(Speed::Times(60.0)), ..world_config() }
}

/// Asks again and again until there is something.
async fn until<T>(mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            match done().await {
                Some(done) => return done,
                None => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.expect("in time")
}

/// Status and body of an answer.
async fn ask(address: SocketAddr, path: &str, header: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).await.ok()?;
    let question = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{header}\r\n");
    stream.write_all(question.as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

async fn play<T>(config: PlayConfig, looking: impl AsyncFnOnce(Option<SocketAddr>) -> T) -> T {
    let play = Play::prepare(config, &clock()).await.expect("ready");
    let (stop, counter) = (CancellationToken::new(), play.counter_address());
    let looking = async {
        let seen = looking(counter).await;
        stop.cancel();
        seen
    };
    let (summary, seen) = tokio::join!(Box::pin(play.run(stop.clone())), looking);
    summary.expect("played");
    seen
}

#[tokio::test]
async fn a_counter_counts_people_for_who_knows_the_password_and_fails_when_it_should() {
    let folder = tempfile::tempdir().expect("a directory");
    let auth = folder.path().join("counter.auth");
    std::fs::write(&auth, "user:secret\n").expect("written");
    let counter = CounterConfig {
        auth_file: Some(auth),
        faults: vec![
            Fault { kind: CounterFault::Error, after_s: 3, lasts_s: 2 },
            Fault { kind: CounterFault::Garbage, after_s: 5, lasts_s: 2 },
        ],
        ..CounterConfig::new("127.0.0.1:0".parse().expect("an address"))
    };
    play(PlayConfig { counter: Some(counter), ..config() }, async |address| {
        let address = address.expect("it listens");
        // user:secret
        let allowed = "Authorization: Basic dXNlcjpzZWNyZXQ=\r\n";
        let sums = async || -> Option<Sums> {
            let (status, body) = ask(address, SUMS, allowed).await?;
            (status == 200).then(|| live(body.as_bytes()).ok())?
        };
        let first = until(async || sums().await).await;
        assert_eq!(ask(address, SUMS, "").await.map(|(status, _)| status), Some(401));
        assert_eq!(ask(address, SUMS, "Authorization: Basic eA==\r\n").await.map(|(status, _)| status), Some(401));
        assert_eq!(ask(address, "/", allowed).await.map(|(status, _)| status), Some(404));
        until(async || ask(address, SUMS, allowed).await.filter(|(status, _)| *status == 500)).await;
        let nonsense = async || {
            ask(address, SUMS, allowed).await.filter(|(status, body)| *status == 200 && live(body.as_bytes()).is_err())
        };
        until(nonsense).await;
        // Some minutes of a shop at noon later.
        let last = until(async || sums().await.filter(|sums| sums.entered > first.entered + 2)).await;
        assert!(last.left >= first.left && last.at > first.at && last.serial == first.serial, "{first:?} {last:?}");
    })
    .await;
}

#[tokio::test]
async fn a_bus_shows_every_cabinet_and_what_goes_wrong_with_it() {
    let folder = tempfile::tempdir().expect("a directory");
    let root = folder.path().join("w1");
    let onewire = OnewireConfig {
        every_ms: 50,
        faults: vec![
            Fault { kind: OnewireFault::Crc, after_s: 2, lasts_s: 1 },
            Fault { kind: OnewireFault::PowerOn, after_s: 3, lasts_s: 1 },
            Fault { kind: OnewireFault::Gone, after_s: 4, lasts_s: 1 },
        ],
        ..OnewireConfig::new(root.clone())
    };
    let read = |cabinet: u8, place: u8| {
        std::fs::read_to_string(root.join(device(cabinet, place)).join("w1_slave")).ok().map(|text| temperature(&text))
    };
    play(PlayConfig { onewire: Some(onewire), ..config() }, async |_| {
        // Fridges and a freezer, in the air and between the goods.
        for (cabinet, range) in [(1, -1.0..10.0), (2, -26.0..-12.0)] {
            for place in [1, 2] {
                let celsius = until(async || read(cabinet, place)).await.expect("a temperature");
                assert!(range.contains(&celsius), "{cabinet} {place}: {celsius}");
            }
        }
        until(async || (read(1, 1) == Some(Err(OnewireError::Crc))).then_some(())).await;
        until(async || (read(1, 1) == Some(Err(OnewireError::PowerOn))).then_some(())).await;
        until(async || read(1, 1).is_none().then_some(())).await;
        until(async || read(1, 1).filter(Result::is_ok)).await.expect("a temperature again");
    })
    .await;
    assert_eq!(std::fs::read_dir(&root).expect("the folder stays").count(), 0, "the devices go with the play");
}

#[tokio::test]
async fn a_radio_is_heard_while_it_is_written_and_its_sections_name_its_devices() {
    let folder = tempfile::tempdir().expect("a directory");
    let at = |name: &str| folder.path().join(name);
    let ble = BleConfig { key_file: Some(at("ble.key")), every_ms: 100, ..BleConfig::to_btsnoop(at("ble.btsnoop")) };
    let wanted = PlayConfig { ble: Some(ble), sections: Some(at("sections.toml")), ..config() };
    let heard = play(wanted, async |_| {
        let path = at("ble.btsnoop");
        let events = async |least: usize| {
            let enough = |events: &Vec<Vec<u8>>| events.len() >= least;
            until(async || Snoop::default().push(&std::fs::read(&path).ok()?).ok().filter(enough)).await
        };
        let first = events(1).await.len();
        events(first + 20).await
    })
    .await;
    let key = Key::from_hex(&std::fs::read_to_string(at("ble.key")).expect("made")).expect("a key");
    let mut goods = Device { key: Some(key), ..Device::default() };
    let mut temperatures = Vec::new();
    for event in &heard {
        let advert = Advertisement::from_hci(event).expect("a report").remove(0);
        let device = if advert.address == Place::Goods.address(2) { &mut goods } else { continue };
        let read = decode(&advert, device).expect("believed: its counter grows");
        temperatures.extend(read.value("temperature".parse().expect("a field")));
    }
    assert!(temperatures.len() > 1 && temperatures.iter().all(|c| (-26.0..-12.0).contains(c)), "{temperatures:?}");
    let sections: toml::Table =
        toml::from_str(&std::fs::read_to_string(at("sections.toml")).expect("written")).expect("TOML");
    let device = &sections["ble"][0]["device"][5];
    assert_eq!(device["address"].as_str(), Some(Place::Goods.address(2).to_string().as_str()));
    assert_eq!(device["sensors"][0]["id"].as_str(), Some("freezer-1.product"));
}

/// A broker that is not there is no reason to stop: who publishes tries again.
#[tokio::test]
async fn without_a_broker_the_rest_is_played() {
    let folder = tempfile::tempdir().expect("a directory");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let root = folder.path().join("w1");
    let mqtt = Some(MqttConfig::new(free.to_string()));
    let shown = |root: &Path| root.join(device(1, 1)).join("w1_slave").is_file();
    let onewire = Some(OnewireConfig::new(root.clone()));
    play(PlayConfig { mqtt, onewire, ..config() }, async |_| until(async || shown(&root).then_some(())).await).await;
    let wrong = PlayConfig { mqtt: Some(MqttConfig::new("localhost".to_owned())), ..config() };
    let error = match Play::prepare(wrong, &clock()).await {
        Ok(_) => panic!("there is no port"),
        Err(error) => format!("{error:#}"),
    };
    assert!(error.contains("host:port"), "{error}");
}
