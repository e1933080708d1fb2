//! Two proofs of the jobs against real processes and a real SQLite file.
//!
//! ```text
//! cargo run --release -p vyavs-hub --example jobs_trial -- kills 1000
//! cargo run --release -p vyavs-hub --example jobs_trial -- export 1000000 csv
//! ```
//! `kills` runs the workers in a child process and ends it with SIGKILL that many times, at random moments, while jobs
//! write steps and print files; then it counts every step and reads every file. `export` writes that many ticket lines
//! and exports them, and says how much memory the process took beyond what it had before.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use uuid::Uuid;
use vyavs_domain::ids::{DeviceId, DeviceIdentity, OrgId, StoreId};
use vyavs_domain::sale::{Receipt, ReceiptKey, ReceiptKind, ReceiptSource, SaleLine, Tender, TenderKind};
use vyavs_hub::access::Permission;
use vyavs_hub::identity::{KeysConfig, secrets};
use vyavs_hub::jobs::works;
use vyavs_hub::jobs::{Failure, Jobs, JobsConfig, Output, Progress, Run, Start, Work};
use vyavs_service::clock::Clock;
use vyavs_service::lifecycle::Lifecycle;
use vyavs_service::output;
use vyavs_store::audit_log::{self, Actor, Entry};
use vyavs_store::jobs::{self as queue, JobFilter, NewJob, State, outputs};
use vyavs_store::products::KnownProducts;
use vyavs_store::sales::{self, HeadRow, LineRow};
use vyavs_store::{Db, Origin, devices, orgs, stores};

const IDENTITY: DeviceIdentity = DeviceIdentity {
    org: OrgId(Uuid::from_u128(0x4000_8000_0000_0000_0001)),
    store: StoreId(Uuid::from_u128(0x4000_8000_0000_0000_0002)),
    device: DeviceId(Uuid::from_u128(0x4000_8000_0000_0000_0003)),
};
/// A job's steps.
const STEPS: u64 = 40;
/// After each kill the clock of the next process stands later by more than a lease, so that it need not wait for one.
const LATER_S: i64 = 4;

/// Appends its steps to the audit log, which takes a second one of the same as gladly as the first.
struct Steps;

impl Work for Steps {
    fn kind(&self) -> &'static str {
        "trial.steps"
    }
    fn about(&self) -> &'static str {
        "Writes steps down."
    }
    fn needs(&self) -> Permission {
        Permission::JobsWrite
    }
    fn start(&self) -> Start {
        Start::Freely
    }
    fn check(&self, _: &Value) -> Result<(), String> {
        Ok(())
    }
    fn run<'a>(&'a self, run: &'a Run) -> BoxFuture<'a, Result<Output, Failure>> {
        Box::pin(async move {
            for number in run.place().unwrap_or(0)..STEPS {
                let mut step = run.step().await?;
                let entry = Entry {
                    at: run.clock.now(),
                    actor: Actor::Hub,
                    action: "step".to_owned(),
                    object: Some(format!("{}:{number}", run.job.id)),
                    status: 0,
                    request_id: String::new(),
                    before: None,
                    after: None,
                };
                audit_log::append(&mut step.tx, run.job.org, &entry).await?;
                let progress = Progress { done: number + 1, total: Some(STEPS), unit: "steps".to_owned() };
                step.commit(&(number + 1), &progress).await?;
            }
            Ok(Output { result: json!(STEPS), made: None })
        })
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["kills", count] => kills(count.parse()?).await,
        ["child", dir, later] => child(Path::new(dir), later.parse()?).await,
        ["export", rows, format] => export(rows.parse()?, format).await,
        _ => bail!("give kills <count>, or export <rows> <csv|xlsx>"),
    }
}

async fn open(dir: &Path) -> anyhow::Result<Db> {
    let db = Db::open(&format!("sqlite://{}", dir.join("hub.sqlite").display())).await?;
    db.migrate().await?;
    Ok(db)
}

async fn jobs(dir: &Path, db: &Db, clock: &Clock) -> anyhow::Result<Jobs> {
    let vault = secrets::open(&KeysConfig { dir: dir.join("keys") }, db, clock).await?;
    let config = JobsConfig { dir: dir.join("files"), lease_s: 3, ..JobsConfig::default() };
    let mut kinds: Vec<Arc<dyn Work>> = works::all(&vault);
    kinds.push(Arc::new(Steps));
    Ok(Jobs::new(config, db.clone(), clock.clone(), kinds))
}

async fn child(dir: &Path, later_s: i64) -> anyhow::Result<()> {
    let (db, clock) = (open(dir).await?, Clock::system());
    clock.set(clock.now() + SignedDuration::from_secs(later_s));
    let life = Lifecycle::new();
    jobs(dir, &db, &clock).await?.start(&life);
    output::say(format_args!("ready"))?;
    life.stop_token().cancelled().await;
    Ok(())
}

async fn add(db: &Db, kind: &str, input: Value, at: Timestamp) -> anyhow::Result<Uuid> {
    let new = NewJob {
        id: Uuid::now_v7(),
        org: IDENTITY.org,
        kind: kind.to_owned(),
        input,
        once: None,
        priority: 0,
        run_at: at,
        actor: Actor::Hub,
        schedule: None,
        max_failures: 5,
    };
    let mut tx = db.begin_write_for(IDENTITY.org).await?;
    let (id, _) = queue::enqueue(&mut tx, &new, at).await?;
    tx.commit().await?;
    Ok(id)
}

async fn waiting(db: &Db) -> anyhow::Result<usize> {
    let mut tx = db.begin_read(IDENTITY.org).await?;
    let mut count = 0;
    for state in [State::Queued, State::Running] {
        let filter = JobFilter { state: Some(state), ..JobFilter::default() };
        count += queue::page(&mut tx, IDENTITY.org, &filter, None, 1000).await?.len();
    }
    Ok(count)
}

async fn kills(count: u32) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (db, began) = (open(dir.path()).await?, Instant::now());
    shop(&db, 400).await?;
    let start = Clock::system().now();
    let (mut all, mut later) = (Vec::new(), 0);
    let mut rng = rand::rngs::StdRng::seed_from_u64(7);
    for kill in 1..=count {
        // There is always something to be killed over: five jobs of steps and one of a file.
        while waiting(&db).await? < 6 {
            let steps = all.len() % 6 != 0;
            let order = json!({"kind": "lines", "format": if all.len() % 12 == 0 { "xlsx" } else { "csv" }});
            let (kind, input) = if steps { ("trial.steps", json!(null)) } else { (works::EXPORT, order) };
            all.push((add(&db, kind, input, start).await?, steps));
        }
        later += LATER_S;
        let mut child = tokio::process::Command::new(std::env::current_exe()?)
            .args(["child", &dir.path().display().to_string(), &later.to_string()])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut lines = tokio::io::BufReader::new(child.stdout.take().context("no output")?);
        tokio::io::AsyncBufReadExt::read_line(&mut lines, &mut String::new()).await?;
        tokio::time::sleep(Duration::from_micros(rng.random_range(0..250_000))).await;
        // SIGKILL.
        child.kill().await?;
        if kill.is_multiple_of(100) {
            output::say(format_args!("{kill} kills, {} jobs, {} s", all.len(), began.elapsed().as_secs()))?;
        }
    }
    let clock = Clock::system();
    clock.set(clock.now() + SignedDuration::from_secs(later + LATER_S));
    let last = jobs(dir.path(), &db, &clock).await?;
    while last.catch_up().await? > 0 {}
    last.catch_up().await?;
    judge(&db, &all, dir.path(), count, began.elapsed()).await
}

async fn judge(db: &Db, all: &[(Uuid, bool)], dir: &Path, kills: u32, took: Duration) -> anyhow::Result<()> {
    let mut tx = db.begin_read(IDENTITY.org).await?;
    let (mut times, mut after) = (BTreeMap::<String, u32>::new(), 0);
    loop {
        let rows = audit_log::oldest(&mut tx, IDENTITY.org, after, 1000).await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        for row in &rows {
            let entry: Value = serde_json::from_str(&row.entry)?;
            *times.entry(entry["object"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
        }
    }
    let (mut lost, mut undone, mut over, mut files) = (0, 0, 0, 0);
    for (id, steps) in all {
        let job = queue::get(&mut tx, IDENTITY.org, *id).await?.context("a job is gone")?;
        undone += u32::from(job.state != State::Done);
        over += job.fence - 1;
        if *steps {
            lost += (0..STEPS).filter(|number| !times.contains_key(&format!("{id}:{number}"))).count();
        } else if let Some(output) = outputs::get(&mut tx, IDENTITY.org, *id).await? {
            let bytes = std::fs::read(dir.join("files").join(&output.file))?;
            ensure!(blake3::hash(&bytes).to_hex().as_str() == output.digest, "a file is not what was noted of it");
            files += 1;
        }
    }
    let twice = times.values().filter(|times| **times > 1).count();
    let on_disk = std::fs::read_dir(dir.join("files"))?.count();
    let verified = audit_log::verify(&mut tx, IDENTITY.org).await?;
    output::say(format_args!(
        "{kills} kills in {} s over {} jobs, {} steps, {files} files; taken over {over} times: {undone} jobs not done, \
         {lost} steps lost, {twice} done twice, {} files left over, chain {}",
        took.as_secs(),
        all.len(),
        times.len(),
        on_disk.abs_diff(files),
        if verified.broken.is_none() { "intact" } else { "broken" },
    ))?;
    ensure!(undone == 0 && lost == 0 && twice == 0 && on_disk == files && verified.broken.is_none(), "not as promised");
    Ok(())
}

/// A shop that sold `lines` lines, ten a ticket, a ticket a second.
async fn shop(db: &Db, lines: u64) -> anyhow::Result<()> {
    let began = Clock::system().now() - SignedDuration::from_hours(24 * 20);
    let mut tx = db.begin_write().await?;
    orgs::put(&mut tx, IDENTITY.org, "Trial", None, began).await?;
    let store = stores::Store {
        id: IDENTITY.store,
        org: IDENTITY.org,
        name: "Trial shop".to_owned(),
        location: json!({}),
        config: json!({}),
        timezone: "Europe/London".to_owned(),
        currency: "GBP".parse()?,
        day_starts: jiff::civil::time(4, 0, 0, 0),
        created_at: began,
    };
    stores::put(&mut tx, &store).await?;
    let device = devices::Device {
        identity: IDENTITY,
        name: "box".to_owned(),
        public_key: vec![7; 32],
        cert_serial: "1".to_owned(),
        enrolled_at: began,
        revoked_at: None,
    };
    devices::enrol(&mut tx, &device).await?;
    tx.commit().await?;
    let (origin, mut known) = (Origin::new(IDENTITY, 1, began), KnownProducts::default());
    let tickets: Vec<u64> = (0..lines.div_ceil(10)).collect();
    for part in tickets.chunks(2000) {
        let (mut heads, mut rows) = (Vec::new(), Vec::new());
        for ticket in part {
            let sold_at = began + SignedDuration::from_secs(ticket.cast_signed());
            let line = |n: u64| SaleLine {
                line_no: u32::try_from(n).unwrap_or(0),
                sku: format!("SKU-{}", (ticket * 7 + n) % 5000),
                name: "A thing with a name of usual length".to_owned(),
                quantity: 1.into(),
                unit_price: rust_decimal::Decimal::new(199, 2),
                discount_minor: 0,
                total_minor: 199,
                sold_at,
            };
            let receipt = Receipt {
                key: ReceiptKey {
                    terminal: "till-1".parse()?,
                    business_day: vyavs_domain::time::BusinessDay(sold_at.to_zoned(jiff::tz::TimeZone::UTC).date()),
                    number: ticket.to_string(),
                },
                kind: ReceiptKind::Sale,
                source: ReceiptSource::Journal,
                closed_at: sold_at,
                currency: "GBP".parse()?,
                total_minor: 1990,
                tax_minor: 0,
                discount_minor: 0,
                tenders: vec![Tender { kind: TenderKind::Card, amount_minor: 1990 }],
                operator: None,
                customer: None,
                lines: (1..=10).map(line).collect(),
            };
            let (seq, content_hash) = (ticket * 11 + 1, receipt.content_hash());
            rows.extend((1..).zip(&receipt.lines).map(|(n, line)| LineRow {
                seq: seq + n,
                key: receipt.key.clone(),
                content_hash,
                closed_at: sold_at,
                currency: receipt.currency,
                line: line.clone(),
            }));
            heads.push(HeadRow {
                seq,
                receipt: Receipt { lines: Vec::new(), ..receipt },
                content_hash,
                line_count: 10,
            });
        }
        let mut tx = db.begin_write().await?;
        sales::insert_heads(&mut tx, &origin, &heads).await?;
        sales::insert_lines(&mut tx, &origin, &mut known, &rows).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A figure of this process, MiB.
fn memory(name: &str) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such figure")?;
    Ok(line.trim_matches([':', ' ', '\t', 'k', 'B']).parse::<u64>()? / 1024)
}

async fn export(rows: u64, format: &str) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    // Another process fills the database, so that what it took is not counted here.
    if let Ok(filled) = std::env::var("JOBS_TRIAL_DIR") {
        return run_export(Path::new(&filled), rows, format).await;
    }
    shop(&open(dir.path()).await?, rows).await?;
    let mut alone = tokio::process::Command::new(std::env::current_exe()?);
    alone.args(["export", &rows.to_string(), format]).env("JOBS_TRIAL_DIR", dir.path());
    ensure!(alone.status().await?.success(), "the export failed");
    Ok(())
}

async fn run_export(dir: &Path, rows: u64, format: &str) -> anyhow::Result<()> {
    let (db, clock) = (open(dir).await?, Clock::system());
    let order = json!({"kind": "lines", "format": format});
    let id = add(&db, works::EXPORT, order, clock.now()).await?;
    let (before, began) = (memory("VmRSS")?, Instant::now());
    jobs(dir, &db, &clock).await?.catch_up().await?;
    let took = began.elapsed();
    let mut tx = db.begin_read(IDENTITY.org).await?;
    let output = outputs::get(&mut tx, IDENTITY.org, id).await?.context("no file was made")?;
    ensure!(output.rows == rows, "{} rows of {rows}", output.rows);
    output::say(format_args!(
        "{} rows, {:.1} MiB of {format} in {:.1} s; peak {} MiB, {} MiB before it; control totals {}",
        output.rows,
        output.size as f64 / 1_048_576.0,
        took.as_secs_f64(),
        memory("VmHWM")?,
        before,
        output.totals[0]["totals"],
    ))?;
    Ok(())
}
