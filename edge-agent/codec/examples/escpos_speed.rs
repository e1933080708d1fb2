//! How fast the tokenizer reads text and pictures, beside copying and looking at every byte; and, with `--splits N`,
//! whether it says the same however a stream is cut.
//!
//! `cargo run -p vyavs-codec --example escpos_speed --release -- [--splits 1000000] [--mib 64]`

use std::hint::black_box;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use vyavs_codec::escpos::codepage::{CodePage, National};
use vyavs_codec::escpos::jobs::Splitter;
use vyavs_codec::escpos::printout::Printout;
use vyavs_codec::escpos::profile::Profile;
use vyavs_codec::escpos::{Token, Tokenizer};

fn main() -> std::io::Result<()> {
    let (mut splits, mut mib) = (0_u64, 64_usize);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = args.next().and_then(|text| text.parse::<u64>().ok());
        match (arg.as_str(), value) {
            ("--splits", Some(value)) => splits = value,
            ("--mib", Some(value)) => mib = value as usize,
            _ => return Err(std::io::Error::other("--splits N and --mib N are known")),
        }
    }
    let size = mib << 20;
    println!("| What | Text | Short lines | Pictures |\n|---|--:|--:|--:|");
    let inputs = [text(size, 42), text(size, 8), pictures(size)];
    let mut room = vec![0_u8; inputs.iter().map(Vec::len).max().unwrap_or(0)];
    row("copy (memcpy)", &inputs, |bytes| {
        room[..bytes.len()].copy_from_slice(bytes);
        black_box(&room);
        bytes.len() as u64
    });
    row("look at every byte (sum)", &inputs, |bytes| bytes.iter().map(|byte| u64::from(*byte)).sum());
    row("tokenizer, whole", &inputs, |bytes| tokens(&mut Tokenizer::default(), bytes));
    row("tokenizer, pieces of 1460", &inputs, |bytes| {
        let mut tokenizer = Tokenizer::default();
        bytes.chunks(1_460).map(|piece| tokens(&mut tokenizer, piece)).sum()
    });
    row("splitter into jobs, pieces of 1460", &inputs, |bytes| {
        let mut splitter = Splitter::new(1 << 20);
        let mut jobs = 0;
        bytes.chunks(1_460).for_each(|piece| splitter.push(piece, |job| jobs += job.length));
        jobs
    });
    let profile = Profile::default();
    row("lines of text, decoded", &inputs, |bytes| {
        bytes.chunks(64 << 10).map(|job| Printout::read(job, &profile).lines.len() as u64).sum()
    });
    let page = CodePage::named("cp1252").expect("the table has it");
    row("code page alone", &inputs, |bytes| {
        let mut out = String::new();
        bytes.chunks(64 << 10).for_each(|piece| {
            out.clear();
            page.decode(piece, &National::default(), &mut out);
        });
        out.len() as u64
    });
    if splits > 0 {
        let began = Instant::now();
        let differing = compare(splits);
        println!("\n{splits} random splits, {differing} read differently, {:.1} s", began.elapsed().as_secs_f64());
        if differing > 0 {
            return Err(std::io::Error::other("the tokenizer depends on where a stream is cut"));
        }
    }
    Ok(())
}

/// The best of five, in MB/s.
fn row(name: &str, inputs: &[Vec<u8>], mut work: impl FnMut(&[u8]) -> u64) {
    let mut cells = String::new();
    for input in inputs {
        let mut best = Duration::MAX;
        for _ in 0..5 {
            let began = Instant::now();
            black_box(work(black_box(input)));
            best = best.min(began.elapsed());
        }
        cells += &format!(" {:.0} MB/s |", input.len() as f64 / 1e6 / best.as_secs_f64());
    }
    println!("| {name} |{cells}");
}

fn tokens(tokenizer: &mut Tokenizer, bytes: &[u8]) -> u64 {
    let mut seen = 0;
    tokenizer.push(bytes, |token| {
        seen += match token {
            Token::Text(text) => text.len() as u64,
            Token::Unknown(count) => u64::from(count),
            _ => 1,
        };
    });
    seen
}

/// Receipts of lines of that many columns, with the commands between that tills send.
fn text(size: usize, columns: usize) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(1);
    let mut out = Vec::with_capacity(size + 200);
    while out.len() < size {
        out.extend(b"\x1b@\x1bt\x10\x1ba\x01\x1b!\x30SHOP\n\x1b!\x00\x1ba\x00");
        for _ in 0..30 {
            out.extend((0..columns).map(|_| if rng.random_bool(0.03) { 0xE9 } else { rng.random_range(0x20..0x7F) }));
            out.push(b'\n');
        }
        out.extend(b"\x1bd\x03\x1dVB\x00\x1bp\x00\x19\xFA");
    }
    out
}

fn pictures(size: usize) -> Vec<u8> {
    let mut rng = StdRng::seed_from_u64(2);
    let mut out = Vec::with_capacity(size + 40_000);
    while out.len() < size {
        out.extend(b"\x1b@\x1dv0\x00\x48\x00\x00\x02");
        out.extend((0..72 * 512).map(|_| rng.random::<u8>()));
        out.extend(b"\x1dV\x00");
    }
    out
}

/// Reads random streams whole and cut at random places; how many cuts made a difference.
fn compare(splits: u64) -> u64 {
    let mut rng = StdRng::seed_from_u64(3);
    let mut differing = 0;
    let mut left = splits;
    while left > 0 {
        let stream = any_stream(&mut rng);
        let whole = digest(&[&stream]);
        for _ in 0..64.min(left) {
            let mut at: Vec<usize> = (0..rng.random_range(1..24)).map(|_| rng.random_range(0..=stream.len())).collect();
            at.push(stream.len());
            at.sort_unstable();
            let mut from = 0;
            let pieces: Vec<&[u8]> = at
                .iter()
                .map(|to| {
                    let piece = &stream[from..*to];
                    from = *to;
                    piece
                })
                .collect();
            differing += u64::from(digest(&pieces) != whole);
        }
        left -= 64.min(left);
    }
    differing
}

/// Everything a stream says, text runs joined, as one number; and how it ended.
fn digest(pieces: &[&[u8]]) -> (u64, u64, bool) {
    let mut tokenizer = Tokenizer::default();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    for piece in pieces {
        tokenizer.push(piece, |token| match token {
            Token::Text(text) => eat(text),
            other => {
                eat(&[0]);
                eat(format!("{other:?}").as_bytes());
            }
        });
    }
    (hash, tokenizer.unknown(), tokenizer.is_between())
}

/// Text, commands with arguments, pictures with commands inside, garbage.
fn any_stream(rng: &mut StdRng) -> Vec<u8> {
    let mut out = Vec::new();
    for _ in 0..rng.random_range(1..12) {
        match rng.random_range(0..6) {
            0 => out.extend((0..rng.random_range(0..40)).map(|_| rng.random::<u8>())),
            1 => out.extend((0..rng.random_range(0..40)).map(|_| rng.random_range(0x20..0x7F_u8))),
            2 => {
                out.extend([[0x10, 0x1B, 0x1C, 0x1D][rng.random_range(0..4)], rng.random()]);
                out.extend((0..rng.random_range(0..10)).map(|_| rng.random_range(0..12_u8)));
            }
            3 => {
                out.extend(b"\x1dv0\x00\x04\x00\x06\x00");
                out.extend((0..20).map(|_| if rng.random_bool(0.3) { 0x10 } else { rng.random::<u8>() % 24 }));
                out.extend(b"\x10\x14\x01\x00\x05\n");
            }
            4 => out.extend(b"\x1dkI\x05{B123\x1d(k\x06\x001P0abc\x1bD\x08\x10\x00\x1b$\x10\x00"),
            _ => out.extend(b"TOTAL 12.34\n\x1dVB\x00\x1bp\x00\x19\xFA\x1b@"),
        }
    }
    out
}
