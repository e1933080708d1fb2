//! Loading a TOML file into the sections that the modules own, with an error that says file, line and field.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file says what it may not; the text names line and field.
    #[error("{path} is not a valid configuration; nothing was started or changed\n{detail}")]
    Parse {
        /// Which file.
        path: PathBuf,
        /// Line, field and what was expected.
        detail: String,
    },
}

/// Reads `path`.
pub fn load<T: DeserializeOwned>(path: &Path) -> Result<T, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| ConfigError::Parse { path: path.to_owned(), detail: error.to_string() })
}

/// A number of bytes: `4096`, `"64 KiB"`, `"2 GiB"`, `"75 MB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Repr", into = "String")]
pub struct ByteSize(pub u64);

#[derive(Deserialize)]
#[serde(untagged)]
enum Repr {
    Number(u64),
    Text(String),
}

/// Not a byte size.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a size such as \"64 KiB\", \"75 MB\" or \"2 GiB\"")]
pub struct ByteSizeError(String);

const UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl FromStr for ByteSize {
    type Err = ByteSizeError;
    fn from_str(text: &str) -> Result<Self, ByteSizeError> {
        let wrong = || ByteSizeError(text.to_owned());
        let (number, factor) =
            UNITS.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor))).unwrap_or((text, 1));
        let number: u64 = number.trim().parse().map_err(|_| wrong())?;
        number.checked_mul(factor).map(Self).ok_or_else(wrong)
    }
}

impl TryFrom<Repr> for ByteSize {
    type Error = ByteSizeError;
    fn try_from(repr: Repr) -> Result<Self, ByteSizeError> {
        match repr {
            Repr::Number(bytes) => Ok(Self(bytes)),
            Repr::Text(text) => text.parse(),
        }
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, factor) =
            UNITS.iter().find(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor)).unwrap_or(&("B", 1));
        write!(f, "{} {unit}", self.0 / factor)
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> String {
        size.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Section {
        #[expect(dead_code, reason = "only its parsing is tested")]
        quota: ByteSize,
    }

    #[test]
    fn an_error_names_file_line_and_field() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("edge.toml");
        std::fs::write(&path, "quota = \"2 GiB\"\nqouta = 1\n").expect("written");
        let error = load::<Section>(&path).expect_err("a typo").to_string();
        assert!(error.contains("edge.toml") && error.contains("qouta") && error.contains('2'), "{error}");
    }

    #[test]
    fn sizes_read_and_print() {
        for (text, bytes) in [("64 KiB", 65_536), ("75 MB", 75_000_000), ("12", 12), ("2GiB", 2_147_483_648)] {
            assert_eq!(text.parse::<ByteSize>().expect("a size").0, bytes);
        }
        assert!("2 lumps".parse::<ByteSize>().is_err());
        assert_eq!(ByteSize(65_536).to_string(), "64 KiB");
        assert!("99999999999 GiB".parse::<ByteSize>().is_err());
    }
}
