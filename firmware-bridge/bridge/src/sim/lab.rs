//! Host and board in virtual time, with a line between them that does its worst.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rand::Rng;

use super::noise::{Noise, Rates};
use super::{SimBoard, SimConfig};
use crate::host::{BoardEvent, BoardReading, Counts, Host, HostConfig, Input, Now, Output, Resume};

/// Wall time when the lab opens, µs since 1970.
pub const OPENS_US: i64 = 1_764_000_000_000_000;
/// What a byte takes at 115,200 bit/s, µs.
const BYTE_US: u64 = 87;

/// What the line does.
#[derive(Clone, Debug)]
pub struct LabConfig {
    /// The same seed is the same run.
    pub seed: u64,
    /// Both directions.
    pub rates: Rates,
    /// Each frame is late by up to this, in each direction, µs.
    pub jitter_us: u64,
    /// The board.
    pub board: SimConfig,
    /// The host.
    pub host: HostConfig,
}

impl Default for LabConfig {
    fn default() -> Self {
        let (board, host) = (SimConfig::default(), HostConfig::default());
        Self { seed: 1, rates: Rates::default(), jitter_us: 1_000, board, host }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    ToHost(Vec<u8>),
    ToBoard(Vec<u8>),
    Kept { boot: u32, next: u64 },
    EventKept { boot: u32, id: u32 },
}

/// The lab. What reached the consumer's disk lies in [`Lab::disk`].
#[derive(Debug)]
pub struct Lab {
    config: LabConfig,
    /// Now, µs since the lab opened.
    pub now_us: u64,
    /// What the host's wall clock is wrong by, µs.
    pub wall_off_us: i64,
    /// The board.
    pub board: SimBoard,
    /// The host.
    pub host: Host,
    /// (boot, number) → reading: what a crash cannot take away.
    pub disk: Vec<(u32, u64, BoardReading)>,
    /// Events on disk.
    pub events: Vec<BoardEvent>,
    /// What the host told beside readings, and when.
    pub told: Vec<(u64, Output)>,
    resume: Option<Resume>,
    /// Told, not yet on disk.
    pending: BTreeMap<(u32, u64), Vec<BoardReading>>,
    queue: BinaryHeap<Reverse<(u64, u64, Happens)>>,
    order: u64,
    /// Frames do not overtake each other: when the last one arrives, to the host and to the board.
    last_us: [u64; 2],
    noise: [Noise; 2],
    /// What hosts before this one heard.
    before: Counts,
    is_cut: bool,
    /// The next frame after a cut is cut in two.
    halves: [bool; 2],
}

impl Lab {
    /// Both ends on, the port open.
    pub fn new(config: LabConfig) -> Self {
        let noise = [Noise::new(config.rates, config.seed * 2), Noise::new(config.rates, config.seed * 2 + 1)];
        let host = Host::new(config.host.clone(), None, config.seed as u32);
        let board = SimBoard::new(config.board.clone(), 0);
        let mut lab = Self {
            now_us: 0,
            wall_off_us: 0,
            board,
            host,
            disk: Vec::new(),
            events: Vec::new(),
            told: Vec::new(),
            resume: None,
            pending: BTreeMap::new(),
            queue: BinaryHeap::new(),
            order: 0,
            last_us: [0; 2],
            noise,
            before: Counts::default(),
            is_cut: false,
            halves: [false; 2],
            config,
        };
        lab.input(Input::Opened);
        lab
    }

    /// What the host's wall clock says, µs since 1970.
    pub fn wall_us(&self) -> i64 {
        self.true_us(self.now_us).saturating_add(self.wall_off_us)
    }

    /// What a right clock says at a time of the lab.
    pub fn true_us(&self, now_us: u64) -> i64 {
        OPENS_US.saturating_add_unsigned(now_us)
    }

    /// Something happens to the host.
    pub fn input(&mut self, input: Input<'_>) {
        let now = Now { steady_us: self.now_us, wall_us: self.wall_us() };
        for output in self.host.step(now, input) {
            match output {
                Output::Send(frame) => self.send(1, &frame),
                Output::Readings(readings) => {
                    let (boot, next) = (readings.boot, readings.next());
                    self.pending.insert((boot, readings.first), readings.readings);
                    // A disk: some ms, now and then two seconds.
                    let rng = self.noise[0].rng();
                    let wait = if rng.random_bool(0.01) { 2_000_000 } else { rng.random_range(1_000..30_000) };
                    self.later(wait, Happens::Kept { boot, next });
                }
                Output::Event(event) => {
                    let (boot, id) = (event.boot, event.id);
                    self.events.push(event);
                    self.later(5_000, Happens::EventKept { boot, id });
                }
                told => self.told.push((self.now_us, told)),
            }
        }
    }

    fn later(&mut self, wait_us: u64, happens: Happens) {
        self.order += 1;
        self.queue.push(Reverse((self.now_us + wait_us, self.order, happens)));
    }

    /// Puts a frame on the line to the host (0) or to the board (1).
    fn send(&mut self, to: usize, frame: &[u8]) {
        let bytes = self.noise[to].pass(frame);
        if bytes.is_empty() {
            return;
        }
        let late = match self.config.jitter_us {
            0 => 0,
            most => self.noise[to].rng().random_range(0..most),
        };
        let at = (self.now_us + bytes.len() as u64 * BYTE_US + late).max(self.last_us[to]);
        self.last_us[to] = at;
        let happens = if to == 0 { Happens::ToHost(bytes) } else { Happens::ToBoard(bytes) };
        self.order += 1;
        self.queue.push(Reverse((at, self.order, happens)));
    }

    /// The cable is cut; `seen` if the host loses the port with it.
    pub fn cut(&mut self, seen: bool) {
        (self.is_cut, self.halves) = (true, [true; 2]);
        if seen {
            self.input(Input::Closed);
        }
    }

    /// The cable is whole again; `seen` as with [`Lab::cut`].
    pub fn mend(&mut self, seen: bool) {
        self.is_cut = false;
        if seen {
            self.input(Input::Opened);
        }
    }

    /// What hosts heard so far.
    pub fn counts(&self) -> Counts {
        let (before, now) = (self.before, self.host.counts());
        Counts {
            bytes: before.bytes + now.bytes,
            frames: before.frames + now.frames,
            bad_frames: before.bad_frames + now.bad_frames,
        }
    }

    /// The host's program crashes and starts again: it knows what is on disk.
    pub fn crash_host(&mut self, seed: u32) {
        self.before = self.counts();
        self.pending.clear();
        self.queue.retain(|Reverse((.., happens))| matches!(happens, Happens::ToBoard(_)));
        self.host = Host::new(self.config.host.clone(), self.resume, seed);
        self.input(Input::Opened);
    }

    /// What is left of a frame on a line that was cut.
    fn survives(&mut self, to: usize, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.is_cut {
            let keep = match std::mem::take(&mut self.halves[to]) {
                true => self.noise[to].rng().random_range(0..bytes.len()),
                false => 0,
            };
            bytes.truncate(keep);
        }
        bytes
    }

    /// Lets time pass up to `until_us`.
    pub fn run_until(&mut self, until_us: u64) {
        loop {
            let event = self.queue.peek().map_or(u64::MAX, |Reverse((at, ..))| *at);
            let (host, board) = (self.host.wake_at(), self.board.wake_at());
            let next = event.min(host).min(board).max(self.now_us);
            if next > until_us {
                self.now_us = until_us;
                return;
            }
            // A machine that wants to be woken in the past has done nothing about it: time goes on all the same.
            self.now_us = if next == self.now_us && event > next { next + 1 } else { next };
            if host <= self.now_us {
                self.input(Input::Tick);
            }
            if board <= self.now_us {
                self.board.tick(self.now_us);
            }
            while let Some(Reverse((at, ..))) = self.queue.peek()
                && *at <= self.now_us
            {
                let Some(Reverse((.., happens))) = self.queue.pop() else { break };
                self.happen(happens);
            }
            for frame in self.board.take_sent() {
                self.send(0, &frame);
            }
        }
    }

    fn happen(&mut self, happens: Happens) {
        match happens {
            Happens::ToHost(bytes) => {
                let bytes = self.survives(0, bytes);
                self.input(Input::Bytes(&bytes));
            }
            Happens::ToBoard(bytes) => {
                let bytes = self.survives(1, bytes);
                self.board.hear(self.now_us, &bytes);
            }
            Happens::Kept { boot, next } => {
                while let Some(entry) = self.pending.first_entry()
                    && (entry.key().0 < boot || entry.key().0 == boot && entry.key().1 < next)
                {
                    let ((boot, first), readings) = entry.remove_entry();
                    self.disk.extend((first..).zip(readings).map(|(number, reading)| (boot, number, reading)));
                }
                if let Some(known) = self.host.resume()
                    && known.boot == boot
                {
                    self.resume = Some(Resume { next, ..known });
                }
                self.input(Input::Kept { boot, next });
            }
            Happens::EventKept { boot, id } => self.input(Input::EventKept { boot, id }),
        }
    }
}

/// What [`endure`] lets happen.
#[derive(Clone, Debug)]
pub struct Ordeal {
    /// The line.
    pub lab: LabConfig,
    /// Readings measured, at least; more while cuts are left.
    pub readings: u64,
    /// Time between two, µs.
    pub every_us: u64,
    /// Cuts of the cable, half of them unseen by the host.
    pub cuts: u32,
    /// Crashes of the host's program.
    pub crashes: u32,
    /// Changes of the host's wall clock: (when, µs; by how much, µs).
    pub wall_steps: Vec<(u64, i64)>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Endured {
    /// Readings measured.
    pub measured: u64,
    /// Readings on the consumer's disk.
    pub on_disk: u64,
    /// Whether those are the measured ones, each once and in order, in value as in number.
    pub exact: bool,
    /// Whether their times never run back.
    pub times_in_order: bool,
    /// Furthest a time is from the truth, of readings after the first ten minutes, µs.
    pub worst_us: u64,
    /// The same from the beginning on, µs.
    pub worst_ever_us: u64,
    /// Virtual time it took, s.
    pub seconds: u64,
    /// Frames the host read.
    pub frames: u64,
    /// Frames the host refused.
    pub bad_frames: u64,
}

/// Plays an ordeal to the end: all that was measured is on disk, or an hour passed without cuts.
pub fn endure(ordeal: &Ordeal) -> Endured {
    let mut lab = Lab::new(ordeal.lab.clone());
    let mut truth: Vec<u64> = Vec::new();
    let mut chance = Noise::new(Rates::default(), ordeal.lab.seed ^ 0xC47);
    let rng = chance.rng();
    let mut next_read = ordeal.every_us;
    let (mut cuts, mut crashes, mut steps) = (0, 0, ordeal.wall_steps.iter().peekable());
    let mut next_cut = 3_000_000;
    let mut mends: Option<(u64, bool)> = None;
    let mut quiet_since = None;
    loop {
        let measuring = (truth.len() as u64) < ordeal.readings || cuts < ordeal.cuts;
        if !measuring && mends.is_none() {
            let since = *quiet_since.get_or_insert(lab.now_us);
            if lab.disk.len() >= truth.len() || lab.now_us - since > 3_600_000_000 {
                break;
            }
        }
        let until = match mends {
            Some((at, _)) => next_read.min(at),
            None if cuts < ordeal.cuts => next_read.min(next_cut),
            None => next_read,
        };
        lab.run_until(until);
        if lab.now_us >= next_read {
            next_read += ordeal.every_us;
            if measuring {
                truth.push(lab.now_us);
                let now = lab.now_us;
                lab.board.read(now, (truth.len() % 7) as u8, truth.len() as i32, 0);
            }
        }
        if let Some((_, step)) = steps.next_if(|(at, _)| *at <= lab.now_us) {
            lab.wall_off_us += step;
        }
        match mends {
            Some((at, seen)) if lab.now_us >= at => {
                mends = None;
                lab.mend(seen);
                next_cut = lab.now_us + rng.random_range(200_000..8_000_000);
                // A program may also crash while the line is well.
                let left = u64::from(ordeal.cuts.saturating_sub(cuts)).max(1);
                if crashes < ordeal.crashes
                    && rng.random_bool((f64::from(ordeal.crashes - crashes) / left as f64).min(1.0))
                {
                    crashes += 1;
                    lab.crash_host(rng.random());
                }
            }
            None if cuts < ordeal.cuts && lab.now_us >= next_cut => {
                cuts += 1;
                let seen = rng.random_bool(0.5);
                lab.cut(seen);
                mends = Some((lab.now_us + rng.random_range(20_000..4_000_000), seen));
            }
            _ => {}
        }
    }
    let off = |number: u64, reading: &BoardReading| {
        let at = truth.get(number.saturating_sub(1) as usize).copied().unwrap_or(0);
        (at, reading.at_us.abs_diff(lab.true_us(at)))
    };
    let late = lab.disk.iter().map(|(_, number, reading)| off(*number, reading)).filter(|(at, _)| *at > 600_000_000);
    let counts = lab.counts();
    Endured {
        measured: truth.len() as u64,
        on_disk: lab.disk.len() as u64,
        exact: lab.disk.len() == truth.len()
            && (1..).zip(&lab.disk).all(|(n, (_, number, reading))| *number == n && reading.value == n as i32),
        times_in_order: lab.disk.windows(2).all(|two| two[0].2.at_us <= two[1].2.at_us),
        worst_us: late.map(|(_, off)| off).max().unwrap_or(0),
        worst_ever_us: lab.disk.iter().map(|(_, number, reading)| off(*number, reading).1).max().unwrap_or(0),
        seconds: lab.now_us / 1_000_000,
        frames: counts.frames,
        bad_frames: counts.bad_frames,
    }
}
