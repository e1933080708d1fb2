//! The dashboard, through npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, bail};

use crate::run::{find, first_line, root, step};

/// The oldest Node that the dashboard's tools run on.
const NODE: (u32, u32) = (20, 19);

/// Where it lies.
pub(crate) fn dir() -> PathBuf {
    root().join("cloud-hub/dashboard")
}

/// What the hub serves.
pub(crate) fn dist() -> PathBuf {
    dir().join("dist")
}

/// Fails with one sentence when Node or npm are missing or too old.
pub(crate) fn check_node() -> anyhow::Result<()> {
    let version = first_line("node", &["--version"]);
    let fits = version.as_deref().and_then(parse).is_some_and(|version| version >= NODE);
    if fits && find("npm").is_some() {
        return Ok(());
    }
    let found = version.map_or_else(|| "no node".to_owned(), |version| format!("node {version}"));
    let npm = if find("npm").is_some() { "" } else { " and no npm" };
    bail!(
        "the dashboard needs Node {}.{} or newer with npm, and here is {found}{npm}: install it from nodejs.org or your \
         distribution (Debian 12's own is too old)",
        NODE.0,
        NODE.1
    )
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim().strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// `npm` in the dashboard's folder.
pub(crate) fn npm(args: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(args).current_dir(dir()).env("npm_config_update_notifier", "false");
    command
}

/// Installs what `package-lock.json` names, unless that was done since it changed.
pub(crate) fn install() -> anyhow::Result<()> {
    check_node()?;
    let done = dir().join("node_modules/.package-lock.json");
    if modified(&done) > modified(&dir().join("package-lock.json")) {
        return Ok(());
    }
    step("npm ci", &mut npm(&["ci", "--no-audit", "--no-fund", "--loglevel=error"]))
}

/// Builds `dist/` when a source is newer than it.
pub(crate) fn build() -> anyhow::Result<()> {
    let built = modified(&dist().join("index.html"));
    let sources = ["src", "public", "scripts", "index.html", "package.json", "package-lock.json", "vite.config.ts"];
    let newest = sources.iter().map(|name| newest(&dir().join(name))).max().flatten();
    if built.is_some() && built > newest {
        return Ok(());
    }
    install()?;
    step("dashboard build", &mut npm(&["run", "--silent", "build"]))?;
    modified(&dist().join("index.html")).map(drop).context("the dashboard's build left no dist/index.html")
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

/// When the newest file below `path` was changed.
fn newest(path: &Path) -> Option<SystemTime> {
    if !path.is_dir() {
        return modified(path);
    }
    std::fs::read_dir(path).ok()?.flatten().filter_map(|entry| newest(&entry.path())).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(parse("v20.19.43\n"), Some((20, 19)));
        assert!(parse("v9.30.0").is_some_and(|version| version < NODE));
        assert_eq!(parse("20"), None);
    }

    #[test]
    fn the_newest_file_below_a_folder_counts() {
        let dir = tempfile::tempdir().expect("a directory");
        assert_eq!(newest(dir.path()), None);
        std::fs::create_dir(dir.path().join("a")).expect("made");
        std::fs::write(dir.path().join("a/b"), "").expect("written");
        assert_eq!(newest(dir.path()), modified(&dir.path().join("a/b")));
        assert_eq!(newest(&dir.path().join("none")), None);
    }
}
