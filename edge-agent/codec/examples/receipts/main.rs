//! Prints receipts in all layouts, reads them back, and prints what was found as tables.
//!
//! `cargo run -p vyavs-codec --example receipts --release -- --count 10000 [--seed 1] [--no-damage] [--notes]`
//!
//! With `--write DIR` it writes the print stream of every layout instead, to try a grammar on.

use std::io::Write as _;
use std::time::Instant;

#[path = "press.rs"]
mod press;

fn main() -> std::io::Result<()> {
    let (mut count, mut seed, mut damage, mut notes) = (10_000, 1, true, false);
    let mut args = std::env::args().skip(1);
    let usage = "--count N, --seed N, --no-damage, --notes and --write DIR are known";
    let mut folder: Option<std::path::PathBuf> = None;
    while let Some(arg) = args.next() {
        if arg == "--write" {
            folder = args.next().map(Into::into);
            continue;
        }
        let mut value = || args.next().and_then(|text| text.parse().ok()).ok_or_else(|| std::io::Error::other(usage));
        match arg.as_str() {
            "--count" => count = value()?,
            "--seed" => seed = value()?,
            "--no-damage" => damage = false,
            "--notes" => notes = true,
            _ => return Err(std::io::Error::other(usage)),
        }
    }
    if let Some(folder) = folder {
        for layout in &press::LAYOUTS {
            std::fs::write(folder.join(layout.name).with_extension("bin"), press::stream(layout, count, seed))?;
        }
        return Ok(());
    }
    let began = Instant::now();
    let table = press::run(count, seed, damage);
    let mut out = std::io::stdout().lock();
    write!(out, "{}", layouts(&table, notes))?;
    if damage {
        write!(out, "\n{}", damages(&table, notes))?;
    }
    writeln!(out, "\nseed {seed}, {} bytes of receipts, {:.1} s", table.bytes, began.elapsed().as_secs_f64())
}

fn layouts(table: &press::Table, notes: bool) -> String {
    let mut text = String::from(
        "| Layout | Language | Receipts | Lines | Proven | Accepted and wrong |\n|---|---|--:|--:|--:|--:|\n",
    );
    for (name, tally) in &table.layouts {
        let share = 100.0 * tally.proven as f64 / tally.printed.max(1) as f64;
        text += &format!(
            "| `{name}` | {} | {} | {} | {} ({share:.2} %) | {} |\n",
            tally.language, tally.printed, tally.lines, tally.proven, tally.wrong
        );
    }
    let share = 100.0 * table.proven() as f64 / table.printed().max(1) as f64;
    let lines: u64 = table.layouts.values().map(|tally| tally.lines).sum();
    text += &format!(
        "| all | | {} | {lines} | {} ({share:.2} %) | {} |\n\nraster-only jobs said to be that: {} of {}; pulses without \
         paper: {} of {}\n",
        table.printed(),
        table.proven(),
        table.wrong(),
        table.rasters.1,
        table.rasters.0,
        table.pulses.1,
        table.pulses.0
    );
    if notes {
        for (name, tally) in &table.layouts {
            tally.notes.iter().for_each(|(note, count)| text += &format!("{name}: {count} x {note}\n"));
        }
    }
    text
}

fn damages(table: &press::Table, notes: bool) -> String {
    let mut text = String::from(
        "| Damage | Receipts | Put aside | Accepted, all true | Wrong money | Wrong quantity | Wrong number or time | Wrong word |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, _) in press::DAMAGES {
        let Some(all) = table.damages.get(name) else { continue };
        text += &format!(
            "| {name} | {} | {} | {} | {} | {} | {} | {} |\n",
            all.read, all.refused, all.harmless, all.wrong_money, all.wrong_quantity, all.wrong_key, all.wrong_word
        );
    }
    if notes {
        for (name, all) in &table.damages {
            all.notes.iter().for_each(|(note, count)| text += &format!("{name}: {count} x {note}\n"));
        }
    }
    text
}
