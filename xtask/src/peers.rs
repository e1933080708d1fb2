//! Programs of others that the tests run against: installed through apt where we may, named in one sentence where not.

use std::process::Command;

use crate::run::{cargo, find, first_line, step};

/// PostgreSQL's server programs; Debian keeps them outside of the path.
pub(crate) fn has_postgres() -> bool {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian.filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        entry.path().join("bin/initdb").is_file().then_some(version)
    });
    std::env::var_os("VYAVS_TEST_PG_URL").is_some() || newest.max().is_some_and(|v| v >= 15) || find("initdb").is_some()
}

/// A browser for the dashboard's tests: what `CHROMIUM` names, else Debian's.
pub(crate) fn has_chromium() -> bool {
    match std::env::var_os("CHROMIUM") {
        Some(path) => std::path::Path::new(&path).is_file(),
        None => std::path::Path::new("/usr/bin/chromium").is_file(),
    }
}

/// Somebody else's broker.
pub(crate) fn has_mosquitto() -> bool {
    find("mosquitto").is_some() || std::path::Path::new("/usr/sbin/mosquitto").is_file()
}

/// Moves the clock of a process.
pub(crate) fn has_faketime() -> bool {
    std::path::Path::new("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1").is_file()
}

/// A peer the tests need.
pub(crate) struct Peer {
    /// For people.
    pub(crate) name: &'static str,
    /// Debian's package.
    pub(crate) package: &'static str,
    /// Whether it is here.
    pub(crate) there: fn() -> bool,
    /// What does not happen without it.
    pub(crate) without: &'static str,
}

/// All of them.
pub(crate) const PEERS: [Peer; 4] = [
    Peer {
        name: "PostgreSQL 15+",
        package: "postgresql",
        there: has_postgres,
        without: "the store's tests run on SQLite only",
    },
    Peer {
        name: "mosquitto",
        package: "mosquitto",
        there: has_mosquitto,
        without: "the tests with another broker are skipped",
    },
    Peer {
        name: "libfaketime",
        package: "faketime",
        there: has_faketime,
        without: "the trial of a machine's wrong clock is skipped",
    },
    Peer { name: "Chromium", package: "chromium", there: has_chromium, without: "the browser tests are skipped" },
];

/// Installs what is missing where that is ours to do, and says what stays missing.
pub(crate) fn prepare() {
    let missing: Vec<&Peer> = PEERS.iter().filter(|peer| !(peer.there)()).collect();
    if missing.is_empty() {
        return;
    }
    let packages: Vec<&str> = missing.iter().map(|peer| peer.package).collect();
    let root = first_line("id", &["-u"]).as_deref() == Some("0");
    if root && find("apt-get").is_some() {
        let apt = |args: &[&str]| {
            let mut command = Command::new("apt-get");
            command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        let updated = step("apt-get update", apt(&["update", "-qq"]).arg("-y"));
        let installed = updated.and_then(|()| {
            let what = format!("apt-get install {}", packages.join(" "));
            step(&what, apt(&["install", "-y", "-qq", "--no-install-recommends"]).args(&packages))
        });
        if let Err(error) = installed {
            eprintln!("! {error:#}");
        }
    }
    for peer in PEERS.iter().filter(|peer| !(peer.there)()) {
        eprintln!("! {} is missing, so {}; `apt-get install {}` brings it", peer.name, peer.without, peer.package);
    }
}

/// Whether `cargo nextest` runs; it is installed when it does not. Without it the tests run under `cargo test`.
pub(crate) fn nextest() -> bool {
    let there = || cargo(&["nextest", "--version"]).output().is_ok_and(|output| output.status.success());
    if there() {
        return true;
    }
    let installed = step("install cargo-nextest", &mut cargo(&["install", "cargo-nextest", "--locked"]));
    if let Err(error) = installed {
        eprintln!("! {error:#}; the tests run under `cargo test`");
    }
    there()
}

/// Whether `cargo deny` runs.
pub(crate) fn has_deny() -> bool {
    cargo(&["deny", "--version"]).output().is_ok_and(|output| output.status.success())
}
