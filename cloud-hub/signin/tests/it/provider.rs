//! `oidc-provider`, which is certified by the OpenID Foundation, in a Node process of its own, and a person at its forms.
//!
//! Its version and those of all it needs are pinned in `tests/provider/package-lock.json`; `npm ci` puts them beneath the
//! target folder, once. The hub's tests use it, too.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use url::Url;

use crate::browser::{Browser, Page};

/// The process, which ends with this value, or when the test's process does: its standard input closes.
pub(crate) struct Provider {
    pub(crate) issuer: String,
    _process: Child,
    /// It prints notices now and then, and dies of a closed pipe.
    _notices: Lines<BufReader<ChildStdout>>,
}

/// Whether a program can be run at all.
async fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

/// The folder with the provider installed in it, or why there is none.
pub(crate) async fn installed() -> Result<PathBuf, String> {
    for program in ["node", "npm"] {
        if !runs(program).await {
            return Err(format!("{program} is not installed"));
        }
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../signin/tests/provider");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc-provider");
    std::fs::create_dir_all(&folder).expect("a folder beneath target");
    // Tests are processes of their own: one installs, the others wait.
    let held = std::fs::File::create(folder.join("lock")).expect("a file beneath target");
    held.lock().expect("locked");
    let lock = std::fs::read(from.join("package-lock.json")).expect("pinned");
    let stamp = folder.join("installed.json");
    let fresh = std::fs::read(&stamp).is_ok_and(|installed| installed == lock);
    for file in ["package.json", "package-lock.json", "provider.mjs"] {
        std::fs::copy(from.join(file), folder.join(file)).expect("copied");
    }
    if fresh {
        return Ok(folder);
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]).current_dir(&folder);
    npm.stdin(Stdio::null()).kill_on_drop(true);
    let done = tokio::time::timeout(Duration::from_secs(120), npm.output()).await;
    let done = done.map_err(|_| "npm ci took more than two minutes".to_owned())?.map_err(|error| error.to_string())?;
    if !done.status.success() {
        return Err(format!("npm ci failed: {}", String::from_utf8_lossy(&done.stderr).trim()));
    }
    std::fs::write(&stamp, lock).expect("stamped");
    Ok(folder)
}

/// Starts it; `redirect` is where it may send browsers back to.
pub(crate) async fn start(folder: &Path, redirect: &str) -> Provider {
    let mut node = Command::new("node");
    node.arg("provider.mjs").current_dir(folder).env("REDIRECT", redirect);
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    let mut process = node.spawn().expect("node runs");
    let stdout = process.stdout.take().expect("piped");
    let mut lines = BufReader::new(stdout).lines();
    let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await.expect("it starts within 30 s");
    let issuer = line.expect("readable").expect("it prints its issuer");
    Provider { issuer, _process: process, _notices: lines }
}

/// Signs in and consents, as far as the provider asks; gives where the browser lands.
pub(crate) async fn person(browser: &mut Browser, url: &Url, name: &str, back: &str) -> Page {
    let mut page = browser.open(url.clone(), back).await;
    for _ in 0..3 {
        if page.url.as_str().starts_with(back) {
            break;
        }
        let prompt = page.between("name=\"prompt\" value=\"", "\"").expect("a form that says what it asks");
        let fields = [("prompt", prompt.as_str()), ("login", name), ("password", "x")];
        page = browser.submit(page.form(), &fields, back).await;
    }
    assert!(page.url.as_str().starts_with(back), "{}", page.url);
    page
}
