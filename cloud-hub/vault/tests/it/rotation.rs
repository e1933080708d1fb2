//! Keys change while everybody works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use vyavs_domain::ids::OrgId;
use vyavs_vault::kms::KekVersion;
use vyavs_vault::{KeyId, KeyShelf, Kms, KmsError, Place, ShelfError, Subject, Vault, VaultError, WrappedKey};

use crate::support::{House, MemoryShelf, at, block, customer, now, org};

const PLACE: Place<'static> = Place::new("customers", "email");
const DAY: Duration = Duration::from_secs(86_400);

/// Three processes seal and open while a fourth rotates and rewraps: nobody fails, and in the end nothing needs the
/// first version.
#[test]
fn rotation_goes_unnoticed() {
    const PEOPLE: u64 = 40;
    let house = block(House::new());
    let (stop, worked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    std::thread::scope(|scope| {
        for worker in 0..3_u64 {
            let (mut mine, stop, worked) = (block(house.another()), stop.clone(), worked.clone());
            scope.spawn(move || {
                block(async {
                    let mut turn = worker;
                    while !stop.load(Ordering::Relaxed) {
                        let subject = customer(&(turn % PEOPLE).to_string());
                        let text = turn.to_be_bytes();
                        let key = mine.vault.key_for(&mut mine.shelf, org(1), &subject, now()).await.expect("a key");
                        let sealed = key.seal(&PLACE, &text).expect("sealed");
                        mine.hand.pass(Duration::from_millis(700)); // so that most keys are unwrapped anew
                        let key = mine.vault.key_of(&mut mine.shelf, org(1), &subject).await.expect("unlocks");
                        let opened = key.expect("there").open(&PLACE, &sealed).expect("opens");
                        assert_eq!(*opened, text);
                        turn += 3;
                        worked.fetch_add(1, Ordering::Relaxed);
                    }
                });
            });
        }
        // A panic in here would leave the workers working: they are told to stop first.
        let rotated = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            block(async {
                let mut shelf = house.shelf.clone();
                while worked.load(Ordering::Relaxed) < PEOPLE {
                    std::thread::yield_now();
                }
                for _ in 0..20 {
                    house.vault.rotate(org(1), now()).await.expect("rotated");
                    while !house.vault.rewrap_batch(&mut shelf, org(1), 7).await.expect("rewrapped").finished {}
                }
            });
        }));
        stop.store(true, Ordering::Relaxed);
        rotated.expect("rotates");
    });
    block(async {
        let mut shelf = house.shelf.clone();
        while !house.vault.rewrap_batch(&mut shelf, org(1), 100).await.expect("rewrapped").finished {}
        let later = now() + 40 * DAY;
        for version in 1..=20 {
            let version = KekVersion(version);
            house.vault.retire(&mut shelf, org(1), version, 35 * DAY, later).await.expect("nothing needs it");
        }
        let lives = house.kms.versions(org(1)).await.expect("there");
        assert_eq!(lives.iter().map(|life| life.version.0).collect::<Vec<_>>(), [21]);
        assert_eq!(house.shelf.rows().len(), PEOPLE as usize);
        let fresh = house.another().await;
        for row in house.shelf.snapshot().values() {
            fresh.vault.unlock(row).await.expect("opens under the newest");
        }
    });
}

#[tokio::test]
async fn a_version_goes_only_when_nothing_needs_it() {
    let house = House::new().await;
    let shelf = &mut house.shelf.clone();
    for id in ["1", "2", "3"] {
        house.vault.key_for(shelf, org(1), &customer(id), now()).await.expect("a key");
    }
    let retire = async |shelf: &mut MemoryShelf, vault: &Vault, version, when: &str| {
        vault.retire(shelf, org(1), KekVersion(version), 35 * DAY, at(when)).await
    };
    let early = "2026-12-01T00:00:00Z";
    let late = "2027-01-01T00:00:00Z";

    let error = retire(shelf, &house.vault, 1, late).await.expect_err("it wraps");
    assert!(matches!(error, VaultError::Kms(KmsError::InUse { .. })), "{error}");
    assert_eq!(house.vault.rotate(org(1), now()).await.expect("rotated"), KekVersion(2));
    let error = retire(shelf, &house.vault, 1, early).await.expect_err("backups need it");
    assert!(matches!(error, VaultError::TooEarly { .. }), "{error}");
    let error = retire(shelf, &house.vault, 1, late).await.expect_err("keys need it");
    assert!(matches!(error, VaultError::StillWrapped { keys: 3, .. }), "{error}");

    let batch = house.vault.rewrap_batch(shelf, org(1), 2).await.expect("rewrapped");
    assert_eq!((batch.moved, batch.finished), (2, false));
    let error = retire(shelf, &house.vault, 1, late).await.expect_err("one key needs it");
    assert!(matches!(error, VaultError::StillWrapped { keys: 1, .. }), "{error}");
    // The last one moves lazily, by whoever has its row in hand.
    let row = shelf.snapshot().into_values().find(|row| row.wrapped.version.0 == 1).expect("one is left");
    let next = house.vault.rewrap(&row).await.expect("rewrapped").expect("it was stale");
    assert_eq!((next.id, next.made_at, next.wrapped.version), (row.id, row.made_at, KekVersion(2)));
    assert!(shelf.replace(&row, &next).await.expect("stored"));
    assert_eq!(house.vault.rewrap(&next).await.expect("looked at"), None);

    retire(shelf, &house.vault, 1, late).await.expect("nothing needs it");
    let error = house.another().await.vault.unlock(&row).await.expect_err("its version is gone");
    assert!(matches!(error, VaultError::Kms(KmsError::UnknownVersion { .. })), "{error}");
    let error = retire(shelf, &house.vault, 1, late).await.expect_err("gone");
    assert!(matches!(error, VaultError::Kms(KmsError::UnknownVersion { .. })), "{error}");
}

#[tokio::test]
async fn a_batch_goes_around_what_others_change() {
    let mut house = House::new().await;
    for id in ["1", "2"] {
        house.vault.key_for(&mut house.shelf, org(1), &customer(id), now()).await.expect("a key");
    }
    let stale = house.shelf.snapshot();
    house.vault.rotate(org(1), now()).await.expect("rotated");
    // Somebody else moved the first one after this batch read it.
    let row = &stale[&(org(1), customer("1"))];
    let next = house.vault.rewrap(row).await.expect("rewrapped").expect("stale");
    house.shelf.rows().insert((org(1), customer("1")), next);
    let mut behind = Behind { now: house.shelf.clone(), read: stale.into_values().collect() };
    let batch = house.vault.rewrap_batch(&mut behind, org(1), 10).await.expect("rewrapped");
    assert_eq!((batch.moved, batch.overtaken, batch.finished), (1, 1, false));
}

/// Reads rows as they were, and writes to them as they are.
struct Behind {
    now: MemoryShelf,
    read: Vec<WrappedKey>,
}

#[async_trait::async_trait]
impl KeyShelf for Behind {
    async fn find(&mut self, org: OrgId, subject: &Subject) -> Result<Option<WrappedKey>, ShelfError> {
        self.now.find(org, subject).await
    }
    async fn insert(&mut self, key: WrappedKey) -> Result<WrappedKey, ShelfError> {
        self.now.insert(key).await
    }
    async fn replace(&mut self, old: &WrappedKey, new: &WrappedKey) -> Result<bool, ShelfError> {
        self.now.replace(old, new).await
    }
    async fn remove(&mut self, org: OrgId, subject: &Subject) -> Result<bool, ShelfError> {
        self.now.remove(org, subject).await
    }
    async fn page(&mut self, org: OrgId, after: Option<KeyId>, limit: u32) -> Result<Vec<WrappedKey>, ShelfError> {
        self.now.page(org, after, limit).await
    }
    async fn below(&mut self, _: OrgId, _: KekVersion, _: u32) -> Result<Vec<WrappedKey>, ShelfError> {
        Ok(self.read.clone())
    }
    async fn count(&mut self, org: OrgId, version: KekVersion) -> Result<u64, ShelfError> {
        self.now.count(org, version).await
    }
}
