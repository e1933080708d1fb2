//! How often what was asked, and what came back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

/// What `hooks.py` counted.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Tally {
    /// All of them.
    pub(super) requests: u64,
    statuses: BTreeMap<String, u64>,
    operations: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Tally {
    /// As it was written.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("schemathesis left no {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} is no tally", path.display()))
    }

    /// Both together.
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        for (operation, statuses) in other.operations {
            let mine = self.operations.entry(operation).or_default();
            for (status, count) in statuses {
                *mine.entry(status).or_default() += count;
            }
        }
    }

    /// For people: how many of each status, and which operations have not once said yes, so that their answers were never
    /// seen (`named`: those are told by name).
    pub(super) fn table(&self, named: bool) -> String {
        let mut text = "status  answers\n".to_owned();
        for (status, count) in &self.statuses {
            let _ = writeln!(text, "{status:>6}  {count:>7}");
        }
        let yes = |statuses: &BTreeMap<String, u64>| statuses.keys().any(|status| status.starts_with('2'));
        let never: Vec<&str> =
            self.operations.iter().filter(|(_, statuses)| !yes(statuses)).map(|(name, _)| name.as_str()).collect();
        let _ = write!(
            text,
            "{} of {} operations answered 2xx",
            self.operations.len() - never.len(),
            self.operations.len()
        );
        if named && !never.is_empty() {
            let _ = write!(text, "; never: {}", never.join(", "));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_add_up_and_what_never_said_yes_is_named() {
        let read = |text: &str| serde_json::from_str::<Tally>(text).expect("a tally");
        let one = r#"{"requests": 3, "seconds": 1.5, "statuses": {"200": 1, "400": 2},
            "operations": {"GET /a": {"200": 1, "400": 1}, "POST /b": {"400": 1}}}"#;
        let mut all = Tally::default();
        all.add(read(one));
        all.add(read(one));
        let table = all.table(true);
        assert_eq!(all.requests, 6);
        assert!(table.contains("   400        4\n"), "{table}");
        assert!(table.ends_with("1 of 2 operations answered 2xx; never: POST /b"), "{table}");
    }
}
