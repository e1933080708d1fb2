//! One private PostgreSQL for all test processes of a checkout, gone when the last of them is.
//!
//! Every test process holds a shared lock on `users` until it ends, killed or not, for the kernel lets go of it then. The
//! first one starts a supervisor (`cluster.sh`), which starts the server and waits for an exclusive lock on the same file:
//! it gets it when nobody is left, stops the server and removes its directory. The server in turn dies with its supervisor.
//! Nothing listens on a port; the socket lies in a directory of its own, below the system's temporary directory because a
//! socket's path may have no more than 107 bytes.

use std::fs::{self, File};
use std::io;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Why there is no cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL, or a tool to run it under another user, is not installed.
    #[error("{0}")]
    Absent(String),
    /// A file or process of it failed.
    #[error("the private PostgreSQL cluster in {dir} failed")]
    Io {
        /// Its directory.
        dir: PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
    /// It did not come up; the end of its log follows.
    #[error("the private PostgreSQL cluster in {dir} did not start within {seconds} s:\n{log}")]
    Late {
        /// Its directory.
        dir: PathBuf,
        /// How long it was waited for.
        seconds: u64,
        /// What it said.
        log: String,
    },
}

/// The lock is held as long as this lives: until the process ends.
static HELD: OnceLock<File> = OnceLock::new();
/// Two threads of one process start one cluster.
static URL: OnceLock<Result<String, String>> = OnceLock::new();

const SCRIPT: &str = include_str!("cluster.sh");
const PATIENCE_S: u64 = 90;

/// The url of the cluster's superuser, after starting it if nobody has.
pub fn shared() -> Result<String, ClusterError> {
    let bin = server_programs()?;
    let url = URL.get_or_init(|| start(&bin).map_err(|error| chain(&error)));
    url.clone().map_err(|text| ClusterError::Io { dir: home(), source: io::Error::other(text) })
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}

/// One place a checkout: two checkouts with two states of the schema do not meet.
fn home() -> PathBuf {
    let place = blake3::hash(env!("CARGO_MANIFEST_DIR").as_bytes()).to_hex();
    std::env::temp_dir().join(format!("vyavs-pg-{}", &place[..12]))
}

/// Debian and Ubuntu keep the server's programs outside of the path; the newest version wins.
fn server_programs() -> Result<PathBuf, ClusterError> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin"))))
        .filter(|(version, bin)| *version >= 15 && bin.join("initdb").exists())
        .max();
    let path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|dir| dir.join("initdb").exists() && dir.join("postgres").exists())
    };
    let bin = debian.map(|found| found.1).or_else(path).ok_or_else(|| {
        ClusterError::Absent(
            "no initdb of PostgreSQL 15+ in /usr/lib/postgresql/*/bin or the PATH (apt-get install postgresql)"
                .to_owned(),
        )
    })?;
    for tool in ["setpriv", "flock", "setsid"] {
        if !["/usr/bin", "/bin", "/usr/sbin", "/sbin"].iter().any(|dir| Path::new(dir).join(tool).exists()) {
            return Err(ClusterError::Absent(format!(
                "no {tool}, which runs PostgreSQL for tests (apt-get install util-linux)"
            )));
        }
    }
    Ok(bin)
}

fn start(bin: &Path) -> Result<String, ClusterError> {
    let home = home();
    let failed = |source| ClusterError::Io { dir: home.clone(), source };
    fs::create_dir_all(&home).map_err(failed)?;
    let open = |name: &str| File::options().create(true).truncate(false).read(true).write(true).open(home.join(name));
    let gate = open("gate").map_err(failed)?;
    gate.lock().map_err(failed)?;
    // Waits while a supervisor is stopping the last server.
    let users = open("users").map_err(failed)?;
    users.lock_shared().map_err(failed)?;
    HELD.set(users).map_err(|_| failed(io::Error::other("started twice in one process")))?;

    let (server, ready) = (home.join("server"), home.join("server/ready"));
    let socket = server.join(".s.PGSQL.5432");
    let answers = || ready.exists() && UnixStream::connect(&socket).is_ok();
    if !answers() {
        fs::write(home.join("cluster.sh"), SCRIPT).map_err(failed)?;
        let log = File::create(home.join("cluster.log")).map_err(failed)?;
        let mut supervisor = Command::new("setsid")
            .args(["-w", "sh"])
            .arg(home.join("cluster.sh"))
            .args([bin.as_os_str(), server.as_os_str(), home.join("users").as_os_str()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let step = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        while !answers() {
            let ended = supervisor.try_wait().map_err(failed)?.is_some();
            if ended || waited > Duration::from_secs(PATIENCE_S) {
                let log = fs::read_to_string(home.join("cluster.log")).unwrap_or_default();
                return Err(ClusterError::Late { dir: home, seconds: waited.as_secs(), log });
            }
            std::thread::sleep(step);
            waited += step;
        }
    }
    drop(gate);
    Ok(format!("postgres://postgres@localhost/postgres?host={}", server.display()))
}
