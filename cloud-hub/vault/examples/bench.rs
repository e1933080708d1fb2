//! How fast fields are sealed and opened: `cargo run --release -p vyavs-vault --example bench [seconds a row]`.
//!
//! One thread. The folder is in the system's temporary directory; what waits for the disk waits for that disk.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;
use vyavs_domain::ids::OrgId;
use vyavs_vault::kms::KekVersion;
use vyavs_vault::ledger::Reason;
use vyavs_vault::pseudonym::{Epoch, Who};
use vyavs_vault::{
    CacheConfig, DataKey, KeyId, KeyShelf, SealedFile, ShelfError, Subject, Uptime, Vault, VaultError, WrappedKey,
};

/// Rows in memory, so that no database is measured.
#[derive(Default)]
struct Rows(BTreeMap<Subject, WrappedKey>);

#[async_trait]
impl KeyShelf for Rows {
    async fn find(&mut self, _: OrgId, subject: &Subject) -> Result<Option<WrappedKey>, ShelfError> {
        Ok(self.0.get(subject).cloned())
    }
    async fn insert(&mut self, key: WrappedKey) -> Result<WrappedKey, ShelfError> {
        Ok(self.0.entry(key.subject.clone()).or_insert(key).clone())
    }
    async fn replace(&mut self, old: &WrappedKey, new: &WrappedKey) -> Result<bool, ShelfError> {
        let row = self.0.get_mut(&old.subject).filter(|row| *row == old);
        Ok(row.map(|row| *row = new.clone()).is_some())
    }
    async fn remove(&mut self, _: OrgId, subject: &Subject) -> Result<bool, ShelfError> {
        Ok(self.0.remove(subject).is_some())
    }
    async fn page(&mut self, _: OrgId, after: Option<KeyId>, limit: u32) -> Result<Vec<WrappedKey>, ShelfError> {
        let mut rows: Vec<_> = self.0.values().filter(|row| Some(row.id) > after).cloned().collect();
        rows.sort_by_key(|row| row.id);
        rows.truncate(limit as usize);
        Ok(rows)
    }
    async fn below(&mut self, _: OrgId, version: KekVersion, limit: u32) -> Result<Vec<WrappedKey>, ShelfError> {
        let below = self.0.values().filter(|row| row.wrapped.version < version);
        Ok(below.take(limit as usize).cloned().collect())
    }
    async fn count(&mut self, _: OrgId, version: KekVersion) -> Result<u64, ShelfError> {
        Ok(self.0.values().filter(|row| row.wrapped.version == version).count() as u64)
    }
}

/// Calls `step` until the time is over; prints how often it could a second.
fn measure(what: &str, time: Duration, mut step: impl FnMut(u64)) {
    let (began, mut count) = (Instant::now(), 0_u64);
    while began.elapsed() < time {
        for _ in 0..32 {
            step(count);
            count += 1;
        }
    }
    let each = began.elapsed().as_secs_f64() / count as f64;
    println!("| {what} | {:.0} | {:.2} |", 1.0 / each, each * 1e6);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), ShelfError> {
    let seconds = std::env::args().nth(1).map_or(Ok(1.0), |text| text.parse::<f64>())?;
    let time = Duration::from_secs_f64(seconds);
    let dir = tempfile::tempdir()?;
    let kms = Arc::new(SealedFile::create(dir.path().join("vault.keys"), None)?);
    // Stands still: leases do not end in the middle of a row.
    let still: Uptime = Arc::new(|| Duration::ZERO);
    let began = Instant::now();
    let running: Uptime = Arc::new(move || began.elapsed());
    let ledger = dir.path().join("erasures");
    let vault = Vault::open(kms.clone(), &ledger, CacheConfig::default(), still).await?;
    let (org, now) = (OrgId(Uuid::from_u128(1)), Timestamp::UNIX_EPOCH);
    let mut rows = Rows::default();
    let person = |n: u64| Subject::new("customer", &n.to_string());

    println!("| work | a second | µs each |\n|---|---|---|");
    let key: DataKey = vault.key_for(&mut rows, org, &person(0)?, now).await?;
    let place = vyavs_vault::Place::new("customers", "email").row("7");
    for length in [16, 64, 1024] {
        let text = vec![b'a'; length];
        measure(&format!("seal a field of {length} bytes"), time, |_| drop(key.seal(&place, &text)));
        let sealed = key.seal(&place, &text)?;
        measure(&format!("open a field of {length} bytes"), time, |_| drop(key.open(&place, &sealed)));
        let stored = sealed.to_string();
        measure(&format!("open it from text, {length} bytes"), time, |_| {
            drop(stored.parse().and_then(|field| key.open(&place, &field)));
        });
    }
    let row = rows.find(org, &person(0)?).await?.ok_or("there")?;
    let cold = Vault::open(kms, &ledger, CacheConfig { entries: 0, ..CacheConfig::default() }, running).await?;
    // The futures end without waiting, so polling one once is running it.
    let now_or_never = |future: std::pin::Pin<Box<dyn Future<Output = Result<DataKey, VaultError>> + '_>>| {
        let mut future = future;
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        matches!(future.as_mut().poll(&mut context), std::task::Poll::Ready(Ok(_)))
    };
    let mut failed = 0_u64;
    measure("unlock a data key that is held", time, |_| {
        failed += u64::from(!now_or_never(Box::pin(vault.unlock(&row))))
    });
    measure("unlock a data key that is not", time, |_| failed += u64::from(!now_or_never(Box::pin(cold.unlock(&row)))));
    let pseudonyms = vault.pseudonyms(org, Epoch(202_610)).await?;
    measure("make a pseudonym", time, |n| drop(pseudonyms.of(Who::Customer, &n.to_string())));

    let people = 20_000;
    let began = Instant::now();
    for n in 1..=people {
        vault.key_for(&mut rows, org, &person(n)?, now).await?;
    }
    let each = began.elapsed().as_secs_f64() / people as f64;
    println!("| make a data key | {:.0} | {:.2} |", 1.0 / each, each * 1e6);
    vault.rotate(org, now).await?;
    let (began, mut moved) = (Instant::now(), 0);
    loop {
        let batch = vault.rewrap_batch(&mut rows, org, 5_000).await?;
        moved += batch.moved;
        if batch.finished {
            break;
        }
    }
    let each = began.elapsed().as_secs_f64() / moved as f64;
    println!("| rewrap a data key | {:.0} | {:.2} |", 1.0 / each, each * 1e6);
    let (began, erasures) = (Instant::now(), 200);
    for n in 1..=erasures {
        vault.erase(&mut rows, org, &person(n)?, Reason::Request, now).await?;
    }
    let each = began.elapsed().as_secs_f64() / f64::from(erasures as u32);
    println!("| erase a person, on the disk | {:.0} | {:.0} |", 1.0 / each, each * 1e6);
    if failed > 0 {
        return Err(format!("{failed} keys did not unlock").into());
    }
    Ok(())
}
