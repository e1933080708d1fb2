//! Running other programs from the root of the checkout, with a line that says what runs and how long it took.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

/// The root of the checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the root")
}

/// The cargo that runs us.
pub(crate) fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// Where cargo puts what it builds.
pub(crate) fn target_dir() -> anyhow::Result<PathBuf> {
    let output = cargo(&["metadata", "--format-version", "1", "--no-deps"]).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("cargo metadata failed");
    }
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
    let dir = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
    Ok(PathBuf::from(dir))
}

/// Says `what`, runs it with our output, and fails when it does.
pub(crate) fn step(what: &str, command: &mut Command) -> anyhow::Result<()> {
    let began = Instant::now();
    eprintln!("▶ {what}");
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("{what}: failed to start {program}"))?;
    if !status.success() {
        bail!("{what}: failed ({status})");
    }
    eprintln!("✓ {what} ({:.1} s)", began.elapsed().as_secs_f64());
    Ok(())
}

/// Runs every step, and fails at the end when one did: a format error should not hide what clippy has to say.
pub(crate) fn all(steps: Vec<(&str, anyhow::Result<()>)>) -> anyhow::Result<()> {
    let failed: Vec<String> =
        steps.into_iter().filter_map(|(what, result)| Some(format!("{what}: {:#}", result.err()?))).collect();
    if failed.is_empty() {
        return Ok(());
    }
    bail!("{} of the steps failed:\n  {}", failed.len(), failed.join("\n  "))
}

/// The program's path, when `PATH` has it.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

/// The first line a command prints; `None` when it cannot be run.
pub(crate) fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_step_is_named_and_does_not_hide_the_others() {
        let steps = vec![("good", Ok(())), ("bad", step("bad", &mut Command::new("false"))), ("also good", Ok(()))];
        let error = all(steps).expect_err("one failed").to_string();
        assert!(
            error.starts_with("1 of the steps failed") && error.contains("bad") && !error.contains("good"),
            "{error}"
        );
        let error = step("nothing", &mut Command::new("no-such-program-here")).expect_err("not there");
        assert!(format!("{error:#}").contains("no-such-program-here"), "{error:#}");
    }

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("Cargo.toml").is_file() && root().join("edge-agent").is_dir());
    }
}
