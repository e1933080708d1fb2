//! Prints tickets in twelve layouts, reads them back with the built-in grammars, and judges what was read by the truth.
//!
//! The printing side knows nothing of grammars: every layout is a function of its own, and letters become bytes by a
//! table of its own.

#[path = "damage.rs"]
mod damage;
#[path = "english.rs"]
mod english;
#[path = "french.rs"]
mod french;
#[path = "german.rs"]
mod german;
#[path = "judge.rs"]
mod judge;
#[path = "paper.rs"]
mod paper;
#[path = "southern.rs"]
mod southern;
#[path = "ticket.rs"]
mod ticket;

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use vyavs_codec::escpos::jobs::{Ended, Found, Splitter};
use vyavs_codec::receipt::{self, Grammar, Outcome, Place};
use vyavs_domain::ids::TerminalId;
use vyavs_domain::time::StoreTime;

pub(crate) use damage::DAMAGES;
use paper::{CP437, CP850, CP858, CP1252, Page, Paper};
use ticket::{Shape, Ticket};

/// A layout: how it is printed, and which grammar is to read it.
pub(crate) struct Layout {
    pub(crate) name: &'static str,
    language: &'static str,
    currency: &'static str,
    shape: &'static Shape,
    width: usize,
    pages: &'static [Page],
    german: bool,
    operator: bool,
    number: fn(&Ticket) -> String,
    print: fn(&Ticket, &mut Paper<'_>),
}

const LAYOUT: Layout = Layout {
    name: "",
    language: "",
    currency: "EUR",
    shape: &english::SUPERMARKET,
    width: 42,
    pages: &[CP437, CP850, CP858, CP1252],
    german: false,
    operator: true,
    number: |ticket| format!("{:06}", ticket.number),
    print: english::supermarket,
};

pub(crate) const LAYOUTS: [Layout; 12] = [
    Layout { name: "en-gb-supermarket", language: "English", currency: "GBP", ..LAYOUT },
    Layout {
        name: "en-us-grocery",
        language: "English",
        currency: "USD",
        shape: &english::GROCERY,
        width: 40,
        print: english::grocery,
        ..LAYOUT
    },
    Layout {
        name: "en-us-restaurant",
        language: "English",
        currency: "USD",
        shape: &english::RESTAURANT,
        width: 40,
        number: |ticket| ticket.number.to_string(),
        print: english::restaurant,
        ..LAYOUT
    },
    Layout {
        name: "de-supermarkt",
        language: "German",
        shape: &german::SUPERMARKT,
        number: |ticket| ticket.number.to_string(),
        print: german::supermarkt,
        ..LAYOUT
    },
    Layout {
        name: "de-baeckerei",
        language: "German",
        shape: &german::BAECKEREI,
        width: 32,
        pages: &[CP437],
        german: true,
        print: german::baeckerei,
        ..LAYOUT
    },
    Layout {
        name: "de-ch-warenhaus",
        language: "German",
        currency: "CHF",
        shape: &german::WARENHAUS,
        width: 48,
        print: german::warenhaus,
        ..LAYOUT
    },
    Layout {
        name: "fr-supermarche",
        language: "French",
        shape: &french::SUPERMARCHE,
        pages: &[CP858, CP1252, CP437],
        print: french::supermarche,
        ..LAYOUT
    },
    Layout {
        name: "fr-pharmacie",
        language: "French",
        shape: &french::PHARMACIE,
        number: |ticket| format!("F-{:06}", ticket.number),
        print: french::pharmacie,
        ..LAYOUT
    },
    Layout {
        name: "es-supermercado",
        language: "Spanish",
        shape: &southern::SUPERMERCADO,
        width: 40,
        operator: false,
        print: southern::supermercado,
        ..LAYOUT
    },
    Layout {
        name: "es-moda",
        language: "Spanish",
        shape: &southern::MODA,
        width: 48,
        number: |ticket| format!("{:08}", ticket.number),
        print: southern::moda,
        ..LAYOUT
    },
    Layout {
        name: "it-alimentari",
        language: "Italian",
        shape: &southern::ALIMENTARI,
        width: 40,
        operator: false,
        number: |ticket| format!("{:04}-{:06}", ticket.till, ticket.number),
        print: southern::alimentari,
        ..LAYOUT
    },
    Layout { name: "nl-drogist", language: "Dutch", shape: &southern::DROGIST, print: southern::drogist, ..LAYOUT },
];

/// The local time of a ticket as its till writes it.
fn at(ticket: &Ticket, form: &str) -> String {
    ticket.closed.strftime(form).to_string()
}

/// Minor units with a decimal mark and groups of thousands, the sign in front.
fn number(minor: i64, mark: char, group: &str) -> String {
    let digits = (minor.abs() / 100).to_string();
    let mut whole = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            whole += group;
        }
        whole.push(digit);
    }
    format!("{}{whole}{mark}{:02}", if minor < 0 { "-" } else { "" }, minor.abs() % 100)
}

fn point(minor: i64) -> String {
    number(minor, '.', ",")
}

/// The sign behind the amount.
fn signed_behind(minor: i64, mark: char, group: &str) -> String {
    format!("{}{}", number(minor.abs(), mark, group), if minor < 0 { "-" } else { "" })
}

/// A long name in rows of at most `width`, cut between words.
fn wrap(name: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    for word in name.split(' ') {
        let row = rows.last_mut().expect("there is always one");
        if row.is_empty() {
            row.push_str(word);
        } else if row.chars().count() + 1 + word.chars().count() <= width {
            row.push(' ');
            row.push_str(word);
        } else {
            rows.push(word.to_owned());
        }
    }
    rows
}

/// How the receipts of one layout were read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) language: &'static str,
    pub(crate) printed: u64,
    pub(crate) lines: u64,
    pub(crate) proven: u64,
    /// Accepted, and something in it is not the truth.
    pub(crate) wrong: u64,
    /// Why receipts were put aside, or what was wrong, with an example.
    pub(crate) notes: BTreeMap<String, u64>,
}

/// What became of receipts of one kind of damage.
#[derive(Clone, Debug, Default)]
pub(crate) struct Damaged {
    pub(crate) read: u64,
    pub(crate) refused: u64,
    /// Accepted, and still the truth.
    pub(crate) harmless: u64,
    /// Accepted with an amount, a total, a count of lines or a kind that is not the truth.
    pub(crate) wrong_money: u64,
    /// Accepted with every amount right, and a quantity or unit price that is not the truth.
    pub(crate) wrong_quantity: u64,
    /// Accepted with these right, and a number or a time that is not the truth.
    pub(crate) wrong_key: u64,
    /// Accepted with only a word wrong: a name, a sku, the cashier's number.
    pub(crate) wrong_word: u64,
    pub(crate) notes: BTreeMap<String, u64>,
}

/// Everything that was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) layouts: BTreeMap<&'static str, Tally>,
    pub(crate) damages: BTreeMap<&'static str, Damaged>,
    /// Raster-only jobs, and how many of them were said to be that.
    pub(crate) rasters: (u64, u64),
    /// Pulses without paper, and how many of them were said to be that.
    pub(crate) pulses: (u64, u64),
    pub(crate) bytes: u64,
}

impl Table {
    pub(crate) fn printed(&self) -> u64 {
        self.layouts.values().map(|tally| tally.printed).sum()
    }

    pub(crate) fn proven(&self) -> u64 {
        self.layouts.values().map(|tally| tally.proven).sum()
    }

    pub(crate) fn wrong(&self) -> u64 {
        self.layouts.values().map(|tally| tally.wrong).sum()
    }
}

/// Prints and reads `count` receipts over all layouts, a raster-only job and a pulse for every fifty; and, with
/// `damage`, each receipt again with every kind of damage.
pub(crate) fn run(count: u64, seed: u64, damage: bool) -> Table {
    let mut table = Table::default();
    let share = LAYOUTS.len() as u64;
    for (place, layout) in LAYOUTS.iter().enumerate() {
        let grammar = Grammar::built_in(layout.name).expect("every layout has a grammar");
        let mut rng = StdRng::seed_from_u64(seed ^ (place as u64) << 32);
        let mine = count / share + u64::from((place as u64) < count % share);
        till(layout, &grammar, mine, damage, &mut rng, &mut table);
    }
    table
}

/// Print jobs of one layout, as a till would have sent them: to try a grammar on.
pub(crate) fn stream(layout: &Layout, count: u64, seed: u64) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut bytes = Vec::new();
    for _ in 0..count {
        let ticket = Ticket::any(layout.shape, &mut rng);
        let mut paper = Paper::new(layout.width, layout.pages, layout.german, &mut rng);
        (layout.print)(&ticket, &mut paper);
        paper.finish(ticket.cash());
        bytes.extend(paper.bytes);
    }
    bytes
}

/// One till's day: jobs in one stream, which arrives in pieces.
fn till(layout: &Layout, grammar: &Grammar, count: u64, damage: bool, rng: &mut StdRng, table: &mut Table) {
    let store = StoreTime::new("Europe/Berlin", jiff::civil::time(4, 0, 0, 0)).expect("a zone");
    let terminal: TerminalId = "till-1".parse().expect("a name");
    let currency = layout.currency.parse().expect("a code");
    let mut splitter = Splitter::new(1 << 20);
    for n in 0..count {
        let ticket = Ticket::any(layout.shape, rng);
        let late = SignedDuration::from_secs(rng.random_range(0..90));
        let place = Place { terminal: &terminal, time: &store, currency, started: store.instant(ticket.closed) + late };
        let mut paper = Paper::new(layout.width, layout.pages, layout.german, rng);
        (layout.print)(&ticket, &mut paper);
        let text_end = paper.bytes.len();
        paper.finish(ticket.cash());
        let (bytes, lines) = (paper.bytes, paper.lines);
        table.bytes += bytes.len() as u64;
        let tally =
            table.layouts.entry(layout.name).or_insert_with(|| Tally { language: layout.language, ..Tally::default() });
        tally.printed += 1;
        tally.lines += ticket.lines.len() as u64;
        let jobs = arrive(&mut splitter, &bytes, rng);
        match jobs.as_slice() {
            [job] => match receipt::read(&job.bytes, grammar, &place).outcome {
                Outcome::Receipt(receipt) => {
                    tally.proven += 1;
                    let faults = judge::faults(&receipt, &ticket, layout, &store);
                    tally.wrong += u64::from(!faults.is_empty());
                    for fault in faults {
                        *tally.notes.entry(format!("wrong: {fault}")).or_default() += 1;
                    }
                }
                Outcome::Quarantined { reason, .. } => *tally.notes.entry(reason).or_default() += 1,
                other => *tally.notes.entry(format!("{other:?}")).or_default() += 1,
            },
            other => *tally.notes.entry(format!("{} jobs for one receipt", other.len())).or_default() += 1,
        }
        if damage {
            for (name, act) in DAMAGES {
                let Some(hurt) = act(&bytes, &lines, text_end, rng) else { continue };
                let entry = table.damages.entry(name).or_default();
                entry.read += 1;
                match receipt::read(&hurt, grammar, &place).outcome {
                    Outcome::Receipt(receipt) => {
                        let faults = judge::faults(&receipt, &ticket, layout, &store);
                        judge::weigh(&faults, layout.name, entry);
                    }
                    _ => entry.refused += 1,
                }
            }
        }
        if n % 50 == 0 {
            let mut picture = Paper::new(layout.width, &[CP437], false, rng);
            picture.bytes = b"\x1b@".to_vec();
            while !picture.bytes.windows(2).any(|pair| pair == b"\x1dv" || pair == b"\x1d8") {
                picture.logo();
            }
            picture.cut();
            let bytes = picture.bytes;
            let only = |jobs: &[Found], expected: &Outcome| match jobs {
                [job] => u64::from(receipt::read(&job.bytes, grammar, &place).outcome == *expected),
                _ => 0,
            };
            table.rasters.0 += 1;
            table.rasters.1 += only(&arrive(&mut splitter, &bytes, rng), &Outcome::ImageOnly);
            table.pulses.0 += 1;
            table.pulses.1 += only(&arrive(&mut splitter, b"\x1b@\x1bp\x00\x19\xFA", rng), &Outcome::Empty);
        }
    }
}

/// The bytes in pieces of any size, then a pause.
fn arrive(splitter: &mut Splitter, bytes: &[u8], rng: &mut StdRng) -> Vec<Found> {
    let mut jobs = Vec::new();
    let mut rest = bytes;
    let most = [1, 7, 64, 536, 1_460, 100_000][rng.random_range(0..6)];
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rng.random_range(1..=most).min(rest.len()));
        splitter.push(piece, |job| jobs.push(job));
        rest = after;
    }
    jobs.extend(splitter.end(Ended::Idle));
    jobs
}
