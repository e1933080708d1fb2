//! What is wrong with a value that somebody wrote, field by field.

use serde_json::{Map, Value};

/// One field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `condition.for`.
    pub path: String,
    /// What belongs there.
    pub expected: String,
    /// What stood there, shortened; `nothing` for a missing field.
    pub got: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, got {}", self.path, self.expected, self.got)
    }
}

/// All that is wrong, so that it can be mended at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Faults(pub Vec<Fault>);

/// Reads fields and gathers what is wrong with them.
#[derive(Default)]
pub(crate) struct Reader {
    faults: Vec<Fault>,
}

/// An object at a path.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    path: &'a str,
    map: &'a Map<String, Value>,
}

impl Place<'_> {
    pub(crate) fn path(self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    pub(crate) fn has(self, name: &str) -> bool {
        self.map.contains_key(name)
    }
}

impl Reader {
    pub(crate) fn fault(&mut self, path: String, expected: impl Into<String>, got: impl Into<String>) {
        self.faults.push(Fault { path, expected: expected.into(), got: got.into() });
    }

    /// The object at `path`, whose fields are all `known`.
    pub(crate) fn object<'a>(&mut self, path: &'a str, value: &'a Value, known: &[&str]) -> Option<Place<'a>> {
        let Some(map) = value.as_object() else {
            let path = if path.is_empty() { "(the whole)" } else { path };
            self.fault(path.to_owned(), "an object", shown(value));
            return None;
        };
        let place = Place { path, map };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            self.fault(place.path(name), format!("no such field, but only {}", known.join(", ")), shown(&map[name]));
        }
        Some(place)
    }

    /// The field as `read` takes it; `otherwise` where it is missing.
    pub(crate) fn field<T>(
        &mut self,
        place: Place<'_>,
        name: &str,
        expected: &str,
        otherwise: Option<T>,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Option<T> {
        let Some(value) = place.map.get(name) else {
            if otherwise.is_none() {
                self.fault(place.path(name), expected, "nothing");
            }
            return otherwise;
        };
        let taken = read(value);
        if taken.is_none() {
            self.fault(place.path(name), expected, shown(value));
        }
        taken
    }

    /// The field as it stands.
    pub(crate) fn raw<'a>(&mut self, place: Place<'a>, name: &str, expected: &str) -> Option<&'a Value> {
        let value = place.map.get(name);
        if value.is_none() {
            self.fault(place.path(name), expected, "nothing");
        }
        value
    }

    /// `value`, if nothing was wrong.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Faults> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Faults(self.faults)),
        }
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
