//! The key file: for its owner alone, whole or not at all, and never made anew by mistake.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use data_encoding::HEXLOWER;
use vyavs_vault::kms::{Context, KekVersion, SecretName, Wrapped};
use vyavs_vault::pseudonym::Epoch;
use vyavs_vault::{DiskError, Key, KeyId, Kms, KmsError, SealedFile};

use crate::support::{at, customer, key_path, now, org, put};

/// Frozen: put together once from the description of the format by an independent program (Python, pyca/cryptography).
const PLAIN: &str = "5659415653204b45595301005d307b8e0d217aa742579265bbe1c00778052ec08fa0949e0055f9f2fa42c828222222222222222222222222222222222222222222222222222222222222222201100f0e0d0c0b0a4908870605040302010000010380808db09fbbb006001111111111111111111111111111111111111111111111111111111111111111333333333333333333333333333333333333333333333333333333333333333301f2ae0c444444444444444444444444444444444444444444444444444444444444444401efae0c";
const SEALED: &str = "5659415653204b4559530101a0a1a2a3a4a5a6a7a8a9aaab39766481b423694f1ecff96627d1f22d614f2103c97b42f7b5d29d1dc10225e859040a965e92207e76e54efee31aec965c45d32e16adb2367978f7b0033ac9fbed4e3d0c48effab82ce13cbe8f2036c6ab9977a5d740f55467345706c039879376257240a16254e5c4c6d050fc736a08efe48ffa3eb8809581d75f06ef171acc449faac3740814ccb2a19e1885bba84b4c040e5dad55f27e58247f7077ee11c53d5dc3a395c7b76e4880331954f184bd0de56d85fc1d";
const WRAPPED: &str = "01a0a1a2a3a4a5a6a7a8a9aaab63b5724e441185943016b950734833e3b2e6d4211d9897bc0ccdf4f544cb2875c7ca88dad58b1058c9f0a5dceeb4fe39";
const ORG: u128 = 0x0f0e0d0c_0b0a_4908_8706_050403020100;

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).expect("hex")
}

#[tokio::test]
async fn shipped_key_files_and_wrapped_keys_open_for_ever() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = key_path(dir.path());
    let subject = customer("4711");
    let id = KeyId(uuid::Uuid::from_u128(0x00112233_4455_4677_8899_aabbccddeeff));
    let context = Context { org: org(ORG), subject: &subject, id, made_at: now() };
    let wrapped = Wrapped { version: KekVersion(3), bytes: hex(WRAPPED) };
    for (file, unlock) in [(PLAIN, None), (SEALED, Some(Key::from_bytes(&[0x55; 32])))] {
        put(&path, &hex(file));
        let kms = SealedFile::open(&path, unlock).expect("opens");
        let key = kms.unwrap(&context, &wrapped).await.expect("unwraps");
        // The key is 00 01 02 …: wrapped again it opens as the same.
        let again = kms.wrap(&context, &key).await.expect("wraps");
        assert_eq!(again.version, KekVersion(3));
        assert_ne!(again.bytes, wrapped.bytes, "a fresh nonce");
        kms.unwrap(&context, &again).await.expect("unwraps");
        let lives = kms.versions(org(ORG)).await.expect("there");
        assert_eq!(lives.iter().map(|life| (life.version.0, life.made_at)).collect::<Vec<_>>(), [(3, now())]);
        assert_eq!(kms.epochs(org(ORG)).await.expect("there"), [Epoch(202610)]);
        let error = kms.secret(SecretName::Pseudonym(org(ORG), Epoch(202607))).await.expect_err("destroyed");
        assert!(matches!(error, KmsError::EpochDestroyed { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_others_can_read_or_write_is_refused_with_what_to_do() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = key_path(dir.path());
    let kms = SealedFile::create(&path, None).expect("made");
    assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o604, 0o620, 0o602, 0o660, 0o644, 0o666, 0o777, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        let error = SealedFile::open(&path, None).expect_err("open to others");
        assert!(matches!(&error, KmsError::Disk(DiskError::Open { mode: named, .. }) if *named == mode), "{error}");
        let said = error.to_string();
        assert!(
            said.contains(&format!("{mode:03o}")) && said.contains(&format!("chmod 600 {}", path.display())),
            "{said}"
        );
        // A hub that runs already does not go on with it either.
        assert!(kms.versions(org(1)).await.is_err());
        assert!(kms.rotate(org(1), now()).await.is_err());
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
        SealedFile::open(&path, None).expect("for its owner alone");
    }
    for (mode, refused) in [(0o770, true), (0o707, true), (0o1777, false), (0o755, false)] {
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(mode)).expect("set");
        let opened = SealedFile::open(&path, None);
        assert_eq!(
            matches!(opened, Err(KmsError::Disk(DiskError::OpenFolder { .. }))),
            refused,
            "{mode:o}: {opened:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_file_is_not_made_anew_by_opening_it_and_one_that_is_there_is_not_replaced() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = key_path(dir.path());
    let error = SealedFile::open(&path, None).expect_err("none there");
    assert!(matches!(&error, KmsError::Missing(named) if *named == path), "{error}");
    assert!(!path.exists());
    let kms = SealedFile::create(&path, None).expect("made");
    let before = fs::read(&path).expect("there");
    assert!(matches!(SealedFile::create(&path, None), Err(KmsError::Exists(_))));
    assert_eq!(fs::read(&path).expect("there"), before);
    // Taken away from a running hub: it stops opening keys, and does not begin new ones.
    fs::remove_file(&path).expect("removed");
    assert!(matches!(kms.secret(SecretName::Erasure(org(1))).await, Err(KmsError::Missing(_))));
    assert!(matches!(kms.rotate(org(1), now()).await, Err(KmsError::Missing(_))));
    assert!(!path.exists());
}

#[test]
fn a_damaged_file_is_refused_at_every_bit_and_every_length() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = key_path(dir.path());
    for (file, unlock) in [(PLAIN, None), (SEALED, Some([0x55; 32]))] {
        let (bytes, unlock) = (hex(file), || unlock.map(|key| Key::from_bytes(&key)));
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            put(&path, &changed);
            let error = SealedFile::open(&path, unlock()).expect_err("changed");
            assert!(error.to_string().contains("vault.keys"), "bit {bit}: {error}");
        }
        for cut in 0..bytes.len() {
            put(&path, &bytes[..cut]);
            SealedFile::open(&path, unlock()).expect_err("cut");
        }
        put(&path, &[&bytes[..], b"\0"].concat());
        SealedFile::open(&path, unlock()).expect_err("longer");
        assert_eq!(fs::read(&path).expect("there").len(), bytes.len() + 1, "stays as it is");
    }
}

#[tokio::test]
async fn sealed_it_opens_with_its_unlock_key_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = key_path(dir.path());
    let (one, two) = (|| Key::from_bytes(&[1; 32]), || Key::from_bytes(&[2; 32]));
    let kms = SealedFile::create(&path, Some(one())).expect("made");
    let subject = customer("1");
    let context = Context { org: org(1), subject: &subject, id: KeyId(uuid::Uuid::nil()), made_at: now() };
    let wrapped = kms.wrap(&context, &Key::from_bytes(&[0x41; 32])).await.expect("wrapped");
    assert!(matches!(SealedFile::open(&path, None), Err(KmsError::UnlockMissing(_))));
    assert!(matches!(SealedFile::open(&path, Some(two())), Err(KmsError::UnlockWrong(_))));

    assert!(matches!(SealedFile::reseal(&path, Some(&two()), None), Err(KmsError::UnlockWrong(_))));
    SealedFile::reseal(&path, Some(&one()), Some(&two())).expect("under another");
    assert!(matches!(SealedFile::open(&path, Some(one())), Err(KmsError::UnlockWrong(_))));
    let kms = SealedFile::open(&path, Some(two())).expect("opens");
    kms.unwrap(&context, &wrapped).await.expect("the same keys");
    SealedFile::reseal(&path, Some(&two()), None).expect("under none");
    assert!(matches!(SealedFile::open(&path, Some(two())), Err(KmsError::UnlockUnused(_))));
    SealedFile::open(&path, None).expect("opens").unwrap(&context, &wrapped).await.expect("the same keys");
}

#[tokio::test]
async fn what_one_process_changes_the_others_see_at_their_next_call() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = key_path(dir.path());
    let one = SealedFile::create(&path, None).expect("made");
    let two = SealedFile::open(&path, None).expect("opens");
    let subject = customer("1");
    let context = Context { org: org(1), subject: &subject, id: KeyId(uuid::Uuid::nil()), made_at: now() };
    assert!(matches!(two.versions(org(1)).await, Err(KmsError::UnknownOrg(_))));
    let first = one.wrap(&context, &Key::from_bytes(&[1; 32])).await.expect("wrapped");
    two.unwrap(&context, &first).await.expect("sees the organization");
    assert_eq!(one.rotate(org(1), at("2027-01-01T00:00:00Z")).await.expect("rotated"), KekVersion(2));
    let second = two.wrap(&context, &Key::from_bytes(&[1; 32])).await.expect("wrapped");
    assert_eq!(second.version, KekVersion(2), "no wrapping under a superseded version");
    two.destroy(org(1), KekVersion(1)).await.expect("destroyed");
    let error = one.unwrap(&context, &first).await.expect_err("gone at once");
    assert!(matches!(error, KmsError::UnknownVersion { newest: KekVersion(2), .. }), "{error}");
    assert!(matches!(one.destroy(org(1), KekVersion(2)).await, Err(KmsError::InUse { .. })));
    // A number is not used again.
    assert_eq!(one.rotate(org(1), now()).await.expect("rotated"), KekVersion(3));
}
