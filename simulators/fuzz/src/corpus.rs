//! Inputs worth keeping, one file a decoder: an input a line, in hexadecimal, so that a change shows as one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// The file of one decoder.
pub fn file(corpus: &Path, target: &str) -> PathBuf {
    corpus.join(format!("{target}.hex"))
}

/// Every input of `file`; none when there is no such file.
pub fn load(file: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("failed to read {}", file.display())),
    };
    let mut inputs = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let wrong = || format!("{} line {}: not hexadecimal", file.display(), at + 1);
        inputs.push(vyavs_codec::ble::hex(line.as_bytes()).with_context(wrong)?);
    }
    Ok(inputs)
}

/// Adds inputs that are not there yet; how many were not.
pub fn keep(file: &Path, inputs: impl IntoIterator<Item = Vec<u8>>) -> anyhow::Result<usize> {
    let mut all: BTreeSet<Vec<u8>> = load(file)?.into_iter().collect();
    let before = all.len();
    all.extend(inputs.into_iter().filter(|input| !input.is_empty()));
    let added = all.len() - before;
    if added == 0 {
        return Ok(0);
    }
    // The short ones first: whoever looks for a cause wants the smallest.
    let mut sorted: Vec<_> = all.into_iter().collect();
    sorted.sort_by_key(Vec::len);
    let mut text = String::new();
    for input in sorted {
        input.iter().for_each(|byte| {
            let _ = write!(text, "{byte:02x}");
        });
        text.push('\n');
    }
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    }
    let new = file.with_extension("new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, file))
        .with_context(|| format!("failed to write {}", file.display()))?;
    Ok(added)
}

/// Every file of a folder, as a coverage-guided fuzzer keeps them.
pub fn folder(folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let list = || format!("failed to list {}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(list)? {
        paths.push(entry.with_context(list)?.path());
    }
    paths.sort();
    let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("failed to read {}", path.display()));
    paths.iter().filter(|path| path.is_file()).map(read).collect()
}

/// Writes inputs into a folder, a file each.
pub fn unpack(inputs: &[Vec<u8>], folder: &Path) -> anyhow::Result<()> {
    ensure!(!folder.is_file(), "{} is a file, expected a folder", folder.display());
    std::fs::create_dir_all(folder).with_context(|| format!("failed to make {}", folder.display()))?;
    for (at, input) in inputs.iter().enumerate() {
        let path = folder.join(format!("{at:05}"));
        std::fs::write(&path, input).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_there_once_and_what_is_damaged_is_named() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = file(dir.path(), "escpos");
        assert_eq!(load(&file).expect("no file is no input"), Vec::<Vec<u8>>::new());
        let inputs = [vec![0x1B, 0x40], vec![1], vec![], vec![1]];
        assert_eq!(keep(&file, inputs.clone()).expect("written"), 2);
        assert_eq!(keep(&file, inputs).expect("nothing to write"), 0);
        assert_eq!(load(&file).expect("read"), [vec![1], vec![0x1B, 0x40]]);
        let folder_of = dir.path().join("all");
        unpack(&load(&file).expect("read"), &folder_of).expect("written");
        assert_eq!(folder(&folder_of).expect("read").len(), 2);
        std::fs::write(&file, "1b40\nxy\n").expect("written");
        assert!(load(&file).expect_err("damaged").to_string().contains("line 2"));
    }
}
