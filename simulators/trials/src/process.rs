//! The real programs as child processes: found, started, killed, and never left behind.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Why a program could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It is not where it should be.
    #[error("{name} is not in {dir}; build it first (cargo build -p {package}), or say where it is in VYAVS_BIN")]
    NotFound {
        /// Which program.
        name: &'static str,
        /// Where it was looked for.
        dir: PathBuf,
        /// Who makes it.
        package: &'static str,
    },
    /// The system refused.
    #[error("failed to {what} {name}")]
    System {
        /// What was tried.
        what: &'static str,
        /// With which program.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It ended, and not well.
    #[error("{name} ended with {status}; the end of {log}:\n{tail}")]
    Ended {
        /// Which program.
        name: String,
        /// How.
        status: ExitStatus,
        /// Where its words are.
        log: PathBuf,
        /// The last of them.
        tail: String,
    },
    /// It did not do in time what it was started for.
    #[error("{name} {what} within {seconds} s; the end of {log}:\n{tail}")]
    Late {
        /// Which program.
        name: String,
        /// What it did not.
        what: &'static str,
        /// How long it had.
        seconds: u64,
        /// Where its words are.
        log: PathBuf,
        /// The last of them.
        tail: String,
    },
}

/// The programs of the project.
#[derive(Clone, Debug)]
pub struct Programs {
    /// `vyavs-hub`.
    pub hub: PathBuf,
    /// `vyavs-edge`.
    pub edge: PathBuf,
    /// `vyavs-store-sim`.
    pub sim: PathBuf,
}

impl Programs {
    /// In `VYAVS_BIN`, or else beside the running program; the agent may be named alone, by `VYAVS_EDGE`.
    pub fn find() -> Result<Self, ProcessError> {
        let dir = folder();
        let find = |name: &'static str, package: &'static str| {
            let path = dir.join(name);
            if path.is_file() { Ok(path) } else { Err(ProcessError::NotFound { name, dir: dir.clone(), package }) }
        };
        Ok(Self {
            hub: find("vyavs-hub", "vyavs-hub")?,
            // Named, it is that one or an error at its start, never another in its place.
            edge: match std::env::var_os("VYAVS_EDGE") {
                Some(path) => PathBuf::from(path),
                None => find("vyavs-edge", "vyavs-edge-agent")?,
            },
            sim: find("vyavs-store-sim", "vyavs-store-sim")?,
        })
    }
}

/// `VYAVS_BIN`, or where the running program is.
fn folder() -> PathBuf {
    let beside = || {
        let exe = std::env::current_exe().ok()?;
        let dir = exe.parent()?;
        // A test runs one folder further down.
        Some(if dir.ends_with("deps") { dir.parent()?.to_owned() } else { dir.to_owned() })
    };
    std::env::var_os("VYAVS_BIN").map(PathBuf::from).or_else(beside).unwrap_or_default()
}

/// The agent's program alone, for trials without a hub: named by `VYAVS_EDGE`, in `VYAVS_BIN`, or beside the running program.
pub fn edge() -> Result<PathBuf, ProcessError> {
    if let Some(path) = std::env::var_os("VYAVS_EDGE") {
        return Ok(PathBuf::from(path));
    }
    let dir = folder();
    let path = dir.join("vyavs-edge");
    if path.is_file() {
        Ok(path)
    } else {
        Err(ProcessError::NotFound { name: "vyavs-edge", dir, package: "vyavs-edge-agent" })
    }
}

/// A running program. Dropped, it is killed.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    log: PathBuf,
}

fn name_of(program: &Path) -> String {
    program.file_name().map_or_else(|| program.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The program, so started that the kernel kills it when we die, however we die.
fn command(program: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    let mut command = if setpriv.is_file() {
        // It becomes the program itself: one process, one id.
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    // A Ctrl-C at the terminal is ours; they are stopped in order.
    command.stdin(Stdio::null()).kill_on_drop(true).process_group(0);
    command
}

fn append(log: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(log)
}

/// The last lines of a log, for an error.
pub fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

impl Running {
    /// Starts `program`; what it says is added to `log`.
    pub fn start<S: AsRef<OsStr>>(
        program: &Path,
        args: impl IntoIterator<Item = S>,
        log: &Path,
    ) -> Result<Self, ProcessError> {
        Self::start_with(program, args, &[], log)
    }

    /// Starts it with more variables in its environment.
    pub fn start_with<S: AsRef<OsStr>>(
        program: &Path,
        args: impl IntoIterator<Item = S>,
        variables: &[(String, String)],
        log: &Path,
    ) -> Result<Self, ProcessError> {
        let name = name_of(program);
        let failed = |what| {
            let name = name.clone();
            move |source| ProcessError::System { what, name, source }
        };
        let words = append(log).map_err(failed("open the log of"))?;
        let more = words.try_clone().map_err(failed("open the log of"))?;
        let variables = variables.iter().map(|(name, value)| (name, value));
        let started = command(program).args(args).envs(variables).stdout(words).stderr(more).spawn();
        let child = started.map_err(failed("start"))?;
        Ok(Self { name, child, log: log.to_owned() })
    }

    /// Its process id, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Its status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// An error that shows how it ended.
    pub fn error(&self, status: ExitStatus) -> ProcessError {
        ProcessError::Ended { name: self.name.clone(), status, log: self.log.clone(), tail: tail(&self.log) }
    }

    /// An error that says what it did not do in time.
    pub fn late(&self, what: &'static str, after: Duration) -> ProcessError {
        let seconds = after.as_secs();
        ProcessError::Late { name: self.name.clone(), what, seconds, log: self.log.clone(), tail: tail(&self.log) }
    }

    /// `kill -9`, and waits until it is gone.
    pub async fn kill(mut self) -> Result<(), ProcessError> {
        let failed = |source| ProcessError::System { what: "kill", name: self.name.clone(), source };
        self.child.kill().await.map_err(failed)
    }

    /// Asks it to stop and waits; one that does not in time is killed and an error.
    pub async fn stop(mut self, patience: Duration) -> Result<ExitStatus, ProcessError> {
        if let Some(pid) = self.child.id().and_then(|id| Pid::from_raw(id as i32)) {
            // Gone already is as good.
            let _ = kill_process(pid, Signal::TERM);
        }
        self.wait(patience).await
    }

    /// Waits for its own end.
    pub async fn wait(&mut self, patience: Duration) -> Result<ExitStatus, ProcessError> {
        match timeout(patience, self.child.wait()).await {
            Ok(Ok(status)) => Ok(status),
            Ok(Err(source)) => Err(ProcessError::System { what: "wait for", name: self.name.clone(), source }),
            Err(_) => {
                let _ = self.child.kill().await;
                Err(self.late("did not end", patience))
            }
        }
    }
}

/// Runs `program` to its end and returns what it printed; its other words are added to `log`.
pub async fn output<S: AsRef<OsStr>>(
    program: &Path,
    args: impl IntoIterator<Item = S>,
    log: &Path,
) -> Result<String, ProcessError> {
    let name = name_of(program);
    let words =
        append(log).map_err(|source| ProcessError::System { what: "open the log of", name: name.clone(), source })?;
    let output = command(program)
        .args(args)
        .stdout(Stdio::piped())
        .stderr(words)
        .spawn()
        .map_err(|source| ProcessError::System { what: "start", name: name.clone(), source })?
        // Not `output()`: that would take its other words away from the log.
        .wait_with_output()
        .await
        .map_err(|source| ProcessError::System { what: "run", name: name.clone(), source })?;
    if !output.status.success() {
        return Err(ProcessError::Ended { name, status: output.status, log: log.to_owned(), tail: tail(log) });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alive(pid: u32) -> bool {
        // A zombie still has a folder; its state says so.
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
    }

    #[tokio::test]
    async fn a_killed_program_is_gone_and_a_stopped_one_may_say_good_bye() {
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("sh.log");
        let script = "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
        let start = || Running::start(Path::new("/bin/sh"), ["-c", script], &log).expect("started");
        let ready = async |times: usize| {
            while std::fs::read_to_string(&log).unwrap_or_default().matches("ready").count() < times {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let one = start();
        let pid = one.child.id().expect("running");
        ready(1).await;
        assert!(alive(pid));
        one.kill().await.expect("killed");
        assert!(!alive(pid));
        let two = start();
        ready(2).await;
        let status = two.stop(Duration::from_secs(5)).await.expect("ends in time");
        assert_eq!(status.code(), Some(3));
        assert_eq!(tail(&log), "ready\nready\nbye");
    }

    #[tokio::test]
    async fn an_unwilling_program_is_killed_and_a_failed_one_shows_its_words() {
        let dir = tempfile::tempdir().expect("a directory");
        let log = dir.path().join("sh.log");
        let deaf = Running::start(Path::new("/bin/sh"), ["-c", "trap '' TERM; echo deaf; exec sleep 30"], &log)
            .expect("started");
        while !tail(&log).contains("deaf") {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let error = deaf.stop(Duration::from_millis(200)).await.expect_err("it does not listen").to_string();
        assert!(error.contains("did not end") && error.contains("deaf"), "{error}");
        let error = output(Path::new("/bin/sh"), ["-c", "echo sorry >&2; exit 4"], &log).await.expect_err("failed");
        assert!(error.to_string().contains("sorry"), "{error}");
        assert_eq!(output(Path::new("/bin/sh"), ["-c", "echo yes"], &log).await.expect("ran"), "yes\n");
    }
}
