//! The programs of a demo: each with its log, and none left behind.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::run::find;

/// What they get to end well.
const GRACE: Duration = Duration::from_secs(10);

/// Running programs, in the order they were started. Dropped, they are killed; and should this process be killed itself,
/// the kernel ends them (`setpriv --pdeathsig`), so they must be started by the thread that lives as long as it.
pub(crate) struct Children {
    logs: PathBuf,
    stop: Arc<AtomicBool>,
    running: Vec<(String, Child)>,
}

impl Children {
    /// None yet; their logs go to `logs`. Once `stop` is set, nothing is waited for any more.
    pub(crate) fn new(logs: PathBuf, stop: Arc<AtomicBool>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&logs).with_context(|| format!("failed to make {}", logs.display()))?;
        Ok(Self { logs, stop, running: Vec::new() })
    }

    /// Starts a program that runs until it is stopped.
    pub(crate) fn start(&mut self, name: &str, program: &Path, args: &[&str]) -> anyhow::Result<()> {
        let path = self.log(name);
        let log = File::create(&path).with_context(|| format!("failed to make {}", path.display()))?;
        let mut command = match find("setpriv") {
            Some(setpriv) => {
                let mut command = Command::new(setpriv);
                command.args(["--pdeathsig", "TERM", "--"]).arg(program);
                command
            }
            None => Command::new(program),
        };
        // A log ends with what went wrong, not with where.
        command.args(args).env("RUST_LIB_BACKTRACE", "0").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // Away from the terminal's group: Ctrl-C is for us alone, and we end them in order.
        let child =
            command.process_group(0).spawn().with_context(|| format!("failed to start {}", program.display()))?;
        self.running.push((name.to_owned(), child));
        Ok(())
    }

    /// Waits until a program that was started says so with this file.
    pub(crate) fn ready(&mut self, file: &Path, within: Duration) -> anyhow::Result<()> {
        let began = Instant::now();
        while !file.is_file() {
            self.check()?;
            if began.elapsed() > within {
                bail!("{} was not written within {} s", file.display(), within.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Fails when one has ended, with the end of its log; and when all are to stop.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        if self.stop.load(Ordering::Relaxed) {
            bail!("interrupted");
        }
        for index in 0..self.running.len() {
            let (name, child) = &mut self.running[index];
            if let Some(status) = child.try_wait()? {
                let name = name.clone();
                bail!("{}", self.ended(&name, status));
            }
        }
        Ok(())
    }

    fn ended(&self, name: &str, status: ExitStatus) -> String {
        let path = self.log(name);
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let tail = lines[lines.len().saturating_sub(15)..].join("\n  ");
        format!("{name} ended ({status}); the end of {}:\n  {tail}", path.display())
    }

    fn log(&self, name: &str) -> PathBuf {
        self.logs.join(format!("{name}.log"))
    }

    /// Stops all of them, the last one first: tills before agents, agents before the hub.
    pub(crate) fn stop(&mut self) {
        for (_, child) in self.running.iter().rev() {
            signal(child);
        }
        let began = Instant::now();
        for (name, child) in self.running.iter_mut().rev() {
            loop {
                match child.try_wait() {
                    Ok(Some(_)) | Err(_) => break,
                    Ok(None) if began.elapsed() > GRACE => {
                        eprintln!("! {name} did not stop within {} s and was killed", GRACE.as_secs());
                        break;
                    }
                    Ok(None) => std::thread::sleep(Duration::from_millis(20)),
                }
            }
        }
        self.kill();
    }

    fn kill(&mut self) {
        for (_, child) in &mut self.running {
            // It may have ended already: then there is nothing to kill, and waiting only collects it.
            let _ = child.kill();
            let _ = child.wait();
        }
        self.running.clear();
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.kill();
    }
}

fn signal(child: &Child) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // Not yet waited for, so the number is still this child's.
        let _ = kill_process(pid, Signal::TERM);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_ends_is_named_with_its_log_and_the_rest_is_stopped() {
        let dir = tempfile::tempdir().expect("a directory");
        let stop = Arc::new(AtomicBool::new(false));
        let mut children = Children::new(dir.path().join("logs"), stop.clone()).expect("made");
        let shell = Path::new("/bin/sh");
        children.start("waits", shell, &["-c", "exec sleep 600"]).expect("started");
        children.check().expect("still runs");
        let pid = children.running[0].1.id();
        children.start("fails", shell, &["-c", "echo out of luck >&2; exit 3"]).expect("started");
        let began = Instant::now();
        let error = loop {
            match children.check() {
                Err(error) => break error.to_string(),
                Ok(()) => assert!(began.elapsed() < Duration::from_secs(20), "it never ended"),
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert!(error.contains("fails ended") && error.contains("out of luck"), "{error}");
        stop.store(true, Ordering::Relaxed);
        assert_eq!(children.check().expect_err("to stop").to_string(), "interrupted");
        children.stop();
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }
}
