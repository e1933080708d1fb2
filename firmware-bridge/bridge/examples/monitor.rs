//! Watches a board: `cargo run -p vyavs-bridge --example monitor -- /dev/ttyUSB0 [baud] [--bytes]`.
//!
//! It is the board's host while it runs: what it prints is taken as kept, so the agent must not be running.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::mpsc;
use vyavs_bridge::host::{Input, Output};
use vyavs_bridge::link::{self, LinkConfig, Told};
use vyavs_bridge::port::{Flow, LineCode, PortConfig};

#[expect(clippy::disallowed_methods, reason = "an example has no service around it")]
fn wall_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let bytes = args.iter().position(|arg| arg == "--bytes").map(|at| args.remove(at)).is_some();
    let Some(path) = args.first() else { return Err("usage: monitor PORT [BAUD] [--bytes]".into()) };
    let baud = args.get(1).map_or(Ok(115_200), |text| text.parse())?;
    let port = PortConfig { path: PathBuf::from(path), baud, line: LineCode::PLAIN, flow: Flow::None };
    let (say, said) = mpsc::channel(64);
    let (tell, mut told) = mpsc::channel(64);
    let link = link::run(LinkConfig::new(port, std::process::id()), wall_us, said, tell);
    let printing = async {
        while let Some(one) = told.recv().await {
            match one {
                Told::Heard(heard) if bytes => println!("< {heard:02x?}"),
                Told::Said(said) if bytes => println!("> {said:02x?}"),
                Told::Heard(_) | Told::Said(_) => {}
                Told::Board(Output::Readings(batch)) => {
                    for (number, reading) in (batch.first..).zip(&batch.readings) {
                        let at_s = reading.at_us as f64 / 1e6;
                        let value = f64::from(reading.value) / 1e3;
                        println!(
                            "{at_s:.3} #{number} channel {} = {value} quality {}",
                            reading.channel, reading.quality
                        );
                    }
                    say.send(Input::Kept { boot: batch.boot, next: batch.next() }).await?;
                }
                Told::Board(Output::Event(event)) => {
                    println!("event {event:?}");
                    say.send(Input::EventKept { boot: event.boot, id: event.id }).await?;
                }
                other => println!("{other:?}"),
            }
        }
        Ok::<(), Box<dyn std::error::Error>>(())
    };
    tokio::select! {
        ended = link => Ok(ended?),
        printed = printing => printed,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}
