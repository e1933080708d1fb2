//! Once erased, nothing opens: here, in other processes, and after a restore.

use std::time::Duration;

use jiff::civil::date;
use vyavs_vault::ledger::Reason;
use vyavs_vault::pseudonym::{Rotation, Who};
use vyavs_vault::{FieldError, Kms, KmsError, LedgerError, Place, Subject, VaultError};

use crate::support::{House, at, customer, ledger_path, now, org};

const PLACE: Place<'static> = Place::new("customers", "email");

#[tokio::test]
async fn with_its_key_destroyed_nothing_opens() {
    let mut house = House::new().await;
    let mut other = house.another().await;
    let anna = customer("anna");
    let key = house.vault.key_for(&mut house.shelf, org(1), &anna, now()).await.expect("a key");
    let elsewhere = other.vault.key_of(&mut other.shelf, org(1), &anna).await.expect("unlocks").expect("there");
    let fields: Vec<_> = (0..50_u8).map(|n| key.seal(&PLACE, &[n]).expect("sealed")).collect();
    let row = house.shelf.rows()[&(org(1), anna.clone())].clone();

    let erased = house.vault.erase(&mut house.shelf, org(1), &anna, Reason::Request, now()).await.expect("erased");
    assert!(erased.had_key);
    assert_eq!((erased.entry.number, erased.entry.reason), (1, Reason::Request));

    // In this process at once, also for those who hold the key.
    assert!(fields.iter().all(|field| key.open(&PLACE, field) == Err(FieldError::Erased(key.id()))));
    // In another one as soon as it looks for the row, …
    assert!(other.vault.key_of(&mut other.shelf, org(1), &anna).await.expect("looks").is_none());
    // … and for a lease already given within a second.
    other.hand.pass(Duration::from_millis(999));
    assert!(elsewhere.open(&PLACE, &fields[0]).is_ok());
    other.hand.pass(Duration::from_millis(1));
    assert_eq!(elsewhere.open(&PLACE, &fields[0]), Err(FieldError::LeaseEnded(key.id())));
    // A copy of the row does not help, neither there nor in a process that starts later.
    for house in [&house, &other, &house.another().await] {
        let error = house.vault.unlock(&row).await.expect_err("the ledger names it");
        assert!(matches!(error, VaultError::Erased { id, .. } if id == key.id()), "{error}");
    }
}

#[tokio::test]
async fn a_restored_backup_does_not_bring_anybody_back() {
    let mut house = House::new().await;
    let people: Vec<_> = (0..1200).map(|n| customer(&n.to_string())).collect();
    for subject in &people {
        house.vault.key_for(&mut house.shelf, org(1), subject, now()).await.expect("a key");
    }
    let backup = house.shelf.snapshot();
    let gone: Vec<_> = people.iter().step_by(100).cloned().collect();
    for subject in &gone {
        let done = house.vault.erase(&mut house.shelf, org(1), subject, Reason::Consent, now()).await;
        assert!(done.expect("erased").had_key);
    }
    let noted = house.vault.ledger().head().expect("reads");
    house.shelf.restore(backup);

    let mut house = house.another().await;
    house.vault.ledger().includes(noted).expect("the ledger did not go back with the database");
    // Even before it is re-applied the keys that came back are refused.
    let error = house.vault.key_of(&mut house.shelf, org(1), &gone[3]).await.expect_err("erased");
    assert!(matches!(error, VaultError::Erased { .. }), "{error}");
    // And a rotation does not carry them on.
    house.vault.rotate(org(1), now()).await.expect("rotated");
    let mut done = house.vault.reapply(&mut house.shelf, org(1)).await.expect("re-applied");
    assert_eq!(done.checked, 1200);
    done.subjects.sort();
    let mut expected = gone.clone();
    expected.sort();
    assert_eq!(done.subjects, expected);
    assert_eq!(house.shelf.rows().len(), people.len() - gone.len());
    let again = house.vault.reapply(&mut house.shelf, org(1)).await.expect("re-applied");
    assert_eq!((again.checked, again.subjects.len()), (1188, 0));
    for subject in &people {
        let key = house.vault.key_of(&mut house.shelf, org(1), subject).await.expect("looked up");
        assert_eq!(key.is_some(), !gone.contains(subject));
    }
}

#[tokio::test]
async fn a_rotation_drops_what_came_back_with_a_backup() {
    let mut house = House::new().await;
    for id in ["1", "2"] {
        house.vault.key_for(&mut house.shelf, org(1), &customer(id), now()).await.expect("a key");
    }
    let backup = house.shelf.snapshot();
    house.vault.erase(&mut house.shelf, org(1), &customer("1"), Reason::Closed, now()).await.expect("erased");
    house.shelf.restore(backup);
    house.vault.rotate(org(1), now()).await.expect("rotated");
    let batch = house.vault.rewrap_batch(&mut house.shelf, org(1), 10).await.expect("rewrapped");
    assert_eq!((batch.moved, batch.overtaken), (1, 1));
    assert_eq!(house.shelf.rows().keys().map(|(_, subject)| subject.clone()).collect::<Vec<_>>(), [customer("2")]);
}

/// Also where the clock went back between the two.
#[tokio::test]
async fn whoever_comes_back_after_an_erasure_is_somebody_new() {
    for back in ["2026-12-24T08:00:00Z", "2026-11-23T08:00:00Z", "2016-11-23T08:00:00Z"] {
        let mut house = House::new().await;
        let anna = customer("anna");
        let old = house.vault.key_for(&mut house.shelf, org(1), &anna, now()).await.expect("a key");
        let sealed = old.seal(&PLACE, b"anna").expect("sealed");
        let backup = house.shelf.snapshot();
        house.vault.erase(&mut house.shelf, org(1), &anna, Reason::Request, now()).await.expect("erased");
        let new = house.vault.key_for(&mut house.shelf, org(1), &anna, at(back)).await.expect("a new key");
        let sealed_anew = new.seal(&PLACE, b"anna again").expect("sealed");
        assert_eq!(new.open(&PLACE, &sealed), Err(FieldError::OtherKey { expected: new.id(), found: old.id() }));
        // A restore takes away the old key and leaves the new one.
        let done = house.vault.reapply(&mut house.shelf, org(1)).await.expect("re-applied");
        assert_eq!((done.checked, done.subjects.len()), (1, 0), "{back}");
        assert_eq!(*new.open(&PLACE, &sealed_anew).expect("opens"), b"anna again");
        house.shelf.restore(backup);
        let done = house.vault.reapply(&mut house.shelf, org(1)).await.expect("re-applied");
        assert_eq!(done.subjects, [anna], "{back}");
    }
}

/// A key made by a clock ahead of the one that erases.
#[tokio::test]
async fn an_erasure_reaches_a_key_from_the_future() {
    let mut house = House::new().await;
    let anna = customer("anna");
    house.vault.key_for(&mut house.shelf, org(1), &anna, at("2036-01-01T00:00:00.000000999Z")).await.expect("a key");
    let backup = house.shelf.snapshot();
    house.vault.erase(&mut house.shelf, org(1), &anna, Reason::Request, now()).await.expect("erased");
    house.shelf.restore(backup);
    let done = house.vault.reapply(&mut house.shelf, org(1)).await.expect("re-applied");
    assert_eq!(done.subjects, [anna]);
}

#[tokio::test]
async fn somebody_without_a_key_is_erased_on_paper_too() {
    let mut house = House::new().await;
    let anna = customer("anna");
    let done = house.vault.erase(&mut house.shelf, org(1), &anna, Reason::Request, now()).await.expect("erased");
    assert!(!done.had_key);
    assert_eq!(house.vault.erased_at(org(1), &anna).await.expect("looked up"), Some(now()));
    assert_eq!(house.vault.erased_at(org(2), &anna).await.expect("looked up"), None, "another tenant's customer");
}

#[tokio::test]
async fn the_secrets_of_the_hub_are_not_erased_as_a_person() {
    let mut house = House::new().await;
    house.vault.key_for(&mut house.shelf, org(1), &Subject::secrets(), now()).await.expect("a key");
    let error = house.vault.erase(&mut house.shelf, org(1), &Subject::secrets(), Reason::Request, now()).await;
    assert!(matches!(error, Err(VaultError::NotAPerson(_))));
    assert!(house.vault.key_of(&mut house.shelf, org(1), &Subject::secrets()).await.expect("unlocks").is_some());
    assert_eq!(house.vault.ledger().head().expect("reads").entries, 0);
}

#[tokio::test]
async fn an_organization_that_left_is_gone_and_its_neighbour_is_not() {
    let mut house = House::new().await;
    let key = house.vault.key_for(&mut house.shelf, org(1), &customer("1"), now()).await.expect("a key");
    let near = house.vault.key_for(&mut house.shelf, org(2), &customer("1"), now()).await.expect("a key");
    let sealed = near.seal(&PLACE, b"anna").expect("sealed");
    house.vault.destroy_organization(org(1), now()).await.expect("destroyed");
    house.vault.destroy_organization(org(1), at("2030-01-01T00:00:00Z")).await.expect("once more");
    assert_eq!(key.seal(&PLACE, b"x"), Err(FieldError::Erased(key.id())));
    for house in [&mut house.another().await, &mut house] {
        for error in [
            house.vault.key_of(&mut house.shelf, org(1), &customer("1")).await.expect_err("gone"),
            house.vault.key_for(&mut house.shelf, org(1), &customer("2"), now()).await.expect_err("no new one"),
        ] {
            let VaultError::Kms(KmsError::OrgDestroyed { at, .. }) = error else { panic!("{error}") };
            assert_eq!(at, now());
        }
        let near = house.vault.key_of(&mut house.shelf, org(2), &customer("1")).await.expect("unlocks").expect("there");
        assert_eq!(*near.open(&PLACE, &sealed).expect("opens"), b"anna");
    }
    let done = house.vault.reapply(&mut house.shelf, org(1)).await.expect("re-applied");
    assert_eq!(done.subjects, [customer("1")], "its rows, where a backup brought them back");
    assert_eq!(house.shelf.rows().len(), 1);
}

/// The row is gone and the ledger is not there to say so: no key is handed out.
#[tokio::test]
async fn without_its_ledger_the_vault_opens_nothing() {
    let mut house = House::new().await;
    house.vault.key_for(&mut house.shelf, org(1), &customer("1"), now()).await.expect("a key");
    house.vault.erase(&mut house.shelf, org(1), &customer("2"), Reason::Request, now()).await.expect("erased");
    std::fs::remove_file(ledger_path(house.dir.path())).expect("removed");
    house.hand.pass(Duration::from_secs(2));
    let error = house.vault.key_of(&mut house.shelf, org(1), &customer("1")).await.expect_err("no ledger");
    assert!(matches!(error, VaultError::Ledger(LedgerError::Missing { .. })), "{error}");
}

#[tokio::test]
async fn a_destroyed_period_makes_no_pseudonyms_any_more() {
    let house = House::new().await;
    let days = [date(2026, 5, 1), date(2026, 8, 1), date(2026, 11, 23)];
    let mut made = Vec::new();
    for epoch in days.map(|day| Rotation::Quarter.epoch(day)) {
        let pseudonym = house.vault.pseudonyms(org(1), epoch).await.expect("a key").of(Who::Customer, "4711");
        made.push((epoch, pseudonym));
    }
    let other = house.another().await;
    assert_eq!(other.vault.pseudonyms_of(org(1), Who::Customer, "4711").await.expect("all"), made);
    assert_eq!(other.vault.pseudonyms_of(org(3), Who::Customer, "4711").await.expect("none"), []);
    let tenant = other.vault.pseudonyms(org(2), made[0].0).await.expect("a key").of(Who::Customer, "4711");
    assert_ne!(tenant, made[0].1, "another tenant's key");

    house.kms.destroy_epochs(org(1), made[1].0).await.expect("destroyed");
    house.kms.destroy_epochs(org(1), made[0].0).await.expect("destroyed already");
    assert_eq!(other.vault.pseudonyms_of(org(1), Who::Customer, "4711").await.expect("what is left"), made[2..]);
    for (epoch, _) in &made[..2] {
        let error = other.vault.pseudonyms(org(1), *epoch).await.expect_err("gone");
        assert!(matches!(error, VaultError::Kms(KmsError::EpochDestroyed { .. })), "{error}");
    }
}
