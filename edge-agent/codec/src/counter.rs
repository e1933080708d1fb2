//! People counters that are asked over HTTP: cumulative sums in JSON, intervals in CSV, and steps out of sums.
//!
//! Source: Axis People Counter user manual and API (`/local/tvpc/.api?live-sum.json`, `export-csv`): `{"serial", "name",
//! "timestamp": "yyyymmddHHMMSS", "in", "out"}`, the sums growing until the counter restarts or its day begins.

use jiff::civil::DateTime;
use serde_json::Value;

/// A counter's sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// The device's serial number.
    pub serial: String,
    /// Its name.
    pub name: String,
    /// By its own clock, in its own zone.
    pub at: DateTime,
    /// In since it began.
    pub entered: u64,
    /// Out since it began.
    pub left: u64,
}

/// One interval of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Its beginning, by the device's clock.
    pub from: DateTime,
    /// Its end.
    pub until: DateTime,
    /// In.
    pub entered: u64,
    /// Out.
    pub left: u64,
}

/// Why an answer is not a counter's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CounterError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// A field is missing or of another type.
    #[error("{field} is {found}, expected {expected}")]
    Field {
        /// Which.
        field: &'static str,
        /// What stands there.
        found: String,
        /// What should.
        expected: &'static str,
    },
    /// A column of the export is missing.
    #[error("no column {0:?} in the export's head")]
    Column(&'static str),
    /// A line of the export.
    #[error("line {line}: {found:?} as {field}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// Which column.
        field: &'static str,
        /// What stands there.
        found: String,
    },
    /// More lines than a year of minutes.
    #[error("more than {MAX_LINES} lines")]
    TooLong,
}

/// Lines one export may have.
const MAX_LINES: usize = 600_000;

/// Reads the answer to `live-sum.json`.
pub fn live(bytes: &[u8]) -> Result<Sums, CounterError> {
    let json: Value = serde_json::from_slice(bytes).map_err(|error| CounterError::Json(error.to_string()))?;
    let wrong = |field, expected| {
        let found = json.get(field).map_or("absent".to_owned(), Value::to_string);
        CounterError::Field { field, found: found.chars().take(60).collect(), expected }
    };
    // Firmware differs in whether numbers are written as texts.
    let number = |field| match json.get(field) {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let text = |field| json.get(field).and_then(Value::as_str);
    Ok(Sums {
        serial: text("serial").ok_or_else(|| wrong("serial", "a text"))?.to_owned(),
        name: text("name").unwrap_or_default().to_owned(),
        at: text("timestamp").and_then(moment).ok_or_else(|| wrong("timestamp", "yyyymmddHHMMSS"))?,
        entered: number("in").ok_or_else(|| wrong("in", "a count"))?,
        left: number("out").ok_or_else(|| wrong("out", "a count"))?,
    })
}

/// `yyyymmddHHMMSS`.
fn moment(text: &str) -> Option<DateTime> {
    if text.len() != 14 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| text[from..to].parse::<i16>().ok();
    let small = |from| part(from, from + 2).and_then(|part| i8::try_from(part).ok());
    DateTime::new(part(0, 4)?, small(4)?, small(6)?, small(8)?, small(10)?, small(12)?, 0).ok()
}

/// Reads the answer to `export-csv`: its head names the columns, whatever their order and however many more there are.
pub fn export(text: &str) -> Result<Vec<Interval>, CounterError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let head = lines.next().map(|(_, line)| fields(line)).unwrap_or_default();
    let column = |name: &'static str| {
        let same = |field: &String| field.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name);
        head.iter().position(same).ok_or(CounterError::Column(name))
    };
    let places = [column("Interval start")?, column("Interval stop")?, column("People in")?, column("People out")?];
    let names = ["Interval start", "Interval stop", "People in", "People out"];
    let mut found = Vec::new();
    for (index, line) in lines {
        if found.len() >= MAX_LINES {
            return Err(CounterError::TooLong);
        }
        let fields = fields(line);
        let field = |which: usize| fields.get(places[which]).map_or("", |field| field.trim());
        let wrong = |which: usize| CounterError::Line {
            line: index + 1,
            field: names[which],
            found: field(which).chars().take(60).collect(),
        };
        let count = |which: usize| field(which).parse().map_err(|_| wrong(which));
        let time = |which: usize| moment(field(which)).ok_or_else(|| wrong(which));
        found.push(Interval { from: time(0)?, until: time(1)?, entered: count(2)?, left: count(3)? });
    }
    Ok(found)
}

/// The fields of a line, quotes undone (RFC 4180; no line breaks within quotes).
fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    out.push(field);
    out
}

/// What a sum grew by since it was last asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// In since then.
    pub entered: u64,
    /// Out since then.
    pub left: u64,
    /// The sums began anew in between: what was counted before that and not yet told is lost.
    pub restarted: bool,
}

/// Sums as steps. The first sums are where counting begins: they say nothing about now.
#[derive(Clone, Debug, Default)]
pub struct Steps {
    last: Option<Sums>,
}

impl Steps {
    /// The step to these sums; none for the first of a device.
    pub fn step(&mut self, sums: Sums) -> Option<Step> {
        let before = self.last.replace(sums.clone())?;
        if before.serial != sums.serial {
            // Another device in its place: its sums are where counting begins.
            return None;
        }
        let restarted = sums.entered < before.entered || sums.left < before.left;
        if restarted {
            return Some(Step { entered: sums.entered, left: sums.left, restarted });
        }
        Some(Step { entered: sums.entered - before.entered, left: sums.left - before.left, restarted })
    }
}

/// Everything at once, for a fuzzer.
pub fn decode_any(bytes: &[u8]) -> usize {
    let lines = std::str::from_utf8(bytes).ok().and_then(|text| export(text).ok()).map_or(0, |found| found.len());
    lines + usize::from(live(bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sums(entered: u64, left: u64) -> Sums {
        let text = format!(
            r#"{{"serial":"00408CAC512B","name":"Entrance","timestamp":"20260301101500","in":{entered},"out":{left}}}"#
        );
        live(text.as_bytes()).expect("sums")
    }

    #[test]
    fn an_answer_is_read_whether_numbers_are_texts_or_not() {
        let read = sums(120, 117);
        assert_eq!((read.entered, read.left, read.serial.as_str()), (120, 117, "00408CAC512B"));
        assert_eq!(read.at.to_string(), "2026-03-01T10:15:00");
        let texts = br#"{"serial":"a","timestamp":"20260301101500","in":"7","out":"3"}"#;
        assert_eq!(live(texts).map(|sums| (sums.entered, sums.left)), Ok((7, 3)));
    }

    #[test]
    fn what_is_no_answer_is_refused_with_its_field() {
        let cases: [(&[u8], &str); 5] = [
            (b"<html>", "not JSON"),
            (br#"{"in":1,"out":1}"#, "serial is absent"),
            (br#"{"serial":"a","timestamp":"20261301101500","in":1,"out":1}"#, "timestamp is"),
            (br#"{"serial":"a","timestamp":"20260301101500","in":-1,"out":1}"#, "in is -1"),
            (br#"{"serial":"a","timestamp":"20260301101500","in":1}"#, "out is absent"),
        ];
        for (bytes, why) in cases {
            let error = live(bytes).expect_err("no answer").to_string();
            assert!(error.starts_with(why), "{error}");
        }
    }

    #[test]
    fn sums_become_steps_and_a_restart_is_seen() {
        let mut steps = Steps::default();
        assert_eq!(steps.step(sums(100, 90)), None, "where counting begins");
        assert_eq!(steps.step(sums(103, 90)), Some(Step { entered: 3, left: 0, restarted: false }));
        assert_eq!(steps.step(sums(2, 1)), Some(Step { entered: 2, left: 1, restarted: true }));
        assert_eq!(steps.step(sums(2, 1)), Some(Step { entered: 0, left: 0, restarted: false }));
        let other = Sums { serial: "another".to_owned(), ..sums(900, 800) };
        assert_eq!(steps.step(other), None, "another device in its place");
    }

    #[test]
    fn an_export_is_read_by_its_head() {
        let text = "\u{feff}Interval start,Interval stop,Camera serial number,Counter name,People in,People out\r\n\
                    20260301080000,20260301081500,00408CAC512B,\"Door, north\",3,2\r\n\
                    20260301081500,20260301083000,00408CAC512B,\"Door \"\"B\"\"\",0,11\r\n";
        let found = export(text).expect("an export");
        assert_eq!(found.iter().map(|line| (line.entered, line.left)).collect::<Vec<_>>(), [(3, 2), (0, 11)]);
        assert_eq!(found[1].until.to_string(), "2026-03-01T08:30:00");
        assert_eq!(export("a,b\n1,2\n"), Err(CounterError::Column("Interval start")));
        let bad = text.replace(",3,2", ",x,2");
        let expected = CounterError::Line { line: 2, field: "People in", found: "x".to_owned() };
        assert_eq!(export(&bad), Err(expected));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[0-9,\"\\n a-zA-Z]{0,200}") {
            decode_any(&bytes);
            decode_any(format!("Interval start,Interval stop,People in,People out\n{text}").as_bytes());
        }

        /// However the sums grow, the steps add up to what they grew by.
        #[test]
        fn steps_add_up(grows in proptest::collection::vec((0_u64..50, 0_u64..50), 1..50)) {
            let (mut steps, mut at, mut told) = (Steps::default(), (1000, 1000), (0, 0));
            steps.step(sums(at.0, at.1));
            for (entered, left) in grows {
                at = (at.0 + entered, at.1 + left);
                let step = steps.step(sums(at.0, at.1)).expect("a step");
                told = (told.0 + step.entered, told.1 + step.left);
            }
            prop_assert_eq!((told.0 + 1000, told.1 + 1000), at);
        }
    }
}
