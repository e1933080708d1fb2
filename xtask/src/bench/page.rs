//! `docs/benchmarks.md`: a head that says how to make it, and a section a benchmark with command, date and machine.

use std::fmt::Write as _;
use std::path::Path;

use crate::run::first_line;

const HEAD: &str = "# Benchmarks\n\nWritten by `cargo xtask bench`, which builds everything in release and runs one benchmark after the other; `cargo \
xtask bench NAME`\nruns those whose name contains NAME and leaves the other sections as they are.\n";

/// A benchmark's part of the page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// Its heading.
    name: String,
    /// Everything below it.
    body: String,
}

impl Section {
    /// What a benchmark printed: a Markdown table stays one, anything else stands as it was printed.
    pub(super) fn new(name: &str, command: &str, when: &str, printed: &str) -> Self {
        let text = printed.trim_end();
        let table = text.lines().any(|line| line.starts_with('|'));
        let text = if table { text.to_owned() } else { format!("```text\n{text}\n```") };
        let body = format!("`{command}`\n\n{when}; {}.\n\n{text}\n", machine().join(", "));
        Self { name: name.to_owned(), body }
    }
}

/// The sections of a page that was written before.
pub(super) fn read(page: &str) -> Vec<Section> {
    let parts = page.split("\n## ").skip(1);
    let section = |part: &str| {
        let (name, body) = part.split_once('\n')?;
        Some(Section { name: name.trim().to_owned(), body: format!("{}\n", body.trim()) })
    };
    parts.filter_map(section).collect()
}

/// The new sections in place of those of the same name, and what there was beside them if it is still `known`.
pub(super) fn merge(old: Vec<Section>, new: Vec<Section>, known: &[String]) -> Vec<Section> {
    let mut all = new;
    for section in old {
        if known.contains(&section.name) && all.iter().all(|other| other.name != section.name) {
            all.push(section);
        }
    }
    all.sort_by_key(|section| known.iter().position(|name| *name == section.name));
    all
}

/// The page.
pub(super) fn write(sections: &[Section]) -> String {
    let mut page = HEAD.to_owned();
    for Section { name, body } in sections {
        write!(page, "\n## {name}\n\n{body}").expect("a string takes everything");
    }
    page
}

/// Processor, cores, memory, system and compiler, as far as the system tells.
fn machine() -> Vec<String> {
    let field = |path: &str, name: &str| -> Option<String> {
        let text = std::fs::read_to_string(Path::new(path)).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once([':', '='])?.1.trim().trim_matches('"').to_owned())
    };
    let cores = std::thread::available_parallelism().map(|cores| format!("{cores} cores")).ok();
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.strip_suffix(" kB")?.trim().parse::<u64>().ok())
        .map(|kib| format!("{:.1} GiB of memory", kib as f64 / 1_048_576.0));
    let facts = [
        field("/proc/cpuinfo", "model name"),
        cores,
        memory,
        field("/etc/os-release", "PRETTY_NAME"),
        first_line("uname", &["-sr"]),
        first_line("rustc", &["--version"]),
    ];
    facts.into_iter().flatten().collect()
}

/// The load of the machine just now: a benchmark wants it near 0.
pub(super) fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().unwrap_or("unknown").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_stands_as_a_table_and_text_as_text() {
        let table = Section::new("a", "run a", "2026-01-01", "| a |\n| - |\n");
        assert!(table.body.ends_with("\n| a |\n| - |\n"), "{table:?}");
        let text = Section::new("b", "run b", "2026-01-01", "12 records\n");
        assert!(text.body.starts_with("`run b`\n\n2026-01-01; "), "{text:?}");
        assert!(text.body.ends_with("\n```text\n12 records\n```\n"), "{text:?}");
    }

    #[test]
    fn a_section_that_was_not_run_stays_and_one_that_is_no_more_goes() {
        let known: Vec<String> = ["a", "b"].map(str::to_owned).into();
        let section = |name: &str, printed: &str| Section::new(name, "run", "2026-01-01", printed);
        let page = write(&[section("a", "1"), section("b", "2"), section("gone", "3")]);
        let merged = merge(read(&page), vec![section("b", "4")], &known);
        assert_eq!(merged, [section("a", "1"), section("b", "4")]);
        assert_eq!(read(&write(&merged)), merged);
    }
}
