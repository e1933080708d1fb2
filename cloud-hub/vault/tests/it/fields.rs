//! A field opens where it was sealed, as it was sealed, and nowhere else.

use std::time::Duration;

use proptest::prelude::*;
use vyavs_vault::{FieldError, KeyId, MAX_TEXT, OVERHEAD, Place, Sealed, Subject, WrappedKey};

use crate::support::{House, block, customer, now, org};

const PLACE: Place<'static> = Place::new("customers", "email").row("7");

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// As bytes and as text, whatever is in it.
    #[test]
    fn what_was_sealed_opens_as_it_was(plain in prop::collection::vec(any::<u8>(), 0..2000), id in "[^\0]{1,32}") {
        block(async {
            let mut house = House::new().await;
            let subject = customer(&id);
            let key = house.vault.key_for(&mut house.shelf, org(1), &subject, now()).await.expect("a key");
            let sealed = key.seal(&PLACE, &plain).expect("sealed");
            prop_assert_eq!(sealed.as_bytes().len(), plain.len() + OVERHEAD);
            let from_text: Sealed = sealed.to_string().parse().expect("reads back");
            let from_bytes = Sealed::try_from(sealed.clone().into_bytes()).expect("reads back");
            // By another process, from the row alone.
            let mut other = house.another().await;
            let key = other.vault.key_of(&mut other.shelf, org(1), &subject).await.expect("unlocks").expect("there");
            prop_assert_eq!(&*key.open(&PLACE, &from_text).expect("opens"), &plain);
            prop_assert_eq!(&*key.open(&PLACE, &from_bytes).expect("opens"), &plain);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn any_single_bit_that_differs_is_refused() {
    let mut house = House::new().await;
    let key = house.vault.key_for(&mut house.shelf, org(1), &customer("1"), now()).await.expect("a key");
    let sealed = key.seal(&PLACE, b"anna@example.com").expect("sealed");
    let mut refused = 0;
    for bit in 0..sealed.as_bytes().len() * 8 {
        let mut bytes = sealed.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let opened = Sealed::try_from(bytes).and_then(|field| key.open(&PLACE, &field));
        refused += usize::from(opened.is_err());
    }
    assert_eq!(refused, sealed.as_bytes().len() * 8);

    let text = sealed.to_string();
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        // A bit that leaves no text cannot stand in a text column.
        let Ok(changed) = String::from_utf8(bytes) else { continue };
        let opened = changed.parse::<Sealed>().and_then(|field| key.open(&PLACE, &field));
        assert!(opened.is_err(), "bit {bit}: {changed}");
    }
    for cut in 0..sealed.as_bytes().len() {
        let opened = Sealed::try_from(sealed.as_bytes()[..cut].to_vec()).and_then(|field| key.open(&PLACE, &field));
        assert!(opened.is_err(), "cut to {cut} bytes");
    }
}

#[tokio::test]
async fn a_field_does_not_open_in_another_place() {
    let mut house = House::new().await;
    let key = house.vault.key_for(&mut house.shelf, org(1), &customer("1"), now()).await.expect("a key");
    let sealed = key.seal(&PLACE, b"anna@example.com").expect("sealed");
    for place in [
        Place::new("suppliers", "email").row("7"),
        Place::new("customers", "phone").row("7"),
        Place::new("customers", "email").row("8"),
        Place::new("customers", "email"),
        Place::new("customer", "semail").row("7"),
    ] {
        let error = key.open(&place, &sealed).expect_err("another place");
        assert!(matches!(&error, FieldError::Changed { .. }), "{error}");
        assert!(!error.to_string().contains("anna"), "{error}");
    }
}

#[tokio::test]
async fn a_key_row_that_is_moved_to_another_person_or_tenant_does_not_open() {
    let mut house = House::new().await;
    for (org, id) in [(org(1), "1"), (org(1), "2"), (org(2), "1")] {
        house.vault.key_for(&mut house.shelf, org, &customer(id), now()).await.expect("a key");
    }
    let row = house.shelf.rows()[&(org(1), customer("1"))].clone();
    let changed = |change: &dyn Fn(&mut WrappedKey)| {
        let mut row = row.clone();
        change(&mut row);
        row
    };
    let facts = [
        changed(&|row| row.subject = customer("2")),
        changed(&|row| row.subject = Subject::secrets()),
        changed(&|row| row.org = org(2)),
        changed(&|row| row.made_at = now() + Duration::from_micros(1)),
        changed(&|row| row.id = KeyId(uuid::Uuid::max())),
    ];
    let wrappings = [
        changed(&|row| row.wrapped.bytes[0] = 2),
        changed(&|row| row.wrapped.bytes[20] ^= 1),
        changed(&|row| row.wrapped.bytes.truncate(12)),
        changed(&|row| row.wrapped.bytes.clear()),
    ];
    // With the right key in memory: it is not served for a row that says something else.
    house.vault.unlock(&row).await.expect("in memory");
    for row in &facts {
        let error = house.vault.unlock(row).await.expect_err("changed");
        assert!(error.to_string().contains("its row was changed"), "{row:?}: {error}");
    }
    house.hand.pass(Duration::from_secs(2));
    for row in facts.iter().chain(&wrappings) {
        let error = house.vault.unlock(row).await.expect_err("changed");
        assert!(error.to_string().contains("its row was changed"), "{row:?}: {error}");
    }
    house.vault.unlock(&row).await.expect("the row as it was");
}

#[tokio::test]
async fn a_field_of_another_key_is_named_as_such() {
    let mut house = House::new().await;
    let one = house.vault.key_for(&mut house.shelf, org(1), &customer("1"), now()).await.expect("a key");
    let two = house.vault.key_for(&mut house.shelf, org(1), &customer("2"), now()).await.expect("a key");
    let sealed = one.seal(&PLACE, b"anna").expect("sealed");
    let expected = FieldError::OtherKey { expected: two.id(), found: one.id() };
    assert_eq!(two.open(&PLACE, &sealed).expect_err("of another"), expected);
}

#[tokio::test]
async fn a_key_is_held_for_its_lease_and_no_longer() {
    let mut house = House::new().await;
    let key = house.vault.key_for(&mut house.shelf, org(1), &customer("1"), now()).await.expect("a key");
    let sealed = key.seal(&PLACE, b"anna").expect("sealed");
    house.hand.pass(Duration::from_millis(999));
    key.open(&PLACE, &sealed).expect("within the lease");
    house.hand.pass(Duration::from_millis(1));
    assert_eq!(key.open(&PLACE, &sealed), Err(FieldError::LeaseEnded(key.id())));
    assert_eq!(key.seal(&PLACE, b"anna"), Err(FieldError::LeaseEnded(key.id())));
    let key = house.vault.key_of(&mut house.shelf, org(1), &customer("1")).await.expect("unlocks").expect("there");
    assert_eq!(*key.open_text(&PLACE, &sealed).expect("opens"), "anna");
}

#[tokio::test]
async fn secrets_of_the_hub_and_fields_of_any_length_up_to_the_bound_are_sealed() {
    let mut house = House::new().await;
    let key = house.vault.key_for(&mut house.shelf, org(1), &Subject::secrets(), now()).await.expect("a key");
    let place = Place::new("users", "totp_secret").row("anna");
    for length in [0, 1, 20, MAX_TEXT] {
        let sealed = key.seal(&place, &vec![7; length]).expect("sealed");
        assert_eq!(key.open(&place, &sealed).expect("opens").len(), length);
        assert_eq!(Sealed::try_from(sealed.clone().into_bytes()), Ok(sealed));
    }
    assert_eq!(key.seal(&place, &vec![7; MAX_TEXT + 1]), Err(FieldError::TooLong(MAX_TEXT + 1)));
    let sealed = key.seal(&place, &[0xff, 0xfe]).expect("sealed");
    assert!(matches!(key.open_text(&place, &sealed), Err(FieldError::NotText(_))));
}
