//! What a play did, counted as it happens.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;

/// Counters shared by all wires of a play.
#[derive(Clone, Debug, Default)]
pub struct Stats(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    offered: AtomicU64,
    lines: AtomicU64,
    stored: AtomicU64,
    quarantined: AtomicU64,
    resent: AtomicU64,
    reconnects: AtomicU64,
    busy: AtomicU64,
    unreadable: AtomicU64,
    printed_jobs: AtomicU64,
    printed_bytes: AtomicU64,
    modbus_reads: AtomicU64,
    counter_answers: AtomicU64,
    published: AtomicU64,
    broker_connections: AtomicU64,
    adverts: AtomicU64,
    clock_us: AtomicI64,
}

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident => $field:ident;)*) => {
        impl Stats {
            $($(#[$doc])* pub fn $name(&self, by: u64) {
                self.0.$field.fetch_add(by, Ordering::Relaxed);
            })*
        }
    };
}

counters! {
    /// Items handed to a wire.
    add_offered => offered;
    /// Sale lines handed to a wire.
    add_lines => lines;
    /// Items acknowledged as stored.
    add_stored => stored;
    /// Items acknowledged as unreadable.
    add_quarantined => quarantined;
    /// Items sent once more.
    add_resent => resent;
    /// Connections after the first.
    add_reconnects => reconnects;
    /// "Not now" answers.
    add_busy => busy;
    /// Errors that named no item.
    add_unreadable => unreadable;
    /// Print jobs.
    add_printed_jobs => printed_jobs;
    /// Bytes printed.
    add_printed_bytes => printed_bytes;
    /// Modbus requests answered.
    add_modbus_reads => modbus_reads;
    /// Questions to the people counter answered.
    add_counter_answers => counter_answers;
    /// Messages published at the broker.
    add_published => published;
    /// Connections to the broker.
    add_broker_connections => broker_connections;
    /// Bluetooth advertisements.
    add_adverts => adverts;
}

impl Stats {
    /// How far the play has come.
    pub fn set_clock(&self, at: Timestamp) {
        self.0.clock_us.store(at.as_microsecond(), Ordering::Relaxed);
    }

    /// How far the play has come; `None` before its first item.
    pub fn clock(&self) -> Option<Timestamp> {
        let clock_us = self.0.clock_us.load(Ordering::Relaxed);
        (clock_us != 0).then(|| vyavs_domain::time::from_micros(clock_us))
    }

    /// All of it, now.
    pub fn summary(&self, source: &str, elapsed: std::time::Duration) -> Summary {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &*self.0;
        let done = get(&counters.stored) + get(&counters.quarantined) + get(&counters.printed_jobs);
        Summary {
            source: source.to_owned(),
            offered: get(&counters.offered),
            lines: get(&counters.lines),
            stored: get(&counters.stored),
            quarantined: get(&counters.quarantined),
            resent: get(&counters.resent),
            reconnects: get(&counters.reconnects),
            busy: get(&counters.busy),
            unreadable: get(&counters.unreadable),
            printed_jobs: get(&counters.printed_jobs),
            printed_bytes: get(&counters.printed_bytes),
            modbus_reads: get(&counters.modbus_reads),
            counter_answers: get(&counters.counter_answers),
            published: get(&counters.published),
            broker_connections: get(&counters.broker_connections),
            adverts: get(&counters.adverts),
            unacknowledged: get(&counters.offered).saturating_sub(done),
            played_until: self.clock(),
            seconds: elapsed.as_secs_f64(),
        }
    }
}

/// What a play did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// What was played.
    pub source: String,
    /// Items handed to the wires; one that goes to a journal and a printer counts twice.
    pub offered: u64,
    /// Sale lines among them.
    pub lines: u64,
    /// Acknowledged on a journal wire.
    pub stored: u64,
    /// Acknowledged as unreadable.
    pub quarantined: u64,
    /// Sent once more after a lost connection, `busy` or silence.
    pub resent: u64,
    /// Connections after the first.
    pub reconnects: u64,
    /// "Not now" answers.
    pub busy: u64,
    /// Errors that named no item.
    pub unreadable: u64,
    /// Print jobs sent.
    pub printed_jobs: u64,
    /// Bytes in them.
    pub printed_bytes: u64,
    /// Modbus requests answered.
    pub modbus_reads: u64,
    /// Questions to the people counter answered.
    pub counter_answers: u64,
    /// Messages published at the broker.
    pub published: u64,
    /// Connections to the broker.
    pub broker_connections: u64,
    /// Bluetooth advertisements.
    pub adverts: u64,
    /// Handed to a wire, and nothing heard of it.
    pub unacknowledged: u64,
    /// The store's time the play had come to.
    pub played_until: Option<Timestamp>,
    /// Wall time it took.
    pub seconds: f64,
}

impl Summary {
    /// One line for people.
    pub fn sentence(&self) -> String {
        let until = self.played_until.map_or_else(|| "nothing yet".to_owned(), |at| at.to_string());
        let rate = (self.stored + self.quarantined + self.printed_jobs) as f64 / self.seconds.max(0.001);
        let mut text = format!("{}: at {until}, {} items ({} lines)", self.source, self.offered, self.lines);
        let parts = [
            (self.stored, "stored"),
            (self.quarantined, "quarantined"),
            (self.printed_jobs, "printed"),
            (self.unacknowledged, "open"),
            (self.resent, "sent again"),
            (self.reconnects, "reconnects"),
            (self.busy, "busy"),
            (self.modbus_reads, "Modbus reads"),
            (self.counter_answers, "counter answers"),
            (self.published, "published"),
            (self.adverts, "adverts"),
        ];
        for (count, what) in parts {
            if count > 0 {
                text.push_str(&format!(", {count} {what}"));
            }
        }
        text.push_str(&format!("; {rate:.0} items/s over {:.1} s", self.seconds));
        text
    }
}
