//! How fast a chain's hub answers: searches of sales and products, and what the dashboard reads, over a year of a chain of
//! 200 stores with 20,000 products.
//!
//! `cargo run -p vyavs-store --features testing --example bench_platform -- [--lines N] [--asked N] [--engine sqlite|postgres]`
//! prints a table. Lines come in through the functions of ingest. Ours is the store's function, transaction and row-level
//! security included, as the API calls it: a page of 50 with everything the answer shows. By hand is one statement for that
//! one question on a plain connection with no tenant's policy and no filter that was not asked for, which gives back ids
//! alone; of what heads of tickets know, the ids of the heads, without their lines. Both take turns, each time with other
//! words. Nothing is cached but by the engine and the machine: it is what a hub's answer costs when its own cache is empty.

#![allow(missing_docs, clippy::print_stdout, reason = "a program that prints")]

mod fill;
mod questions;

use std::time::Instant;

use vyavs_store::{Db, testing};

use fill::Size;
use questions::{Question, by_hand, ours};

struct Times(Vec<f64>);

impl Times {
    fn at(&mut self, share: f64) -> f64 {
        self.0.sort_by(f64::total_cmp);
        self.0[((self.0.len() - 1) as f64 * share).ceil() as usize]
    }
}

async fn measure(db: &Db, size: Size, asked: u64) {
    let begun = Instant::now();
    fill::fill(db, size).await;
    let seconds = begun.elapsed().as_secs_f64();
    println!("| {} | filled: {} lines in {seconds:.0} s | | | | | |", db.engine(), size.lines);
    for question in Question::ALL {
        let (mut our, mut hand, mut dice) = (Times(Vec::new()), Times(Vec::new()), fill::Dice(7));
        for n in 0..asked + 10 {
            let word = question.word(size, &mut dice);
            let begun = Instant::now();
            let found = ours(db, size, question, &word).await;
            let between = Instant::now();
            let there = by_hand(db, size, question, &word).await;
            if let (Some(found), Some(there)) = (found, there) {
                assert_eq!(found, there, "{}: {word}", question.name());
            }
            // The first ones warm the caches of statements.
            if n >= 10 {
                our.0.push((between - begun).as_secs_f64() * 1e3);
                hand.0.push(between.elapsed().as_secs_f64() * 1e3);
            }
        }
        let (p50, p99, hand50, hand99) = (our.at(0.5), our.at(0.99), hand.at(0.5), hand.at(0.99));
        let (engine, name) = (db.engine(), question.name());
        println!("| {engine} | {name} | {p50:.2} | {p99:.2} | {hand50:.2} | {hand99:.2} | {:.1} |", p50 / hand50);
    }
}

fn main() {
    let (mut lines, mut asked, mut only) = (200_000, 200, String::new());
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next().unwrap_or_else(|| panic!("{name} needs a value"));
        match name.as_str() {
            "--lines" => lines = value.parse().expect("--lines is a number"),
            "--asked" => asked = value.parse().expect("--asked is a number"),
            "--engine" => only = value,
            other => panic!("{other} is none of --lines, --asked, --engine"),
        }
    }
    let size = Size::of(lines);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!(
        "{} lines of sale, {} stores, {} products, {} days; {asked} questions each; load {load}",
        size.lines,
        fill::STORES,
        fill::PRODUCTS,
        size.days
    );
    println!(
        "| engine | question | ours p50 ms | p99 | by hand p50 ms | p99 | ratio |\n|---|---|---:|---:|---:|---:|---:|"
    );
    if only != "postgres" {
        testing::on_sqlite(|db| async move { measure(&db, size, asked).await });
    }
    if only != "sqlite" {
        testing::on_postgres(|db| async move { measure(&db, size, asked).await });
    }
}
