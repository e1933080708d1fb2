//! `cargo xtask check`: what review runs.

use anyhow::Context;

use crate::run::{all, cargo, step};
use crate::{dashboard, peers::has_deny};

/// Runs every check and fails at the end when one did.
pub(crate) fn run() -> anyhow::Result<()> {
    let fmt = step("format", &mut cargo(&["fmt", "--all", "--check"]));
    let (lints, docs) = if are_in_the_build() { (Ok(()), Ok(())) } else { (lints(), docs()) };
    let dashboard =
        dashboard::install().and_then(|()| step("dashboard", &mut dashboard::npm(&["run", "--silent", "check"])));
    all(vec![("format", fmt), ("lints", lints), ("documentation", docs), ("deny", deny()), ("dashboard", dashboard)])
}

/// Whether the caller has set up cargo so that building and testing lints and documents, too: see `.ci/run`.
fn are_in_the_build() -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let set = is_set("RUSTC_WORKSPACE_WRAPPER") && is_set("CLIPPY_ARGS") && is_set("RUSTDOC");
    if set {
        eprintln!("- lints and documentation are left to the build and the tests of this run");
    }
    set
}

fn lints() -> anyhow::Result<()> {
    let args = ["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"];
    step("lints", &mut cargo(&args))
}

fn docs() -> anyhow::Result<()> {
    let mut doc = cargo(&["doc", "--workspace", "--no-deps", "--locked", "--quiet"]);
    step("documentation", doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Licences, owners and advisories by `deny.toml`. Building cargo-deny takes longer than all other checks, so it is not
/// installed unless asked for.
fn deny() -> anyhow::Result<()> {
    waivers(&std::fs::read_to_string("deny.toml").context("deny.toml")?, &today())?;
    if !has_deny() {
        if std::env::var("VYAVS_DENY").as_deref() != Ok("1") {
            eprintln!("- deny skipped: cargo-deny is not installed; VYAVS_DENY=1 installs it (some minutes)");
            return Ok(());
        }
        step("install cargo-deny", &mut cargo(&["install", "cargo-deny", "--locked"]))?;
    }
    step("deny", &mut cargo(&["deny", "--all-features", "check", "bans", "licenses", "sources"]))?;
    advisories()
}

/// Against the newest list of advisories, or the one at hand where there is no network.
fn advisories() -> anyhow::Result<()> {
    let online = cargo(&["deny", "--all-features", "check", "advisories"]).output().context("cargo deny")?;
    let said = String::from_utf8_lossy(&online.stderr);
    if !said.contains("failed to fetch advisory database") {
        eprint!("{said}");
        anyhow::ensure!(online.status.success(), "an advisory without a waiver in deny.toml");
        return Ok(());
    }
    let offline =
        cargo(&["deny", "--all-features", "--offline", "check", "advisories"]).output().context("cargo deny")?;
    let said = String::from_utf8_lossy(&offline.stderr);
    if said.contains("failed to load advisory database") || said.contains("failed to fetch advisory database") {
        eprintln!("- advisories skipped: the list cannot be fetched and none is at hand");
        return Ok(());
    }
    eprint!("{said}");
    anyhow::ensure!(offline.status.success(), "an advisory without a waiver in deny.toml");
    eprintln!("- advisories: no network, checked against the list at hand");
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "xtask has no clock of its own to set; the day is an argument of what is tested"
)]
fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// Each waiver's reason ends with "until YYYY-MM-DD (owner)"; one whose day has passed is an error.
fn waivers(deny: &str, today: &str) -> anyhow::Result<()> {
    let deny: toml::Table = deny.parse().context("deny.toml")?;
    let ignored = deny.get("advisories").and_then(|section| section.get("ignore")).and_then(toml::Value::as_array);
    for waiver in ignored.into_iter().flatten() {
        let text = |key: &str| waiver.get(key).and_then(toml::Value::as_str).unwrap_or_default();
        let (id, reason) = (text("id"), text("reason"));
        let (_, until) = reason.rsplit_once("until ").unwrap_or_default();
        let day = until.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok());
        let Some(day) = day else {
            anyhow::bail!("deny.toml: the waiver of {id:?} needs a reason that ends with \"until YYYY-MM-DD (owner)\"");
        };
        anyhow::ensure!(*today <= *day.to_string(), "deny.toml: the waiver of {id} ended on {day}: decide it again");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiver_ends_on_its_day() {
        let deny = |reason: &str| format!("[advisories]\nignore = [{{ id = \"R-1\", reason = \"{reason}\" }}]");
        assert!(waivers(&deny("no way around, until 2027-02-28 (edge)"), "2027-02-28").is_ok());
        assert!(waivers(&deny("no way around, until 2027-02-28 (edge)"), "2027-03-01").is_err());
        for undated in ["no way around", "until further notice", "until 2027-02-31 (edge)", "until é027-02-01"] {
            assert!(waivers(&deny(undated), "2026-01-01").is_err(), "{undated}");
        }
        assert!(waivers("[advisories]\nignore = [\"R-1\"]", "2026-01-01").is_err(), "without a reason");
    }

    #[test]
    fn the_waivers_at_hand_are_dated() {
        waivers(include_str!("../../deny.toml"), "2026-01-01").expect("each with a reason and a day");
    }
}
