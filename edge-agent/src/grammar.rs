//! Which receipt grammar an input reads with: a built-in one, or a file of the store's own.

use std::path::{Path, PathBuf};

use vyavs_codec::receipt::{Grammar, GrammarError};

/// A grammar that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no such file, and no built-in grammar of that name.
    #[error("failed to read the receipt grammar {path} ({known} are built in)", known = built_in())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It does not make sense.
    #[error(transparent)]
    Grammar(#[from] GrammarError),
}

fn built_in() -> String {
    vyavs_codec::receipt::BUILT_IN.map(|(name, _)| name).join(", ")
}

/// By built-in name, or from a file.
pub fn load(name_or_path: &str) -> Result<Grammar, LoadError> {
    if let Some(grammar) = Grammar::built_in(name_or_path) {
        return Ok(grammar);
    }
    let path = Path::new(name_or_path);
    let text = std::fs::read_to_string(path).map_err(|source| LoadError::Read { path: path.to_owned(), source })?;
    Ok(Grammar::parse(name_or_path, &text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grammar_is_built_in_or_a_file_and_an_error_says_which() {
        assert_eq!(load("vyavs-plain").expect("built in").name(), "vyavs-plain");
        let missing = load("/no/such.toml").expect_err("no file").to_string();
        assert!(missing.contains("/no/such.toml") && missing.contains("vyavs-plain"), "{missing}");
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("own.toml");
        std::fs::write(&path, "name = \"own\"\nrow = []\n").expect("written");
        let name = path.to_str().expect("text");
        let wrong = load(name).expect_err("no rows").to_string();
        assert!(wrong.contains(name) && wrong.contains("Item"), "{wrong}");
    }
}
