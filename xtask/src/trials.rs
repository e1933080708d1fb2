//! `cargo xtask trials`: proofs against the real programs, in release.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use crate::run::{cargo, root, step, target_dir};

/// What `vyavs-trials` is asked to do.
#[derive(Debug, Args)]
pub(crate) struct TrialsArgs {
    /// Its own arguments: see `cargo xtask trials --help-trials`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, num_args = 0..)]
    args: Vec<OsString>,
}

/// The programs that a trial runs.
pub(crate) const PROGRAMS: [&str; 8] =
    ["-p", "vyavs-hub", "-p", "vyavs-edge-agent", "-p", "vyavs-store-sim", "-p", "vyavs-trials"];

/// Builds them in release and hands the arguments over.
pub(crate) fn run(args: &TrialsArgs) -> anyhow::Result<()> {
    step("build (release)", cargo(&["build", "--release", "--locked", "--bins"]).args(PROGRAMS))?;
    step("trials", Command::new(program("release")?).args(arguments(&args.args)).current_dir(root()))
}

/// `vyavs-trials` of a profile.
pub(crate) fn program(profile: &str) -> anyhow::Result<PathBuf> {
    Ok(target_dir()?.join(profile).join("vyavs-trials"))
}

/// Its commands that measure instead of proving: they keep no table.
const FIGURES: [&str; 3] = ["drain", "footprint", "relaying"];

/// The arguments, with the table in docs/trials.md when a trial is run and no other place is given.
fn arguments(given: &[OsString]) -> Vec<OsString> {
    let has = |flag: &str| given.iter().any(|arg| arg.to_str().is_some_and(|arg| arg.split('=').next() == Some(flag)));
    if given.iter().any(|arg| arg == "--help-trials") {
        return vec!["--help".into()];
    }
    let mut all = given.to_vec();
    let trial = given.first().is_some_and(|verb| FIGURES.iter().all(|figure| *verb != **figure));
    if trial && !has("--table") && !has("--help") && !has("-h") {
        all.extend(["--table".into(), "docs/trials.md".into()]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_kept_unless_another_place_is_given() {
        let of = |args: &[&str]| -> Vec<String> {
            let args: Vec<OsString> = args.iter().map(OsString::from).collect();
            arguments(&args).into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect()
        };
        assert_eq!(of(&["kill"]), ["kill", "--table", "docs/trials.md"]);
        assert_eq!(of(&["kill", "--table=x.md"]), ["kill", "--table=x.md"]);
        assert_eq!(of(&["drain", "--json"]), ["drain", "--json"]);
        assert_eq!(of(&["relaying"]), ["relaying"]);
        assert_eq!(of(&["--help-trials"]), ["--help"]);
        assert!(of(&[]).is_empty());
    }
}
