//! `cargo xtask check`: what review runs.

use crate::run::{all, cargo, step};
use crate::{dashboard, peers::has_deny};

/// Runs every check and fails at the end when one did.
pub(crate) fn run() -> anyhow::Result<()> {
    let fmt = step("format", &mut cargo(&["fmt", "--all", "--check"]));
    let lints = step(
        "lints",
        &mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"]),
    );
    let docs = step(
        "documentation",
        cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet"]).env("RUSTDOCFLAGS", "-D warnings"),
    );
    let dashboard =
        dashboard::install().and_then(|()| step("dashboard", &mut dashboard::npm(&["run", "--silent", "check"])));
    all(vec![("format", fmt), ("lints", lints), ("documentation", docs), ("deny", deny()), ("dashboard", dashboard)])
}

/// Licences, owners and advisories by `deny.toml`. Building cargo-deny takes longer than all other checks, so it is not
/// installed unless asked for.
fn deny() -> anyhow::Result<()> {
    if !has_deny() {
        if std::env::var("VYAVS_DENY").as_deref() != Ok("1") {
            eprintln!("- deny skipped: cargo-deny is not installed; VYAVS_DENY=1 installs it (some minutes)");
            return Ok(());
        }
        step("install cargo-deny", &mut cargo(&["install", "cargo-deny", "--locked"]))?;
    }
    step("deny", &mut cargo(&["deny", "--all-features", "check"]))
}
