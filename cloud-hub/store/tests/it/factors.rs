//! Second factors and the wrapped keys that seal them.

use vyavs_store::data_keys::{self, Shelf};
use vyavs_store::{both_engines, factors};
use vyavs_vault::kms::{KekVersion, Wrapped};
use vyavs_vault::{KeyId, KeyShelf, Subject, WrappedKey};

use crate::given::{at, id, person, shop};

both_engines! {
    async fn a_step_and_a_paper_code_are_spent_once(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let now = at("2026-02-03T12:00:00Z");
        let mut tx = db.begin_write().await.expect("a transaction");
        let user = person(&mut tx, mine.org, 900).await;
        assert_eq!(factors::totp(&mut tx, mine.org, user).await.expect("asked"), None);
        assert!(factors::begin_totp(&mut tx, mine.org, user, vec![1], now).await.expect("stored"));
        assert!(factors::begin_totp(&mut tx, mine.org, user, vec![2], now).await.expect("stored"), "not confirmed yet");
        assert!(!factors::begin_totp(&mut tx, theirs.org, user, vec![3], now).await.unwrap_or(false), "not theirs");
        assert!(factors::spend_step(&mut tx, mine.org, user, 7).await.expect("asked"));
        assert!(!factors::spend_step(&mut tx, mine.org, user, 7).await.expect("asked"));
        assert!(!factors::spend_step(&mut tx, mine.org, user, 6).await.expect("asked"));
        assert!(!factors::spend_step(&mut tx, theirs.org, user, 8).await.expect("asked"));
        assert!(factors::confirm_totp(&mut tx, mine.org, user, now).await.expect("asked"));
        assert!(!factors::confirm_totp(&mut tx, mine.org, user, now).await.expect("asked"));
        assert!(!factors::begin_totp(&mut tx, mine.org, user, vec![4], now).await.expect("asked"), "one stands");
        let totp = factors::totp(&mut tx, mine.org, user).await.expect("asked").expect("an app");
        assert_eq!((totp.secret, totp.confirmed_at, totp.last_step), (vec![2], Some(now), Some(7)));
        factors::put_recovery_codes(&mut tx, mine.org, user, "a b", now).await.expect("stored");
        assert!(factors::spend_recovery_code(&mut tx, mine.org, user, "a b", "b").await.expect("asked"));
        assert!(!factors::spend_recovery_code(&mut tx, mine.org, user, "a b", "a").await.expect("asked"));
        assert_eq!(factors::recovery_codes(&mut tx, theirs.org, user).await.expect("asked"), None);
        assert_eq!(factors::remove(&mut tx, theirs.org, user).await.expect("asked"), 0);
        assert_eq!(factors::remove(&mut tx, mine.org, user).await.expect("asked"), 2);
        tx.commit().await.expect("a commit");
    }

    async fn the_shelf_keeps_one_key_a_subject_and_replaces_only_what_it_saw(db: Db) {
        let (mine, theirs) = (shop(&db, 1).await, shop(&db, 2).await);
        let now = at("2026-02-03T12:00:00Z");
        let key = |n: u128, org, subject: &str, version, byte| WrappedKey {
            id: KeyId(id(n)),
            org,
            subject: Subject::new("customer", subject).expect("fits"),
            made_at: now,
            wrapped: Wrapped { version: KekVersion(version), bytes: vec![byte; 60] },
        };
        let (anna, again) = (key(1, mine.org, "anna", 1, 1), key(2, mine.org, "anna", 1, 2));
        let mut tx = db.begin_write().await.expect("a transaction");
        assert!(!data_keys::any(&mut tx).await.expect("asked"));
        let mut shelf = Shelf(&mut tx);
        assert_eq!(shelf.insert(anna.clone()).await.expect("stored"), anna);
        assert_eq!(shelf.insert(again).await.expect("stored"), anna, "the first stands");
        let bert = shelf.insert(key(3, mine.org, "bert", 2, 3)).await.expect("stored");
        let other = shelf.insert(key(4, theirs.org, "anna", 1, 4)).await.expect("stored");
        assert_eq!(shelf.find(mine.org, &anna.subject).await.expect("asked"), Some(anna.clone()));
        assert_eq!(shelf.find(theirs.org, &bert.subject).await.expect("asked"), None);
        assert_eq!(shelf.page(mine.org, None, 1).await.expect("asked"), std::slice::from_ref(&anna));
        assert_eq!(shelf.page(mine.org, Some(anna.id), 9).await.expect("asked"), std::slice::from_ref(&bert));
        assert_eq!(shelf.below(mine.org, KekVersion(2), 9).await.expect("asked"), std::slice::from_ref(&anna));
        assert_eq!(shelf.count(mine.org, KekVersion(2)).await.expect("asked"), 1);
        let rewrapped = WrappedKey { wrapped: Wrapped { version: KekVersion(2), bytes: vec![9; 60] }, ..anna.clone() };
        assert!(shelf.replace(&anna, &rewrapped).await.expect("asked"));
        assert!(!shelf.replace(&anna, &rewrapped).await.expect("asked"), "it is another by now");
        assert_eq!(shelf.count(mine.org, KekVersion(2)).await.expect("asked"), 2);
        assert!(shelf.remove(mine.org, &anna.subject).await.expect("asked"));
        assert!(!shelf.remove(mine.org, &anna.subject).await.expect("asked"));
        assert_eq!(shelf.find(theirs.org, &anna.subject).await.expect("asked"), Some(other));
        tx.commit().await.expect("a commit");
        assert!(data_keys::any(&mut db.begin_read_hub().await.expect("a transaction")).await.expect("asked"));
    }
}
