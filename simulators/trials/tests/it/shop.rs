//! A shop for a trial of the running agent: a house, a till that is served line by line, and disks that can be spoilt.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use vyavs_service::lifecycle::Lifecycle;
use vyavs_trials::house::{House, Options, Shop};
use vyavs_trials::ledger::Held;

/// What anything here may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The till's day, whatever the box's clock shows.
pub(crate) const DAY: &str = "2026-11-20";

/// A house with one till on a journal.
pub(crate) async fn house(out: &Path, options: &Options, life: &Lifecycle) -> House {
    let shop = Shop {
        zone: "Europe/London".to_owned(),
        currency: "GBP".to_owned(),
        day_starts: "04:00".to_owned(),
        terminals: vec!["till-1".to_owned()],
    };
    House::build_with(out, &shop, options, 1, life).await.expect("a house")
}

/// Waits until `done` gives something.
pub(crate) async fn until<T>(what: &str, mut done: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(done) = done().await {
            return done;
        }
        assert!(began.elapsed() < PATIENCE, "{what} did not happen within {} s", PATIENCE.as_secs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A till that sends a ticket and waits for its answer.
pub(crate) struct Till {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

/// How a ticket was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Stored,
    Busy,
}

impl Till {
    pub(crate) async fn open(house: &House) -> Self {
        let address = house.journals()[0].1;
        let stream = until("the journal takes a till", async || TcpStream::connect(address).await.ok()).await;
        let (reader, writer) = stream.into_split();
        Self { reader: BufReader::new(reader), writer }
    }

    /// Sends a line and waits for its answer.
    pub(crate) async fn say(&mut self, message: &Value) -> Value {
        let line = format!("{message}\n");
        self.writer.write_all(line.as_bytes()).await.expect("taken");
        let mut answer = String::new();
        let read = self.reader.read_line(&mut answer);
        tokio::time::timeout(PATIENCE, read).await.expect("an answer in time").expect("readable");
        serde_json::from_str(&answer).expect("an answer is JSON")
    }

    /// Sends ticket `number`, with a line of about 100 bytes.
    pub(crate) async fn sell(&mut self, number: u32) -> Told {
        let noise = noise_of(number);
        let line =
            json!({"sku": format!("S{number}"), "name": noise, "quantity": "1", "unit_price": "2.00", "total": "2.00"});
        let answer = self
            .say(&json!({"type": "receipt", "number": number.to_string(), "kind": "sale", "business_day": DAY,
                "at": format!("{DAY}T10:00:{:02}", number % 60), "currency": "GBP", "total": "2.00", "lines": [line]}))
            .await;
        let number = number.to_string();
        match (answer.get("ack"), answer.get("busy"), answer.get("error")) {
            (Some(ack), None, None) if *ack == *number => Told::Stored,
            (None, Some(busy), None) if *busy == *number => Told::Busy,
            _ => panic!("ticket {number} was answered {answer}"),
        }
    }

    /// Sends ticket `number` again and again until it is stored.
    pub(crate) async fn sell_at_last(&mut self, number: u32) {
        let began = Instant::now();
        while self.sell(number).await == Told::Busy {
            assert!(began.elapsed() < PATIENCE, "ticket {number} was not taken within {} s", PATIENCE.as_secs());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A name that does not pack.
fn noise_of(number: u32) -> String {
    let mut state = u64::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut letter = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state % 26) as u8)
    };
    (0..100).map(|_| letter()).collect()
}

/// Everything was stopped: the hub has tickets 1 to `last`, each once, in order, and its line, and no number is missing.
pub(crate) async fn all_held_once(house: &House, last: u32) -> Held {
    let db = house.open_db().await.expect("a database");
    let held = Held::read(&db, house.store()).await.expect("readable");
    db.close().await;
    let numbers: Vec<String> = held.heads.iter().map(|head| head.key.number.clone()).collect();
    let expected: Vec<String> = (1..=last).map(|number| number.to_string()).collect();
    assert_eq!(numbers, expected, "every ticket once and in order");
    let lines: Vec<String> = held.lines.iter().map(|line| line.key.number.clone()).collect();
    assert_eq!(lines, expected, "every line once and in order");
    assert!(held.heads.iter().all(|head| head.key.business_day == DAY), "the till's day");
    assert_eq!((held.gaps.unexplained(), held.gaps.lost, held.gaps.dead), (0, 0, 0), "no number is missing");
    held
}

/// A file system of our own; gone with this.
pub(crate) struct Disk {
    pub(crate) at: PathBuf,
    image: Option<PathBuf>,
}

fn run(program: &str, args: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(args).output().map_err(|error| format!("{program}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(format!("{program} {}: {}", args.join(" "), said.trim())) }
}

impl Disk {
    /// In memory, of `kib`. `Err` says why there is none.
    pub(crate) fn in_memory(at: &Path, kib: u32) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        run("mount", &["-t", "tmpfs", "-o", &format!("size={kib}k"), "tmpfs", &at.display().to_string()])?;
        Ok(Self { at: at.to_owned(), image: None })
    }

    /// ext4 in a file, that turns read-only at the first error.
    pub(crate) fn ext4(at: &Path, image: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        let file = std::fs::File::create(image).map_err(|error| error.to_string())?;
        file.set_len(48 << 20).map_err(|error| error.to_string())?;
        run("mkfs.ext4", &["-q", "-F", &image.display().to_string()])?;
        let disk = Self { at: at.to_owned(), image: Some(image.to_owned()) };
        disk.mount()?;
        match disk.trigger().is_file() {
            true => Ok(disk),
            false => Err("the kernel has no way to make an ext4 fail (trigger_fs_error)".to_owned()),
        }
    }

    fn mount(&self) -> Result<(), String> {
        let image = self.image.as_ref().map(|image| image.display().to_string()).unwrap_or_default();
        run("mount", &["-o", "loop,errors=remount-ro", &image, &self.at.display().to_string()])
    }

    fn trigger(&self) -> PathBuf {
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        let at = self.at.display().to_string();
        let device = mounts.lines().find(|line| line.split(' ').nth(1) == Some(&at));
        let device = device.and_then(|line| line.split(' ').next()).unwrap_or_default();
        Path::new("/sys/fs/ext4").join(device.trim_start_matches("/dev/")).join("trigger_fs_error")
    }

    /// As after a bad sector: the kernel makes it read-only under whoever writes.
    pub(crate) fn fail(&self) {
        std::fs::write(self.trigger(), "1").expect("the kernel takes it");
    }

    /// Checked and mounted again. Nobody may use it.
    pub(crate) fn mend(&self) {
        let at = self.at.display().to_string();
        run("umount", &[&at]).expect("nobody uses it");
        let image = self.image.as_ref().expect("only an image is mended").display().to_string();
        // 1 says that something was mended.
        let _ = run("e2fsck", &["-f", "-y", &image]);
        self.mount().expect("mounted");
    }

    /// Leaves `bytes` free.
    pub(crate) fn fill(&self, bytes: u64) -> PathBuf {
        let filler = self.at.join("filler");
        let free = rustix::fs::statvfs(&self.at).expect("a file system");
        let size = (free.f_bavail * free.f_frsize).saturating_sub(bytes);
        std::fs::write(&filler, vec![1; size as usize]).expect("there is room");
        filler
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a failed test may have an agent on it still, which goes with the test.
        let _ = run("umount", &["-l", &self.at.display().to_string()]);
    }
}
