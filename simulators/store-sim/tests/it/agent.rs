//! The other end of the journal wire, as bad as it may be: loses connections before and after it stored, keeps
//! silent, says `busy`. What it stored and acknowledged it never forgets.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What it holds.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// In the order it came first.
    pub(crate) stored: Vec<Value>,
    seen: HashSet<String>,
    /// How often each thing went wrong.
    pub(crate) cut: u32,
    pub(crate) silent: u32,
    pub(crate) busy: u32,
    /// Lines it had already.
    pub(crate) again: u32,
}

/// In a thousand lines.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    pub(crate) cut: u32,
    pub(crate) silent: u32,
    pub(crate) busy: u32,
}

pub(crate) struct Agent {
    pub(crate) address: SocketAddr,
    pub(crate) held: Arc<Mutex<Held>>,
    _tasks: JoinSet<()>,
}

impl Agent {
    pub(crate) async fn start(seed: u64, faults: Faults) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let held = Arc::new(Mutex::new(Held::default()));
        let mut tasks = JoinSet::new();
        let shared = held.clone();
        tasks.spawn(async move {
            let rng = Arc::new(Mutex::new(ChaCha8Rng::seed_from_u64(seed)));
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, shared.clone(), rng.clone(), faults));
            }
        });
        Self { address, held, _tasks: tasks }
    }
}

async fn serve(mut stream: TcpStream, held: Arc<Mutex<Held>>, rng: Arc<Mutex<ChaCha8Rng>>, faults: Faults) {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let mut full = false;
    while let Ok(Some(line)) = lines.next_line().await {
        let answer = {
            let mut held = held.lock().expect("no panic");
            let draw = rng.lock().expect("no panic").next_u32() % 1_000;
            let value: Value = serde_json::from_str(&line).expect("the till writes JSON");
            let id = value["number"].as_str().or(value["id"].as_str()).expect("an id").to_owned();
            if draw < faults.busy || full {
                // A full disk stays full for what was sent behind it.
                full = true;
                held.busy += 1;
                format!("{{\"busy\":\"{id}\"}}\n")
            } else if draw < faults.busy + faults.cut / 2 {
                held.cut += 1;
                return;
            } else {
                if held.seen.insert(id.clone()) {
                    held.stored.push(value);
                } else {
                    held.again += 1;
                }
                if draw < faults.busy + faults.cut {
                    held.cut += 1;
                    return;
                }
                if draw < faults.busy + faults.cut + faults.silent {
                    held.silent += 1;
                    continue;
                }
                format!("{{\"ack\":\"{id}\"}}\n")
            }
        };
        if writer.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}
