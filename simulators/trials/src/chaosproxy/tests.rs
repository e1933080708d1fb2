use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, timeout};
use vyavs_service::lifecycle::Lifecycle;

use super::{Chaos, Direction, Mode};

const SOON: Duration = Duration::from_secs(5);
const NOT_YET: Duration = Duration::from_millis(150);

struct Rig {
    life: Lifecycle,
    chaos: Chaos,
}

impl Rig {
    /// A line to something that repeats what it hears.
    async fn new(seed: u64) -> Self {
        let life = Lifecycle::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let upstream = listener.local_addr().expect("bound");
        let (stop, tasks) = (life.stop_token(), life.clone());
        life.spawn(async move {
            loop {
                let accepted = tokio::select! {
                    () = stop.cancelled() => return,
                    accepted = listener.accept() => accepted,
                };
                let Ok((mut stream, _)) = accepted else { return };
                let stop = stop.clone();
                tasks.spawn(async move {
                    let (mut reader, mut writer) = stream.split();
                    tokio::select! {
                        () = stop.cancelled() => {}
                        _ = tokio::io::copy(&mut reader, &mut writer) => {}
                    }
                });
            }
        });
        let chaos = Chaos::start(upstream, seed, &life).await.expect("a proxy");
        Self { life, chaos }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.chaos.address()).await.expect("the proxy accepts")
    }

    async fn end(self) {
        assert!(self.life.shutdown(SOON).await, "every task ends");
    }
}

async fn echo(stream: &mut TcpStream, text: &[u8]) -> Vec<u8> {
    stream.write_all(text).await.expect("sent");
    let mut back = vec![0; text.len()];
    timeout(SOON, stream.read_exact(&mut back)).await.expect("in time").expect("echoed");
    back
}

#[tokio::test]
async fn a_good_line_hands_on_every_byte_and_the_good_bye() {
    let rig = Rig::new(1).await;
    let mut stream = rig.connect().await;
    let text: Vec<u8> = (0..200_000_u32).map(|n| n as u8).collect();
    let (mut reader, mut writer) = stream.split();
    let mut back = Vec::new();
    let send = async {
        writer.write_all(&text).await.expect("sent");
        writer.shutdown().await.expect("half-closed");
    };
    let (_, read) = tokio::join!(send, timeout(SOON, reader.read_to_end(&mut back)));
    read.expect("in time").expect("a clean end");
    assert!(back == text, "the bytes are the same");
    assert_eq!((rig.chaos.traffic().up, rig.chaos.traffic().down), (200_000, 200_000));
    rig.end().await;
}

#[tokio::test]
async fn latency_delays_each_direction_on_its_own() {
    let rig = Rig::new(2).await;
    let mut stream = rig.connect().await;
    echo(&mut stream, b"warm").await;
    rig.chaos.set(Direction::Up, Mode::Latency(Duration::from_millis(80)));
    let began = Instant::now();
    assert_eq!(echo(&mut stream, b"slow").await, b"slow");
    let one_way = began.elapsed();
    assert!(one_way >= Duration::from_millis(80), "{one_way:?}");
    rig.chaos.set(Direction::Down, Mode::Latency(Duration::from_millis(80)));
    let began = Instant::now();
    assert_eq!(echo(&mut stream, b"slower").await, b"slower");
    assert!(began.elapsed() >= Duration::from_millis(160));
    rig.end().await;
}

#[tokio::test]
async fn a_narrow_line_takes_its_time() {
    let rig = Rig::new(3).await;
    let mut stream = rig.connect().await;
    rig.chaos.set(Direction::Up, Mode::Bandwidth(20_000));
    let began = Instant::now();
    let text = vec![7; 10_000];
    assert_eq!(echo(&mut stream, &text).await, text);
    let took = began.elapsed();
    assert!((Duration::from_millis(400)..Duration::from_secs(3)).contains(&took), "{took:?}");
    rig.end().await;
}

#[tokio::test]
async fn a_stalled_line_loses_nothing() {
    let rig = Rig::new(4).await;
    let mut stream = rig.connect().await;
    echo(&mut stream, b"warm").await;
    rig.chaos.set(Direction::Down, Mode::Stall);
    stream.write_all(b"late").await.expect("sent");
    let mut back = [0; 4];
    assert!(timeout(NOT_YET, stream.read_exact(&mut back)).await.is_err(), "stalled");
    rig.chaos.heal();
    timeout(SOON, stream.read_exact(&mut back)).await.expect("in time").expect("it comes");
    assert_eq!(&back, b"late");
    rig.end().await;
}

#[tokio::test]
async fn a_reset_is_seen_and_a_new_connection_is_welcome() {
    let rig = Rig::new(5).await;
    let mut stream = rig.connect().await;
    echo(&mut stream, b"warm").await;
    rig.chaos.reset();
    let mut byte = [0; 1];
    let read = timeout(SOON, stream.read(&mut byte)).await.expect("seen at once");
    assert_eq!(read.expect_err("no clean end").kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(echo(&mut rig.connect().await, b"again").await, b"again");
    rig.end().await;
}

#[tokio::test]
async fn a_cut_line_refuses_until_it_is_healed() {
    let rig = Rig::new(6).await;
    let mut stream = rig.connect().await;
    echo(&mut stream, b"warm").await;
    rig.chaos.cut();
    let mut byte = [0; 1];
    assert!(timeout(SOON, stream.read(&mut byte)).await.expect("seen at once").is_err());
    let mut refused = rig.connect().await;
    let read = timeout(SOON, refused.read(&mut byte)).await.expect("seen at once");
    assert!(matches!(read, Err(_) | Ok(0)), "{read:?}");
    rig.chaos.heal();
    assert_eq!(echo(&mut rig.connect().await, b"back").await, b"back");
    rig.end().await;
}

#[tokio::test]
async fn half_open_swallows_old_and_new_connections_and_ends_in_a_reset() {
    let rig = Rig::new(7).await;
    let mut old = rig.connect().await;
    echo(&mut old, b"warm").await;
    rig.chaos.half_open();
    let mut new = rig.connect().await;
    let mut byte = [0; 1];
    for stream in [&mut old, &mut new] {
        stream.write_all(b"anybody?").await.expect("it looks alive");
        assert!(timeout(NOT_YET, stream.read(&mut byte)).await.is_err(), "nobody answers");
    }
    let before = rig.chaos.traffic();
    rig.chaos.heal();
    for stream in [&mut old, &mut new] {
        let read = timeout(SOON, stream.read(&mut byte)).await.expect("seen at once");
        assert!(read.is_err(), "what was swallowed cannot be given back, so the connection must not go on: {read:?}");
    }
    assert_eq!(rig.chaos.traffic().up, before.up);
    assert_eq!(echo(&mut rig.connect().await, b"back").await, b"back");
    rig.end().await;
}

#[tokio::test]
async fn a_corrupted_byte_is_one_bit_and_the_same_for_the_same_seed() {
    let spoilt = async |seed| {
        let rig = Rig::new(seed).await;
        let mut stream = rig.connect().await;
        rig.chaos.corrupt(Direction::Up);
        let back = echo(&mut stream, &[0; 64]).await;
        let bits: u32 = back.iter().map(|byte| byte.count_ones()).sum();
        assert_eq!((bits, rig.chaos.traffic().corrupted), (1, 1));
        assert_eq!(echo(&mut stream, &[0; 64]).await, [0; 64], "once");
        rig.end().await;
        back
    };
    assert_eq!(spoilt(8).await, spoilt(8).await);
    assert_ne!(spoilt(8).await, spoilt(9).await);
}
