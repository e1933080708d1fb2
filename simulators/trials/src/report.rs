//! The figures for people: a sentence, and a row in a table that says command, date and machine.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::Context;
use jiff::Timestamp;

use crate::replay::Findings;

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

const HEAD: &str = "| date | command | machine | seed | receipts | lines | seconds | agent kills | hub kills | broker restarts \
| line faults | missing | duplicate | altered | misordered | unexplained |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";

/// The row of a table in Markdown.
pub fn row(found: &Findings, command: &str, machine: &str, at: Timestamp) -> String {
    let (counts, faults) = (&found.counts, &found.faults);
    let numbers = [
        found.seed,
        found.receipts,
        found.lines,
        found.seconds.round() as u64,
        faults.agent_kills.into(),
        faults.hub_kills.into(),
        faults.broker_restarts.into(),
        faults.line().into(),
        counts.missing,
        counts.duplicate,
        counts.altered,
        counts.misordered,
        counts.unexplained,
    ];
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let date = at.strftime("%Y-%m-%d");
    format!("| {date} | `{}` | {machine} | {} |\n", command.replace('|', "\\|"), numbers.join(" | "))
}

/// Adds the row to the table in `file`, which is begun when it is not there.
pub fn append(file: &Path, row: &str) -> anyhow::Result<()> {
    let failed = || format!("failed to write {}", file.display());
    let mut out = OpenOptions::new().create(true).append(true).open(file).with_context(failed)?;
    if out.metadata().with_context(failed)?.len() == 0 {
        out.write_all(HEAD.as_bytes()).with_context(failed)?;
    }
    out.write_all(row.as_bytes()).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Done;
    use crate::ledger::Counts;

    fn findings() -> Findings {
        Findings {
            counts: Counts { missing: 1, ..Counts::default() },
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
    fn a_table_grows_by_rows_under_one_head() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("table.md");
        let at = "2026-03-07T08:00:00Z".parse().expect("a time");
        let row = row(&findings(), "vyavs-trials a|b", "2 cores, a|model".split('|').next().expect("some"), at);
        append(&file, &row).expect("written");
        append(&file, &row).expect("written");
        let text = std::fs::read_to_string(&file).expect("readable");
        let columns: Vec<usize> = text.lines().map(|line| line.replace("\\|", "").matches('|').count()).collect();
        assert_eq!(columns, [17, 17, 17, 17], "{text}");
        assert!(text.contains("2026-03-07") && text.contains("| 9 | 3 | 7 | 2 | 5 | 0 | 0 | 3 | 1 | 0 |"), "{text}");
    }
}
