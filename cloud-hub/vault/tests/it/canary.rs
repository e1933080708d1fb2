//! What is personal is in no file, in no row and in no message.

use std::fs;

use vyavs_vault::ledger::Reason;
use vyavs_vault::pseudonym::{Epoch, Who};
use vyavs_vault::{Key, Place, SealedFile, Subject};

use crate::support::{House, customer, now, org};

const MAIL: &str = "canary-anna@example.com";
const SECRET: &str = "CANARYTOTPSECRET";
const ID: &str = "canary-4711";

fn holds(bytes: &[u8], canary: &[u8]) -> bool {
    bytes.windows(canary.len()).any(|window| window == canary)
}

#[tokio::test]
async fn no_canary_in_what_is_stored_or_said() {
    let mut house = House::new().await;
    let shelf = &mut house.shelf;
    let (place, secret) = (Place::new("customers", "email"), Place::new("users", "totp"));
    let key = house.vault.key_for(shelf, org(1), &customer(ID), now()).await.expect("a key");
    let stored = key.seal(&place, MAIL.as_bytes()).expect("sealed");
    let secrets = house.vault.key_for(shelf, org(1), &Subject::secrets(), now()).await.expect("a key");
    let stored_secret = secrets.seal(&secret, SECRET.as_bytes()).expect("sealed");
    let pseudonym = house.vault.pseudonyms(org(1), Epoch(202610)).await.expect("a key").of(Who::Customer, ID);
    let row = shelf.rows()[&(org(1), customer(ID))].clone();
    let changed = key.open(&Place::new("other", "email"), &stored).expect_err("another place");
    house.vault.rotate(org(1), now()).await.expect("rotated");
    let done = house.vault.erase(shelf, org(1), &customer(ID), Reason::Request, now()).await.expect("erased");
    let error = house.vault.unlock(&row).await.expect_err("erased");

    let mut seen: Vec<Vec<u8>> = Vec::new();
    for entry in fs::read_dir(house.dir.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        seen.push(path.to_string_lossy().into_owned().into_bytes());
        seen.push(fs::read(path).expect("reads"));
    }
    assert_eq!(seen.len(), 2 * 5, "keys, ledger, head and two locks, and no draft left behind");
    seen.extend([stored.as_bytes().to_vec(), stored.to_string().into_bytes(), stored_secret.into_bytes()]);
    seen.extend([pseudonym.to_string().into_bytes(), row.wrapped.bytes.clone()]);
    let said = format!(
        "{row:?} {key:?} {stored:?} {:?} {done:?} {error} {error:?} {changed} {changed:?} {:?}",
        house.vault, house.kms
    );
    assert!(said.contains("customer:…"), "{said}");
    seen.push(said.into_bytes());
    for bytes in &seen {
        for canary in [MAIL, SECRET, ID, "4711"] {
            assert!(!holds(bytes, canary.as_bytes()), "{canary} in {:?}", String::from_utf8_lossy(bytes));
        }
    }
    assert!(holds(row.subject.as_str().as_bytes(), ID.as_bytes()), "the scan finds what is there");
}

/// Neither the keys, where the file is sealed.
#[tokio::test]
async fn a_sealed_key_file_shows_no_key() {
    let dir = tempfile::tempdir().expect("a folder");
    let (plain, sealed) = (dir.path().join("plain"), dir.path().join("sealed"));
    SealedFile::create(&plain, None).expect("made");
    let chain = fs::read(&plain).expect("reads")[12 + 32..12 + 64].to_vec();
    fs::copy(&plain, &sealed).expect("copied");
    SealedFile::reseal(&sealed, None, Some(&Key::from_bytes(&[1; 32]))).expect("sealed");
    assert!(holds(&fs::read(&plain).expect("reads"), &chain), "the scan finds what is there");
    assert!(!holds(&fs::read(&sealed).expect("reads"), &chain));
}
