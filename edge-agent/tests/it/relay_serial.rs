//! The relay between two serial lines: what goes in comes out, both ways, whatever is pulled out meanwhile.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use vyavs_bridge::pty::Pty;
use vyavs_edge_agent::relay::{PrinterEnd, Relay, RelayConfig, TapAddress, TillEnd};
use vyavs_service::lifecycle::Lifecycle;
use vyavs_wire::record::TillEventKindV1;

use crate::printer::{Agent, Disk, PATIENCE, Printer, events, numbers, ticket, until};

/// A relay on its own thread and runtime, as in its own process; the address, where it listens on one.
fn relay(listen: &str, printer: &str, tap: &Path, stop: &CancellationToken) -> Option<std::net::SocketAddr> {
    let listen: TillEnd = listen.parse().expect("an end");
    let printer: PrinterEnd = printer.parse().expect("an end");
    let mut config =
        RelayConfig::new("till-1".parse().expect("a name"), listen, printer, TapAddress::Path(tap.to_owned()));
    (config.idle_ms, config.after_cut_ms) = (400, 60);
    let stop = stop.clone();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let relay = Relay::bind(config).await.expect("bound");
            tell.send(relay.address().ok()).expect("somebody waits");
            relay.run(stop).await.expect("it ran");
        });
    });
    let address = told.recv().expect("it runs");
    // A line that is opened throws away what stood in it before; the till here speaks as soon as it may.
    if address.is_none() {
        std::thread::sleep(Duration::from_secs(1));
    }
    address
}

fn serial(line: &Pty) -> String {
    format!("serial:{},19200", line.path().display())
}

/// A printer on a line: keeps what it prints and says a word for every cut.
struct SerialPrinter {
    paper: Arc<Mutex<Vec<u8>>>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl SerialPrinter {
    fn start(line: Pty, paper: &Arc<Mutex<Vec<u8>>>) -> Self {
        Self::with(line, paper, 1, usize::MAX)
    }

    /// Says so many words a cut, and loses its plug when so many bytes are on the paper.
    fn with(mut line: Pty, paper: &Arc<Mutex<Vec<u8>>>, words: usize, ends_at: usize) -> Self {
        let (kept, stop) = (paper.clone(), CancellationToken::new());
        let ended = stop.clone();
        let task = Lifecycle::new().spawn(async move {
            let mut bytes = [0; 512];
            loop {
                let count = tokio::select! {
                    () = ended.cancelled() => return,
                    read = line.read(&mut bytes) => match read { Ok(count @ 1..) => count, _ => return },
                };
                let cuts = bytes[..count].windows(2).filter(|pair| pair == b"\x1dV").count();
                let printed = {
                    let mut kept = kept.lock().expect("not poisoned");
                    kept.extend_from_slice(&bytes[..count]);
                    kept.len()
                };
                if printed >= ends_at {
                    return;
                }
                if line.write_all(&vec![0x12; cuts * words]).await.is_err() {
                    return;
                }
            }
        });
        Self { paper: paper.clone(), stop, task }
    }

    fn printed(&self) -> Vec<u8> {
        self.paper.lock().expect("not poisoned").clone()
    }

    /// The plug is pulled.
    async fn pull(self) {
        self.stop.cancel();
        self.task.await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_serial_till_prints_verbatim_hears_the_printer_and_its_receipts_are_read() {
    let (life, dir, disk) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"), Disk::default());
    let (mut till, line) = (Pty::open().expect("a line"), Pty::open().expect("a line"));
    let tap = dir.path().join("tap");
    relay(&serial(&till), &serial(&line), &tap, &life.stop_token());
    let printer = SerialPrinter::start(line, &Arc::default());
    let agent = Agent::start(&life, &tap, &disk, Duration::ZERO);
    // A picture with every byte there is stands before the tickets.
    let picture: Vec<u8> = b"\x1dv0\x00\x20\x00\x08\x00".iter().copied().chain(0..=255).collect();
    let mut sent = picture;
    for number in 1..=3 {
        sent.extend(ticket(number));
    }
    for piece in sent.chunks(37) {
        till.write_all(piece).await.expect("taken");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    until("all is printed", || printer.printed().len() >= sent.len()).await;
    assert_eq!(printer.printed(), sent);
    let mut status = [0; 3];
    tokio::time::timeout(PATIENCE, till.read_exact(&mut status)).await.expect("in time").expect("read");
    assert_eq!(status, [0x12; 3], "the printer's words come back");
    until("the receipts are stored", || numbers(&disk) == [1, 2, 3]).await;
    assert!(events(&disk).iter().all(|kind| !matches!(kind, TillEventKindV1::TapLoss(..))));
    agent.kill();
    life.stop_token().cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_agent_dead_or_hung_a_serial_till_prints_all_the_same() {
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    for hung in [false, true] {
        let tap = dir.path().join(format!("tap-{hung}"));
        // Takes the connection and never reads.
        let held = hung.then(|| tokio::net::UnixListener::bind(&tap).expect("a socket"));
        let (mut till, line) = (Pty::open().expect("a line"), Pty::open().expect("a line"));
        relay(&serial(&till), &serial(&line), &tap, &life.stop_token());
        let printer = SerialPrinter::start(line, &Arc::default());
        let sent: Vec<u8> = (1..=400).flat_map(ticket).collect();
        for (piece, bytes) in sent.chunks(4_000).enumerate() {
            till.write_all(bytes).await.expect("taken");
            let until_now = (4_000 * (piece + 1)).min(sent.len());
            until("it is printed", || printer.printed().len() >= until_now).await;
        }
        assert!(printer.printed() == sent, "hung: {hung}");
        drop(held);
    }
    life.stop_token().cancel();
}

/// A line behind a name that outlives it, as `/dev/serial/by-id` has them.
fn plug(name: &PathBuf) -> Pty {
    let line = Pty::open().expect("a line");
    let _ = std::fs::remove_file(name);
    std::os::unix::fs::symlink(line.path(), name).expect("linked");
    line
}

/// Far more than all lines between till and paper hold.
fn many_tickets() -> Vec<u8> {
    (1..=2_000).flat_map(ticket).collect()
}

/// A till that prints as fast as its line takes it, and has its line back when it is done.
fn printing(mut till: Pty, job: &[u8]) -> tokio::task::JoinHandle<Pty> {
    let job = job.to_vec();
    Lifecycle::new().spawn(async move {
        till.write_all(&job).await.expect("taken");
        till
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_printer_that_is_off_makes_the_till_wait_and_loses_nothing() {
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let till = Pty::open().expect("a line");
    let name = dir.path().join("printer");
    let end = format!("serial:{}", name.display());
    relay(&serial(&till), &end, &dir.path().join("tap"), &life.stop_token());
    let (sent, paper) = (many_tickets(), Arc::default());
    // Not there at all, and there but off: nobody takes what the line holds.
    let absent = printing(till, &sent);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!absent.is_finished(), "{} bytes are more than the lines hold: the till waits", sent.len());
    let printer = SerialPrinter::start(plug(&name), &paper);
    until("all is printed", || printer.printed().len() >= sent.len()).await;
    assert!(printer.printed() == sent, "in order, from the first byte");
    let till = absent.await.expect("no panic");
    printer.pull().await;
    std::fs::remove_file(&name).expect("linked before");
    let off = plug(&name);
    let waiting = printing(till, &sent);
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!waiting.is_finished(), "the till waits for a printer that is off");
    let printer = SerialPrinter::start(off, &paper);
    until("all is printed", || printer.printed().len() >= 2 * sent.len()).await;
    assert!(printer.printed()[sent.len()..] == sent, "in order, from the first byte");
    let mut till = waiting.await.expect("no panic");
    // Pulled out between two jobs.
    printer.pull().await;
    std::fs::remove_file(&name).expect("linked before");
    till.write_all(b"after the pause\n").await.expect("the line takes it");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let printer = SerialPrinter::start(plug(&name), &paper);
    until("it prints again", || printer.printed().ends_with(b"after the pause\n")).await;
    assert_eq!(printer.printed().len(), 2 * sent.len() + b"after the pause\n".len());
    life.stop_token().cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_plug_pulled_while_it_prints_costs_what_the_line_held_and_no_more() {
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let till = Pty::open().expect("a line");
    let name = dir.path().join("printer");
    let end = format!("serial:{}", name.display());
    relay(&serial(&till), &end, &dir.path().join("tap"), &life.stop_token());
    let (sent, paper) = (many_tickets(), Arc::default());
    let printer = SerialPrinter::with(plug(&name), &paper, 1, sent.len() / 4);
    let job = printing(till, &sent);
    tokio::time::timeout(PATIENCE, printer.task).await.expect("in time").expect("no panic");
    let before = paper.lock().expect("not poisoned").len();
    assert!((sent.len() / 4..sent.len() / 2).contains(&before), "it was still printing");
    std::fs::remove_file(&name).expect("linked before");
    let printer = SerialPrinter::start(plug(&name), &paper);
    until("its end is printed", || printer.printed().ends_with(&ticket(2_000))).await;
    let printed = printer.printed();
    assert!(sent.starts_with(&printed[..before]) && sent.ends_with(&printed[before..]), "one gap, at the plug");
    // A pseudo-terminal holds some 70 kB; an adapter has less.
    let lost = sent.len() - printed.len();
    assert!(lost <= 80 * 1024, "{lost} bytes");
    job.await.expect("no panic");
    life.stop_token().cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_that_never_listens_stops_neither_the_printer_nor_the_paper() {
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let sent = many_tickets();
    // 400,000 words of status: nothing between printer and till holds so many.
    let (till, line) = (Pty::open().expect("a line"), Pty::open().expect("a line"));
    relay(&serial(&till), &serial(&line), &dir.path().join("a"), &life.stop_token());
    let printer = SerialPrinter::with(line, &Arc::default(), 200, usize::MAX);
    let job = printing(till, &sent);
    until("all is printed", || printer.printed().len() >= sent.len()).await;
    assert!(printer.printed() == sent, "from a serial till");
    job.await.expect("no panic");

    let line = Pty::open().expect("a line");
    let address = relay("127.0.0.1:0", &serial(&line), &dir.path().join("b"), &life.stop_token()).expect("an address");
    let printer = SerialPrinter::with(line, &Arc::default(), 200, usize::MAX);
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4_096).expect("set");
    let mut till = socket.connect(address).await.expect("the relay listens");
    tokio::time::timeout(PATIENCE, till.write_all(&sent)).await.expect("in time").expect("taken");
    till.shutdown().await.expect("half-closed");
    until("all is printed", || printer.printed().len() >= sent.len()).await;
    assert!(printer.printed() == sent, "from a till on the network");
    life.stop_token().cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_line_that_is_pulled_out_is_found_again() {
    let (life, dir, disk) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"), Disk::default());
    let tap = dir.path().join("tap");
    let name = dir.path().join("till");
    let line = Pty::open().expect("a line");
    let end = format!("serial:{},9600,8N1,none", name.display());
    relay(&end, &serial(&line), &tap, &life.stop_token());
    let printer = SerialPrinter::start(line, &Arc::default());
    let agent = Agent::start(&life, &tap, &disk, Duration::ZERO);
    for number in 1..=3 {
        let mut till = plug(&name);
        let job = ticket(number);
        let before = printer.printed().len();
        // Until the relay has opened it, the line throws away what comes; a till that prints again is a till.
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        till.write_all(&job).await.expect("taken");
        until("it is printed", || printer.printed().len() >= before + job.len()).await;
        assert_eq!(printer.printed()[before..], job);
    }
    until("the receipts are stored", || numbers(&disk) == [1, 2, 3]).await;
    agent.kill();
    life.stop_token().cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_serial_till_prints_on_a_network_printer_and_a_network_till_on_a_serial_one() {
    let (life, dir) = (Lifecycle::new(), tempfile::tempdir().expect("a directory"));
    let mut till = Pty::open().expect("a line");
    let printer = Printer::start(&life).await;
    relay(&serial(&till), &printer.address.to_string(), &dir.path().join("a"), &life.stop_token());
    let job = ticket(7);
    till.write_all(&job).await.expect("taken");
    until("it is printed", || printer.printed().len() >= job.len()).await;
    assert_eq!(printer.printed(), job);

    let line = Pty::open().expect("a line");
    let end = serial(&line);
    let serial_printer = SerialPrinter::start(line, &Arc::default());
    let address = relay("127.0.0.1:0", &end, &dir.path().join("b"), &life.stop_token()).expect("an address");
    // Two tills at once: one job after the other, never mixed.
    let print = async |number: u32| {
        let mut stream = TcpStream::connect(address).await.expect("the relay listens");
        for piece in ticket(number).chunks(20) {
            stream.write_all(piece).await.expect("taken");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stream.shutdown().await.expect("half-closed");
        let mut words = Vec::new();
        stream.read_to_end(&mut words).await.expect("readable");
        words
    };
    let (first, second) =
        tokio::time::timeout(PATIENCE, async { tokio::join!(print(1), print(2)) }).await.expect("in time");
    assert_eq!((first, second), (vec![0x12], vec![0x12]));
    let printed = serial_printer.printed();
    let (one, two) = (ticket(1), ticket(2));
    assert!(printed == [one.clone(), two.clone()].concat() || printed == [two, one].concat());
    serial_printer.pull().await;
    // The printer is gone: the till is reset, as without the relay.
    let refused = async {
        loop {
            let mut stream = match TcpStream::connect(address).await {
                Ok(stream) => stream,
                // Reset before it was ours.
                Err(error) => return error,
            };
            let told = async {
                stream.write_all(b"hello\n").await?;
                stream.read(&mut [0; 1]).await
            };
            if let Err(error) = told.await {
                return error;
            }
        }
    };
    let error = tokio::time::timeout(PATIENCE, refused).await.expect("in time");
    assert!(matches!(error.kind(), std::io::ErrorKind::ConnectionReset | std::io::ErrorKind::BrokenPipe), "{error}");
    life.stop_token().cancel();
}
