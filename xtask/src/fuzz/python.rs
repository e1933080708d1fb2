//! schemathesis in an environment of its own below the target directory, pinned to the letter.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{find, root, step, target_dir};

/// What is installed.
const PINNED: &str = "xtask/fuzz/requirements.txt";

/// The program, installed where it was not; else a sentence that says what is missing.
pub(super) fn schemathesis() -> anyhow::Result<Result<PathBuf, String>> {
    let dir = target_dir()?.join("fuzz/python");
    let program = dir.join("bin/schemathesis");
    let (pinned, mark) = (root().join(PINNED), dir.join("requirements.txt"));
    let wanted = std::fs::read_to_string(&pinned)?;
    if program.is_file() && std::fs::read_to_string(&mark).is_ok_and(|there| there == wanted) {
        return Ok(Ok(program));
    }
    let Some(python) = find("python3") else {
        return Ok(Err("there is no python3; `apt-get install python3-venv` brings it".to_owned()));
    };
    if let Err(error) = install(&python, &dir, &pinned) {
        let need = "it needs python3-venv and a registry of Python packages (PyPI, or what PIP_INDEX_URL names)";
        return Ok(Err(format!("schemathesis was not installed ({error:#}); {need}")));
    }
    // Last, so that an environment that was cut short is made again.
    std::fs::write(&mark, wanted)?;
    Ok(Ok(program))
}

fn install(python: &Path, dir: &Path, pinned: &Path) -> anyhow::Result<()> {
    step("python3 -m venv", Command::new(python).args(["-m", "venv", "--clear"]).arg(dir))?;
    let mut pip = Command::new(dir.join("bin/python"));
    // Without a registry this is told within seconds.
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"]);
    pip.arg("--requirement").arg(pinned);
    step("install schemathesis", &mut pip)
}
