//! Tills that ring up receipts at a given pace, or as fast as they are acknowledged, onto the journal wire.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval, sleep, timeout};

/// What one till rings up.
#[derive(Clone, Debug)]
pub struct Feed {
    /// Receipts.
    pub receipts: u64,
    /// Lines on each.
    pub lines: u32,
    /// The first receipt's number; they are counted up from it.
    pub from: u64,
    /// When the first was closed; the others follow every [`BETWEEN`].
    pub begins: Timestamp,
    /// Receipts that may be unacknowledged.
    pub window: usize,
    /// How often a receipt is rung up; `None` is at once.
    pub every: Option<Duration>,
}

/// Between two receipts of a till, in its own time.
pub const BETWEEN: SignedDuration = SignedDuration::from_secs(20);

/// Items on the shelf.
const ITEMS: u64 = 3_000;
/// A till that is not answered for so long gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cheap noise, the same in every run.
fn noise(n: u64) -> u64 {
    let mut x = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

fn pence(minor: u64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

impl Feed {
    /// The line of JSON of the receipt at `place`.
    fn line(&self, place: u64, into: &mut String) {
        let (number, mut total, mut lines) = (self.from + place, 0, String::new());
        for line in 0..self.lines {
            let dice = noise(number * 1_000 + u64::from(line));
            let (item, price, quantity) = (dice % ITEMS, 1 + dice % 1_999, 1 + (dice >> 40) % 4);
            total += price * quantity;
            let comma = if line == 0 { "" } else { "," };
            let _ = write!(
                lines,
                "{comma}{{\"sku\":\"{:06}\",\"name\":\"ITEM NUMBER {item} OF THE SHELF\",\"quantity\":\"{quantity}\",\"unit_price\":\"{}\"}}",
                100_000 + item,
                pence(price)
            );
        }
        let at = self.begins + BETWEEN * i32::try_from(place).unwrap_or(i32::MAX);
        let at = at.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let total = pence(total);
        let _ = writeln!(
            into,
            "{{\"type\":\"receipt\",\"number\":\"{number}\",\"kind\":\"sale\",\"at\":\"{at:.0}\",\"currency\":\"GBP\",\"total\":\"{total}\",\
             \"tenders\":[{{\"kind\":\"card\",\"amount\":\"{total}\"}}],\"lines\":[{lines}]}}"
        );
    }

    /// Rings them up; ends when all are acknowledged. How long each took from the wire to its acknowledgement, in order.
    pub async fn run(&self, to: SocketAddr) -> anyhow::Result<Vec<Duration>> {
        let called = Instant::now();
        let stream = loop {
            match TcpStream::connect(to).await {
                Ok(stream) => break stream,
                // An agent is ready a moment before its inputs listen.
                Err(_) if called.elapsed() < PATIENCE / 10 => sleep(Duration::from_millis(5)).await,
                Err(error) => return Err(error).with_context(|| format!("no agent listens on {to}")),
            }
        };
        stream.set_nodelay(true)?;
        let (read, mut write) = stream.into_split();
        let mut answers = BufReader::new(read).lines();
        let mut pace = interval(self.every.unwrap_or(Duration::from_micros(1)));
        let mut waiting: VecDeque<(u64, Instant)> = VecDeque::new();
        let mut took = Vec::with_capacity(usize::try_from(self.receipts).unwrap_or(0));
        let (mut next, mut text) = (0, String::new());
        while next < self.receipts || !waiting.is_empty() {
            while self.every.is_none() && next < self.receipts && waiting.len() < self.window {
                self.line(next, &mut text);
                waiting.push_back((next, Instant::now()));
                next += 1;
            }
            if !text.is_empty() {
                timeout(PATIENCE, write.write_all(text.as_bytes())).await.context("the agent takes no receipts")??;
                text.clear();
            }
            tokio::select! {
                answer = timeout(PATIENCE, answers.next_line()), if !waiting.is_empty() => {
                    let answer = answer.context("the agent acknowledges nothing")??.context("the agent hung up")?;
                    let Some((place, began)) = waiting.pop_front() else { continue };
                    let wanted = format!("{{\"ack\":\"{}\"}}", self.from + place);
                    if answer != wanted {
                        bail!("the agent answered {answer}, expected {wanted}");
                    }
                    took.push(began.elapsed());
                }
                _ = pace.tick(), if self.every.is_some() && next < self.receipts && waiting.len() < self.window => {
                    self.line(next, &mut text);
                    waiting.push_back((next, Instant::now()));
                    next += 1;
                }
            }
        }
        Ok(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn feed(receipts: u64) -> Feed {
        let begins = "2026-03-07T08:00:00Z".parse().expect("a time");
        Feed { receipts, lines: 3, from: 500, begins, window: 2, every: None }
    }

    #[test]
    fn a_receipt_adds_up() {
        let mut text = String::new();
        feed(1).line(1, &mut text);
        let receipt: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let number = |value: &serde_json::Value| value.as_str().expect("a text").parse::<f64>().expect("a number");
        let lines = receipt["lines"].as_array().expect("lines");
        let sum: f64 = lines.iter().map(|line| number(&line["quantity"]) * number(&line["unit_price"])).sum();
        assert!((sum - number(&receipt["total"])).abs() < 1e-6, "{text}");
        assert_eq!((receipt["number"].as_str(), receipt["at"].as_str()), (Some("501"), Some("2026-03-07T08:00:20")));
    }

    #[tokio::test]
    async fn no_more_than_a_window_is_out_and_a_wrong_answer_is_an_error() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let to = listener.local_addr().expect("an address");
        let agent = async {
            let (stream, _) = listener.accept().await.expect("a till");
            let (read, mut write) = stream.into_split();
            let mut lines = BufReader::new(read).lines();
            for number in 500..505 {
                let line = lines.next_line().await.expect("readable").expect("a receipt");
                assert!(line.contains(&format!("\"number\":\"{number}\"")), "{line}");
                let answer = if number == 504 { 999 } else { number };
                write.write_all(format!("{{\"ack\":\"{answer}\"}}\n").as_bytes()).await.expect("writable");
            }
        };
        let feed = feed(5);
        let (done, ()) = tokio::join!(feed.run(to), agent);
        assert!(done.expect_err("the last answer is wrong").to_string().contains("999"));
    }
}
