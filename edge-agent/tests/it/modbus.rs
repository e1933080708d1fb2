//! A controller at the other end of a real socket: one that answers, refuses, hangs, lies and leaves.

use std::collections::HashMap;
use std::future::ready;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::civil::time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_modbus::server::Service;
use tokio_modbus::server::tcp::Server;
use tokio_modbus::{ExceptionCode, Request, Response};
use vyavs_domain::reading::{Quality, Reading};
use vyavs_domain::time::StoreTime;
use vyavs_edge_agent::acquire::Context;
use vyavs_edge_agent::acquire::modbus::{self, Buses, ModbusConfig, ModbusError, SensorConfig};
use vyavs_edge_agent::acquire::till::TillSink;
use vyavs_edge_agent::health::{Board, InputState};
use vyavs_edge_agent::outbox::{Outbox, Request as OutboxRequest};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::{Lifecycle, Pulse};
use vyavs_wire::record::Record;

const PATIENCE: Duration = Duration::from_secs(10);

/// Registers by address; one that is absent is refused with `refusal`.
#[derive(Clone)]
struct Controller {
    registers: Arc<Mutex<HashMap<u16, u16>>>,
    refusal: ExceptionCode,
}

impl Controller {
    fn new(registers: &[(u16, u16)]) -> Self {
        Self {
            registers: Arc::new(Mutex::new(registers.iter().copied().collect())),
            refusal: ExceptionCode::IllegalDataAddress,
        }
    }

    fn set(&self, address: u16, word: u16) {
        self.registers.lock().expect("no panic").insert(address, word);
    }
}

impl Service for Controller {
    type Request = Request<'static>;
    type Response = Response;
    type Exception = ExceptionCode;
    type Future = std::future::Ready<Result<Response, ExceptionCode>>;

    fn call(&self, request: Request<'static>) -> Self::Future {
        let registers = self.registers.lock().expect("no panic");
        let words = |from: u16, count: u16| {
            (from..from + count)
                .map(|at| registers.get(&at).copied().ok_or(self.refusal))
                .collect::<Result<Vec<_>, _>>()
        };
        ready(match request {
            Request::ReadHoldingRegisters(from, count) => words(from, count).map(Response::ReadHoldingRegisters),
            Request::ReadInputRegisters(from, count) => words(from, count).map(Response::ReadInputRegisters),
            _ => Err(ExceptionCode::IllegalFunction),
        })
    }
}

async fn controller(life: &Lifecycle, controller: Controller) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    life.spawn(async move {
        let accept = |stream: TcpStream, _| ready(Ok(Some((controller.clone(), stream))));
        let _ = Server::new(listener).serve(&accept, |_| {}).await;
    });
    address
}

/// A listener that does `what` with each connection.
async fn odd<F>(life: &Lifecycle, what: impl Fn(TcpStream, usize) -> F + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    life.spawn(async move {
        let mut count = 0;
        while let Ok((stream, _)) = listener.accept().await {
            what(stream, count).await;
            count += 1;
        }
    });
    address
}

struct Input {
    board: Board,
    readings: mpsc::Receiver<Reading>,
    requests: mpsc::Receiver<OutboxRequest>,
}

fn config(address: SocketAddr, template: &str, points: &[&str]) -> ModbusConfig {
    let sensor = |point: &&str| SensorConfig {
        point: (*point).to_owned(),
        id: format!("fridge-1.{point}").parse().expect("a name"),
        name: format!("Dairy fridge, {point}"),
        low: Some(-1.0),
        high: Some(5.0),
    };
    ModbusConfig {
        period_ms: 50,
        timeout_ms: 300,
        sensors: points.iter().map(sensor).collect(),
        ..ModbusConfig::new("fridge-1", &address.to_string(), template)
    }
}

fn start(life: &Lifecycle, config: ModbusConfig) -> Input {
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, requests) = Outbox::channel(8);
    let (tx, readings) = mpsc::channel(64);
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let handle = board.input(&config.name, "modbus");
    life.spawn(async move {
        modbus::run(config, Buses::default(), ctx, tx, handle, Pulse::default()).await.expect("it does not end");
    });
    Input { board, readings, requests }
}

impl Input {
    async fn next(&mut self) -> Reading {
        tokio::time::timeout(PATIENCE, self.readings.recv()).await.expect("a reading in time").expect("open")
    }

    /// The next reading of that quality; the board says why.
    async fn until(&mut self, quality: Quality) -> (Reading, String) {
        loop {
            let reading = self.next().await;
            if reading.quality == quality {
                let sensor = self.board.status().sensors.into_iter().find(|sensor| sensor.id == reading.sensor);
                let why = sensor.and_then(|sensor| sensor.detail).unwrap_or_default();
                return (reading, why);
            }
        }
    }
}

#[tokio::test]
async fn a_controller_is_read_through_its_template() {
    let (life, wire) = (Lifecycle::new(), Lifecycle::new());
    let device = Controller::new(&[(2006, 2), (2529, 0xff47), (2530, 45)]);
    let address = controller(&wire, device.clone()).await;
    let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air", "air_out", "door"]));
    let Some(OutboxRequest::Append(declared)) = input.requests.recv().await else { panic!("declared") };
    let Record::SensorV1(sensor) = &declared.records[0] else { panic!("a channel") };
    assert_eq!(
        (sensor.id.as_str(), sensor.name.as_str(), sensor.high),
        ("fridge-1.air", "Dairy fridge, air", Some(5.0))
    );
    assert_eq!(declared.records.len(), 3, "the defrost state is read, not declared");
    let round = [input.next().await, input.next().await, input.next().await];
    assert_eq!(
        round.map(|reading| (reading.value, reading.quality)),
        [(-18.5, Quality::Good), (4.5, Quality::Good), (0.0, Quality::Good)]
    );
    device.set(2006, 14);
    let (reading, why) = input.until(Quality::Suspect).await;
    assert_eq!((reading.value, why.as_str()), (-18.5, "the device defrosts"));
    let status = input.board.status();
    assert_eq!(status.inputs[0].state, InputState::Running);
    assert!(status.inputs[0].last_bytes.contains("holding 2529: ff47 002d"), "{}", status.inputs[0].last_bytes);
    assert_eq!(status.sensors[0].name, "Dairy fridge, air");
    assert!(life.shutdown(PATIENCE).await);
}

#[tokio::test]
async fn each_exception_is_named_and_spoils_only_its_own_points() {
    for (refusal, want) in [
        (ExceptionCode::IllegalFunction, "exception 1, illegal function"),
        (ExceptionCode::IllegalDataAddress, "exception 2, illegal data address"),
        (ExceptionCode::IllegalDataValue, "exception 3, illegal data value"),
        (ExceptionCode::ServerDeviceFailure, "exception 4, server device failure"),
        (ExceptionCode::GatewayTargetDevice, "exception 11, gateway target device"),
    ] {
        let life = Lifecycle::new();
        // `product` (PNU 2702) is not there; `air` and `air_out` share a request.
        let device = Controller { refusal, ..Controller::new(&[(2006, 2), (2529, 30), (2530, 31)]) };
        let address = controller(&life, device).await;
        let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air", "air_out", "product"]));
        assert_eq!(input.next().await.value, 3.0);
        assert_eq!(input.next().await.value, 3.1);
        let (reading, why) = input.until(Quality::Bad).await;
        assert_eq!(reading.sensor.as_str(), "fridge-1.product");
        assert!(why.contains(want) && why.contains("2701"), "{why}");
        assert_eq!(input.next().await.quality, Quality::Good, "the connection stays");
        assert_eq!(input.board.status().inputs[0].restarts, 0);
    }
}

#[tokio::test]
async fn one_missing_register_does_not_take_its_neighbours_along() {
    let life = Lifecycle::new();
    let device = Controller::new(&[(2006, 2), (2529, 30), (2531, 32)]);
    let address = controller(&life, device.clone()).await;
    let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air", "air_out", "thermostat"]));
    let mut round = Vec::new();
    for _ in 0..3 {
        let reading = input.next().await;
        round.push((reading.value.to_string(), reading.quality));
    }
    let want = [("3", Quality::Good), ("NaN", Quality::Bad), ("3.2", Quality::Good)];
    assert_eq!(round, want.map(|(value, quality)| (value.to_owned(), quality)));
    device.set(2530, 31);
    while input.until(Quality::Good).await.0.sensor.as_str() != "fridge-1.air_out" {}
}

#[tokio::test]
async fn a_counter_says_what_was_added() {
    let life = Lifecycle::new();
    let device = Controller::new(&[(0, 0), (1, 1500), (10, 0), (11, 100)]);
    let address = controller(&life, device.clone()).await;
    let mut input = start(&life, config(address, "generic-meter", &["power", "footfall"]));
    assert_eq!(input.next().await.value, 1500.0);
    device.set(11, 107);
    let mut people = 0.0;
    while people < 7.0 {
        let reading = input.next().await;
        if reading.sensor.as_str() == "fridge-1.footfall" {
            people += reading.value;
        }
    }
    assert_eq!(people, 7.0);
}

#[tokio::test]
async fn a_device_that_hangs_is_given_up_and_tried_again() {
    let life = Lifecycle::new();
    let device = Controller::new(&[(2006, 2), (2529, 30)]);
    let real = controller(&life, device).await;
    // The first connection is never answered, the second is passed on to a device that works.
    let held = Arc::new(Mutex::new(Vec::new()));
    let address = odd(&life, move |mut stream, count| {
        let held = held.clone();
        async move {
            if count == 0 {
                held.lock().expect("no panic").push(stream);
            } else {
                let mut to = TcpStream::connect(real).await.expect("it listens");
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut to).await;
            }
        }
    })
    .await;
    let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air"]));
    let (reading, why) = input.until(Quality::Bad).await;
    assert!(reading.value.is_nan() && why == "no answer within 300 ms", "{why}");
    let (reading, why) = input.until(Quality::Good).await;
    assert_eq!((reading.value, why.as_str()), (3.0, ""));
    assert_eq!(input.board.status().inputs[0].state, InputState::Running);
}

#[tokio::test]
async fn garbage_is_no_reading() {
    let whole = |pdu: &[u8], request: &[u8], unit: u8| {
        let mut frame = request[..4].to_vec();
        frame.extend_from_slice(&(pdu.len() as u16 + 1).to_be_bytes());
        frame.push(unit);
        frame.extend_from_slice(pdu);
        frame
    };
    type Answer = Box<dyn Fn(&[u8]) -> Vec<u8> + Send + Sync>;
    let lies: Vec<(&str, Answer)> = vec![
        ("not Modbus", Box::new(|_| b"HTTP/1.1 400 Bad Request\r\nServer: thing\r\n\r\n".to_vec())),
        ("not Modbus", Box::new(|_| vec![0xff; 64])),
        ("not Modbus", Box::new(|_| vec![0; 64])),
        ("not Modbus", Box::new(|_| vec![1; 300])),
        ("not Modbus", Box::new(move |request| whole(&[3, 200, 0, 1], request, 1))),
        ("belongs to another question", Box::new(move |request| whole(&[3, 2, 0, 45], request, 9))),
        (
            "belongs to another question",
            Box::new(move |request| {
                let mut frame = whole(&[3, 2, 0, 45], request, 1);
                frame[1] ^= 0x55;
                frame
            }),
        ),
        ("of another function", Box::new(move |request| whole(&[4, 2, 0, 45], request, 1))),
        (
            "1 registers asked for at 2006, 2 answered",
            Box::new(move |request| whole(&[3, 4, 0, 45, 0, 46], request, 1)),
        ),
        ("no answer within 300 ms", Box::new(move |request| whole(&[3, 2, 0, 45], request, 1)[..8].to_vec())),
        ("closed the connection", Box::new(|_| Vec::new())),
    ];
    for (want, lie) in lies {
        let life = Lifecycle::new();
        let lie = Arc::new(lie);
        let address = odd(&life, move |mut stream, _| {
            let lie = lie.clone();
            async move {
                let mut request = [0; 12];
                if stream.read_exact(&mut request).await.is_ok() {
                    let answer = lie(&request);
                    let _ = stream.write_all(&answer).await;
                    if !answer.is_empty() {
                        let _ = tokio::time::timeout(PATIENCE, stream.read(&mut request)).await;
                    }
                }
            }
        })
        .await;
        let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air"]));
        let (reading, why) = input.until(Quality::Bad).await;
        assert!(reading.value.is_nan() && why.contains(want), "{why:?} does not say {want:?}");
        assert_eq!(input.board.status().inputs[0].state, InputState::BackingOff);
    }
}

#[tokio::test]
async fn a_device_that_leaves_is_bad_at_once_and_good_when_it_is_back() {
    let life = Lifecycle::new();
    let first = Lifecycle::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let device = Controller::new(&[(2006, 2), (2529, 30)]);
    let serve = |listener: TcpListener, device: Controller, stop: tokio_util::sync::CancellationToken| async move {
        let accept = |stream: TcpStream, _| ready(Ok(Some((device.clone(), stream))));
        let server = Server::new(listener);
        tokio::select! {
            () = stop.cancelled() => {}
            _ = server.serve(&accept, |_| {}) => {}
        }
    };
    first.spawn(serve(listener, device.clone(), first.stop_token()));
    let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air"]));
    for _ in 0..2 {
        assert_eq!(input.until(Quality::Good).await.0.value, 3.0);
    }
    assert!(first.shutdown(PATIENCE).await);
    let (reading, why) = input.until(Quality::Bad).await;
    assert_eq!(reading.value, 3.0, "the last good one, marked");
    assert!(!why.is_empty());
    device.set(2529, 31);
    let listener = TcpListener::bind(address).await.expect("the port is free again");
    life.spawn(serve(listener, device, life.stop_token()));
    assert_eq!(input.until(Quality::Good).await.0.value, 3.1);
    assert!(input.board.status().inputs[0].restarts > 0);
}

#[tokio::test]
async fn an_unknown_template_ends_the_input_with_the_known_names() {
    let time = Arc::new(StoreTime::new("Europe/London", time(4, 0, 0, 0)).expect("a zone"));
    let currency = "GBP".parse().expect("a currency");
    let board = Board::new(Clock::system(), time.clone(), currency);
    let (outbox, _requests) = Outbox::channel(8);
    let (tx, _readings) = mpsc::channel(1);
    let life = Lifecycle::new();
    let ctx =
        Context { outbox, time, currency, till: TillSink::default(), clock: Clock::system(), stop: life.stop_token() };
    let config = ModbusConfig::new("fridge-1", "127.0.0.1:1", "danfos");
    let error = modbus::run(config, Buses::default(), ctx, tx, board.input("fridge-1", "modbus"), Pulse::default())
        .await
        .expect_err("unknown");
    assert!(matches!(&error, ModbusError::Template { .. }));
    let text = error.to_string();
    assert!(text.contains("fridge-1") && text.contains("danfoss-ak-cc55, eastron-sdm630, generic-meter"), "{text}");
}

/// The answers in captured Modbus traffic (one capture is fuzzed) thrown at the reader: never a value, never a panic.
#[tokio::test]
async fn captured_and_fuzzed_traffic_never_breaks_the_reader() {
    let data = std::env::var_os("VYAVS_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        std::path::PathBuf::from,
    );
    let dir = data.join("device_bytes/modbus");
    if !dir.is_dir() {
        println!("skipped: {} is not there (set VYAVS_DATA)", dir.display());
        return;
    }
    let mut seen = 0;
    for file in std::fs::read_dir(&dir).expect("readable") {
        let path = file.expect("readable").path();
        if path.extension().is_none_or(|extension| extension != "pcap") {
            continue;
        }
        // Not taken apart: the capture's own framing is garbage too, and garbage is what is wanted here.
        let bytes = Arc::new(std::fs::read(&path).expect("readable"));
        seen += 1;
        let life = Lifecycle::new();
        let address = odd(&life, move |mut stream, count| {
            let bytes = bytes.clone();
            async move {
                let mut request = [0; 12];
                let _ = stream.read_exact(&mut request).await;
                // Each connection begins at another place, under the transaction id the reader waits for.
                let from = count * 97 % bytes.len();
                let mut answer = bytes[from..].to_vec();
                let id = answer.len().min(2);
                answer[..id].copy_from_slice(&request[..id]);
                let _ = stream.write_all(&answer).await;
                let _ = stream.shutdown().await;
            }
        })
        .await;
        let mut input = start(&life, config(address, "danfoss-ak-cc55", &["air"]));
        let (_, why) = input.until(Quality::Bad).await;
        assert!(!why.is_empty(), "{}", path.display());
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert!(input.board.status().inputs[0].restarts > 1, "it goes on trying");
    }
    assert!(seen > 0);
}
