//! A hub of its own for a trial: a fresh database, its first owner, and something of everything to ask about.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::demo::api::Api;
use crate::demo::children::Children;
use crate::run::root;

/// What is made before anything is asked.
const SEEDS: &str = "xtask/fuzz/seeds.json";

/// More than anybody can ask: a trial is not there to be told to slow down.
const LIMITS: &str = "[http.limits]\nper_caller = 4000000000\nper_organization = 4000000000\n";

/// Something that is there, so that a route of objects finds one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    /// `$name` in a later seed is its id.
    pub(super) name: String,
    /// Made by this,
    post: Option<String>,
    /// or found by this.
    get: Option<String>,
    /// What is posted.
    #[serde(default)]
    body: Value,
    /// Where the answer has the id: a JSON pointer.
    id: String,
    /// Routes `/api/v1/…/{id}` that mean it.
    pub(super) of: Vec<String>,
}

/// A hub that serves.
pub(super) struct Hub {
    /// Its API's address.
    pub(super) url: String,
    /// Its owner,
    pub(super) email: String,
    /// and the password.
    pub(super) password: String,
    /// What is there, with its id.
    pub(super) seeds: Vec<(Seed, String)>,
    dir: PathBuf,
    api: Api,
    children: Children,
}

impl Hub {
    /// Starts `program` on free ports and makes the seeds; without an address the database is in `dir`, as all else.
    pub(super) fn start(
        program: &Path,
        dir: &Path,
        database: Option<&str>,
        stop: Arc<AtomicBool>,
    ) -> anyhow::Result<Self> {
        let config = dir.join("hub.toml");
        std::fs::write(&config, toml(dir, database))?;
        let (email, password) = crate::demo::setup::first_person(program, &config)?;
        let (ready, mut children) = (dir.join("hub.ready"), Children::new(dir.join("logs"), stop)?);
        let (config, file) = (config.display().to_string(), ready.display().to_string());
        children.start("hub", program, &["serve", "--config", &config, "--ready", &file])?;
        children.ready(&ready, Duration::from_secs(60))?;
        let said: Value = serde_json::from_slice(&std::fs::read(&ready)?).context("hub.ready is not JSON")?;
        let url = said["http"].as_str().context("hub.ready has no http")?.to_owned();
        let at = url.trim_start_matches("http://").parse().with_context(|| format!("{url} is no address"))?;
        let mut api = Api::new(at);
        api.login(&email, &password)?;
        let seeds = sow(&api, program, dir)?;
        Ok(Self { url, email, password, seeds, dir: dir.to_owned(), api, children })
    }

    /// After the trial: it still runs, failed nowhere, and its audit log holds together.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        self.children.check()?;
        let log = std::fs::read_to_string(self.dir.join("logs/hub.log"))?;
        let failed: Vec<&str> =
            log.lines().filter(|line| line.contains("ERROR") || line.contains("panicked")).collect();
        if let Some(first) = failed.first() {
            bail!("the hub logged {} errors; the first: {first}", failed.len());
        }
        self.api.login(&self.email, &self.password)?;
        let verified = self.api.get("/api/v1/audit/verify")?;
        if verified["intact"] != true {
            bail!("the audit log does not hold together: {verified}");
        }
        Ok(())
    }

    /// Ends it.
    pub(super) fn stop(mut self) {
        self.children.stop();
    }
}

fn toml(dir: &Path, database: Option<&str>) -> String {
    let at = |name: &str| dir.join(name).display().to_string();
    format!(
        "[database]\nurl = \"{}\"\n[http]\nlisten = \"127.0.0.1:0\"\ntls = \"off\"\n{LIMITS}\
         [mqtt]\nlisten = \"127.0.0.1:0\"\npublic_host = \"localhost\"\n[keys]\ndir = \"{}\"\n[jobs]\ndir = \"{}\"\n\
         [mail]\ndir = \"{}\"\n",
        database.map_or_else(|| format!("sqlite://{}", at("hub.sqlite")), str::to_owned),
        at("keys"),
        at("files"),
        at("mail")
    )
}

/// Makes every seed, in order; the trade of a morning comes with the store.
fn sow(api: &Api, program: &Path, dir: &Path) -> anyhow::Result<Vec<(Seed, String)>> {
    let text = std::fs::read_to_string(root().join(SEEDS))?;
    let seeds: Vec<Seed> = serde_json::from_str(&text).with_context(|| format!("{SEEDS} is not a list of seeds"))?;
    // What must end, ends in a month.
    let month = crate::demo::past::now()? + jiff::SignedDuration::from_hours(30 * 24);
    let (mut ids, mut sown) = (BTreeMap::from([("in_a_month".to_owned(), month.to_string())]), Vec::new());
    for seed in seeds {
        let answer = match (&seed.post, &seed.get) {
            (Some(path), None) => api.post(&filled(path, &ids), &filled_in(&seed.body, &ids))?,
            (None, Some(path)) => api.get(&filled(path, &ids))?,
            _ => bail!("{SEEDS}: {} needs either post or get", seed.name),
        };
        let id = answer.pointer(&seed.id).and_then(Value::as_str);
        let id = id.with_context(|| format!("{SEEDS}: {}: the answer has no id at {}", seed.name, seed.id))?.to_owned();
        if seed.name == "store" {
            trade(program, dir, &id)?;
        }
        ids.insert(seed.name.clone(), id.clone());
        sown.push((seed, id));
    }
    Ok(sown)
}

fn filled(text: &str, ids: &BTreeMap<String, String>) -> String {
    ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("${name}"), id))
}

fn filled_in(value: &Value, ids: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(filled(text, ids)),
        Value::Array(list) => list.iter().map(|value| filled_in(value, ids)).collect(),
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), filled_in(value, ids))).collect(),
        other => other.clone(),
    }
}

/// A morning's tickets and a fridge, through `vyavs-hub import`.
fn trade(program: &Path, dir: &Path, store: &str) -> anyhow::Result<()> {
    let now = crate::demo::past::now()?;
    let file = dir.join("past.jsonl");
    let lines: Vec<String> = past(now)?.iter().map(Value::to_string).collect();
    std::fs::write(&file, lines.join("\n"))?;
    let mut import = Command::new(program);
    import.args(["import", "--store", store, "--config"]).arg(dir.join("hub.toml")).arg(&file);
    let output = import.output().context("failed to start vyavs-hub import")?;
    if !output.status.success() {
        bail!("vyavs-hub import failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

fn past(now: Timestamp) -> anyhow::Result<Vec<Value>> {
    let mut lines =
        vec![json!({"sensor": {"id": "fridge-1.air", "name": "Dairy fridge, air", "measure": "temperature",
        "low": -1.0, "high": 8.0}})];
    for n in 1..=20_i64 {
        let at = now.checked_sub(SignedDuration::from_mins(10 * n))?;
        lines.push(json!({"reading": {"sensor": "fridge-1.air", "at": at, "value": 4.0, "quality": "good"}}));
        let day = at.to_string().chars().take(10).collect::<String>();
        let line = json!({"line_no": 1, "sku": "85123A", "name": "WHITE HANGING HEART T-LIGHT HOLDER", "quantity": "2",
            "unit_price": "2.55", "discount_minor": 0, "total_minor": 510, "sold_at": at});
        lines.push(json!({"receipt": {
            "key": {"terminal": "till-1", "business_day": day, "number": n.to_string()}, "kind": "sale", "source": "journal",
            "closed_at": at, "currency": "GBP", "total_minor": 510, "tax_minor": 0, "discount_minor": 0,
            "tenders": [{"kind": "card", "amount_minor": 510}], "operator": "7", "customer": null, "lines": [line]}}));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_those_before_it() {
        let ids = BTreeMap::from([("store".to_owned(), "17".to_owned())]);
        let body = filled_in(&json!({"store_ids": ["$store"], "n": 1, "of": {"id": "x/$store/y"}}), &ids);
        assert_eq!(body, json!({"store_ids": ["17"], "n": 1, "of": {"id": "x/17/y"}}));
    }

    #[test]
    fn the_seeds_can_be_read_and_none_asks_for_one_after_it() {
        let text = std::fs::read_to_string(root().join(SEEDS)).expect("there");
        let seeds: Vec<Seed> = serde_json::from_str(&text).expect("seeds");
        let mut known = BTreeMap::from([("in_a_month".to_owned(), "2026-02-01T00:00:00Z".to_owned())]);
        for seed in seeds {
            assert!(seed.post.is_some() != seed.get.is_some(), "{}", seed.name);
            let asked = [seed.post, seed.get].into_iter().flatten().collect::<String>() + &seed.body.to_string();
            assert!(!filled(&asked, &known).contains('$'), "{}: {asked}", seed.name);
            known.insert(seed.name, "id".to_owned());
        }
    }
}
