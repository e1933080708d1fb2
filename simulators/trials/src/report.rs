//! The figures for people: a sentence, and a row in a table that says command, date and machine.

use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use crate::replay::{Findings, Wire};

/// A few lines for a terminal.
pub fn text(found: &Findings) -> String {
    let counts = &found.counts;
    let faults = &found.faults;
    let mut text = format!(
        "{} receipts with {} lines in {:.1} s; {} agent kills, {} hub kills, {} broker restarts, {} line faults\n\
         missing {}  duplicate {}  altered {}  misordered {}  unexplained {}",
        found.receipts,
        found.lines,
        found.seconds,
        faults.agent_kills,
        faults.hub_kills,
        faults.broker_restarts,
        faults.line(),
        counts.missing,
        counts.duplicate,
        counts.altered,
        counts.misordered,
        counts.unexplained,
    );
    if let Some(paper) = &found.paper {
        text.push_str(&format!(
            "\n{} receipts whole on {} bytes of paper; {} named ({} put aside, at most {} in {} losses of the tap), \
             {} torn, {} not printed, {} pieces nobody sent; {} relay kills",
            paper.receipts,
            paper.bytes,
            found.named,
            paper.quarantined,
            paper.statement_jobs,
            paper.statements,
            paper.torn,
            paper.unprinted,
            paper.altered,
            faults.relay_kills,
        ));
    }
    for example in &found.examples {
        text.push_str("\n  ");
        text.push_str(example);
    }
    text
}

/// Cores and model of this machine's processor.
pub fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    format!("{cores} cores, {}", model.map_or("unknown processor", |(_, model)| model.trim()))
}

/// Arguments as others can use them: where the data is and where it is kept differs from machine to machine, and which
/// table it goes to says nothing.
pub fn without_places(args: impl Iterator<Item = String>) -> Vec<String> {
    let (mut said, mut before) = (Vec::new(), String::new());
    for arg in args {
        match before.as_str() {
            "--data" => said.push("DIR".to_owned()),
            "--keep" => said.push("OUT".to_owned()),
            "--table" => {}
            _ if arg == "--table" || arg.starts_with("--table=") => {}
            _ => said.push(arg.clone()),
        }
        before = arg;
    }
    said
}

const JOURNAL: &str = "| date | command | machine | seed | receipts | lines | seconds | agent kills | hub kills | broker restarts \
| line faults | missing | duplicate | altered | misordered | unexplained |";
const PRINTER: &str = "| date | command | machine | seed | on paper | lines | seconds | agent kills | relay kills | hub kills \
| broker restarts | line faults | not printed | named | of these put aside | missing | duplicate | altered | misordered \
| unexplained |";

/// The row of a table in Markdown, and the table's head.
fn row(found: &Findings, command: &str, machine: &str, at: Timestamp) -> (&'static str, String) {
    let (counts, faults) = (&found.counts, &found.faults);
    let five = [counts.missing, counts.duplicate, counts.altered, counts.misordered, counts.unexplained];
    let seconds = found.seconds.round() as u64;
    let (head, mut numbers) = match (found.wire, &found.paper) {
        (Wire::Printer(_), Some(paper)) => {
            let kills =
                [faults.agent_kills, faults.relay_kills, faults.hub_kills, faults.broker_restarts, faults.line()];
            let mut numbers = vec![found.seed, paper.receipts, found.lines, seconds];
            numbers.extend(kills.map(u64::from));
            numbers.extend([paper.unprinted, found.named, paper.quarantined]);
            (PRINTER, numbers)
        }
        _ => {
            let kills = [faults.agent_kills, faults.hub_kills, faults.broker_restarts, faults.line()];
            let mut numbers = vec![found.seed, found.receipts, found.lines, seconds];
            numbers.extend(kills.map(u64::from));
            (JOURNAL, numbers)
        }
    };
    numbers.extend(five);
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let date = at.strftime("%Y-%m-%d");
    (head, format!("| {date} | `{}` | {machine} | {} |\n", command.replace('|', "\\|"), numbers.join(" | ")))
}

/// Adds a row to the table of its kind in `file`, behind the rows that are there. A table that is not there yet is begun
/// at the end; all else in the file stays.
pub fn append(file: &Path, found: &Findings, command: &str, at: Timestamp) -> anyhow::Result<()> {
    let (head, row) = row(found, command, &machine(), at);
    let text = match std::fs::read_to_string(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        text => text.with_context(|| format!("failed to read {}", file.display()))?,
    };
    std::fs::write(file, with_row(&text, head, &row)).with_context(|| format!("failed to write {}", file.display()))
}

fn with_row(text: &str, head: &str, row: &str) -> String {
    let mut out = String::with_capacity(text.len() + row.len());
    let (mut inside, mut done) = (false, false);
    for line in text.split_inclusive('\n') {
        if inside && !line.starts_with('|') {
            out.push_str(row);
            (inside, done) = (false, true);
        }
        inside |= !done && line.trim_end() == head;
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push('\n');
        }
    }
    if !inside && !done {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(head);
        out.push('\n');
        out.push_str(&"|---".repeat(head.matches('|').count() - 1));
        out.push_str("|\n");
    }
    if !done {
        out.push_str(row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Done;
    use crate::ledger::Counts;
    use crate::ledger::paper::PaperFindings;
    use crate::replay::Engine;

    fn findings() -> Findings {
        Findings {
            counts: Counts { missing: 1, ..Counts::default() },
            named: 0,
            paper: None,
            wire: Wire::Journal,
            engine: Engine::Sqlite,
            lines: 7,
            receipts: 3,
            seconds: 2.4,
            faults: Done { cuts: 2, resets: 1, agent_kills: 5, ..Done::default() },
            seed: 9,
            quarantined: 0,
            repeated: 0,
            lost: 0,
            dead_letters: 0,
            against_ledger: Counts::default(),
            against_source: None,
            agent_start_ms: (1, 2),
            hub_start_ms: (3, 4),
            examples: vec!["missing: this".to_owned()],
        }
    }

    #[test]
    fn the_five_counts_stand_on_top_of_the_json() {
        let value = serde_json::to_value(findings()).expect("JSON");
        for (name, count) in [("missing", 1), ("duplicate", 0), ("altered", 0), ("misordered", 0), ("unexplained", 0)] {
            assert_eq!(value[name], count, "{name}");
        }
        assert_eq!((value["lines"].as_u64(), value["faults"]["cuts"].as_u64()), (Some(7), Some(2)));
    }

    #[test]
    fn a_table_grows_by_rows_under_one_head_and_all_else_stays() {
        let at = "2026-03-07T08:00:00Z".parse().expect("a time");
        let (head, journal) = row(&findings(), "vyavs-trials a|b", "2 cores", at);
        let mut printed = findings();
        (printed.wire, printed.paper) = (Wire::Printer(1), Some(PaperFindings::default()));
        let (paper_head, paper) = row(&printed, "vyavs-trials c", "2 cores", at);
        assert_ne!(head, paper_head);
        let mut text = with_row("# Trials\n", head, &journal);
        text.push_str("\n## More\n\nby hand\n");
        for (head, row) in [(head, &journal), (paper_head, &paper), (head, &journal), (paper_head, &paper)] {
            text = with_row(&text, head, row);
        }
        let columns: Vec<usize> = text.lines().map(|line| line.replace("\\|", "").matches('|').count()).collect();
        assert_eq!(columns, [0, 0, 17, 17, 17, 17, 17, 0, 0, 0, 0, 0, 21, 21, 21, 21], "{text}");
        assert!(text.contains("2026-03-07") && text.contains("| 9 | 3 | 7 | 2 | 5 | 0 | 0 | 3 | 1 | 0 |"), "{text}");
        assert!(text.ends_with(&paper) && text.contains("by hand"), "{text}");
    }

    #[test]
    fn a_command_names_no_place() {
        let args = "replay --data /a/b --every 20 --keep /c --table d.md --json".split(' ').map(str::to_owned);
        assert_eq!(without_places(args).join(" "), "replay --data DIR --every 20 --keep OUT --json");
    }

    #[test]
    fn a_file_that_is_not_there_is_begun() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("table.md");
        let at = "2026-03-07T08:00:00Z".parse().expect("a time");
        append(&file, &findings(), "vyavs-trials", at).expect("written");
        assert!(std::fs::read_to_string(&file).expect("readable").starts_with("| date |"));
    }
}
