//! Several processes on one key file, and processes that are killed while they write it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use vyavs_vault::kms::{Context, KekVersion, SecretName, Wrapped};
use vyavs_vault::ledger::{Reason, SubjectHash};
use vyavs_vault::pseudonym::{Epoch, Who};
use vyavs_vault::{CacheConfig, Key, KeyId, Kms, KmsError, Ledger, SealedFile, Subject, Vault};

use crate::support::{block, customer, key_path, ledger_path, now, org};

/// Set for a child: the folder it works in.
const FOLDER: &str = "VYAVS_VAULT_RACE";
const ROTATIONS: usize = 25;

/// This test binary again, running one of its tests as a child; killed when it is dropped.
struct Process(Child);

impl Process {
    fn start(test: &str, folder: &Path) -> Self {
        let binary = std::env::current_exe().expect("a test has a binary");
        let child = Command::new(binary)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(FOLDER, folder)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        Self(child)
    }

    fn ends_well(mut self) {
        let mut said = String::new();
        if let Some(mut stderr) = self.0.stderr.take() {
            std::io::Read::read_to_string(&mut stderr, &mut said).expect("reads");
        }
        assert!(self.0.wait().expect("ends").success(), "{said}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn child_folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

/// Waits until the parent says go, so that all begin at once.
fn wait_for(path: &Path) {
    let began = Instant::now();
    while !path.exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "{} never came", path.display());
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn context(subject: &Subject) -> Context<'_> {
    Context { org: org(1), subject, id: KeyId(uuid::Uuid::nil()), made_at: now() }
}

/// Three processes make, open, rotate and use one key file and one ledger at once: one of them made it, no version and no
/// entry is lost, and each can open what the others wrapped.
#[test]
fn processes_that_start_at_once_share_one_key_file() {
    if let Some(folder) = child_folder() {
        return block(race(&folder));
    }
    let dir = tempfile::tempdir().expect("a folder");
    let test = "race::processes_that_start_at_once_share_one_key_file";
    let processes: Vec<_> = (0..3).map(|_| Process::start(test, dir.path())).collect();
    fs::write(dir.path().join("go"), "").expect("written");
    processes.into_iter().for_each(Process::ends_well);

    let kms = SealedFile::open(key_path(dir.path()), None).expect("opens");
    let versions = block(kms.versions(org(1))).expect("there");
    let numbers: Vec<usize> = versions.iter().map(|life| life.version.0 as usize).collect();
    assert_eq!(numbers, (1..=1 + 3 * ROTATIONS).collect::<Vec<_>>(), "no rotation is lost, no number given twice");
    let subject = customer("1");
    let mut opened = 0;
    let mut secrets = std::collections::BTreeSet::new();
    for entry in fs::read_dir(dir.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("wrapped") => {
                let bytes = fs::read(&path).expect("reads");
                let (version, bytes) = bytes.split_at(4);
                let version = KekVersion(u32::from_be_bytes(version.try_into().expect("four")));
                let wrapped = Wrapped { version, bytes: bytes.to_vec() };
                block(kms.unwrap(&context(&subject), &wrapped)).expect("opens what another wrapped");
                opened += 1;
            }
            Some("pseudonym") => {
                secrets.insert(fs::read(&path).expect("reads"));
            }
            Some("new") => panic!("a draft was left behind: {}", path.display()),
            _ => {}
        }
    }
    assert_eq!((opened, secrets.len()), (3 * ROTATIONS, 1), "one pseudonym key among all");
    let chain = block(kms.secret(SecretName::LedgerChain)).expect("there");
    let ledger = Ledger::open(ledger_path(dir.path()), chain).expect("one ledger among all");
    assert_eq!(ledger.verify().expect("whole").entries as usize, 3 * ROTATIONS);
}

async fn race(folder: &Path) {
    wait_for(&folder.join("go"));
    let path = key_path(folder);
    let kms = match SealedFile::create(&path, None) {
        Err(KmsError::Exists(_)) => SealedFile::open(&path, None).expect("another made it"),
        made => made.expect("made"),
    };
    let kms = Arc::new(kms);
    let uptime = Arc::new(|| Duration::ZERO);
    let vault = Vault::open(kms.clone(), ledger_path(folder), CacheConfig::default(), uptime).await.expect("opens");
    let (subject, me) = (customer("1"), std::process::id());
    for n in 0..ROTATIONS {
        let wrapped = kms.wrap(&context(&subject), &Key::from_bytes(&[1; 32])).await.expect("wrapped");
        let bytes = [&wrapped.version.0.to_be_bytes()[..], &wrapped.bytes].concat();
        fs::write(folder.join(format!("{me}-{n}.wrapped")), bytes).expect("written");
        kms.rotate(org(1), now()).await.expect("rotated");
        vault.ledger().append(org(1), SubjectHash([n as u8; 32]), Reason::Request, now()).expect("appended");
    }
    let made = vault.pseudonyms(org(1), Epoch(202610)).await.expect("a key").of(Who::Customer, "4711");
    fs::write(folder.join(format!("{me}.pseudonym")), made.as_str()).expect("written");
}

/// Killed at any moment, a writer leaves the old file or the new one, whole, and whatever it had confirmed is in it.
#[test]
fn a_killed_writer_leaves_a_whole_file_and_loses_nothing_it_confirmed() {
    if let Some(folder) = child_folder() {
        return block(rotate_for_ever(&folder));
    }
    let dir = tempfile::tempdir().expect("a folder");
    SealedFile::create(key_path(dir.path()), None).expect("made");
    let test = "race::a_killed_writer_leaves_a_whole_file_and_loses_nothing_it_confirmed";
    let mut last = 0;
    for round in 0..25_u64 {
        let confirmed = dir.path().join("confirmed");
        let _ = fs::remove_file(&confirmed);
        let process = Process::start(test, dir.path());
        wait_for(&confirmed);
        std::thread::sleep(Duration::from_micros(round * 337 % 5000));
        drop(process);
        let kms = SealedFile::open(key_path(dir.path()), None).expect("whole after a kill");
        let newest = block(kms.versions(org(1))).expect("there").last().expect("one").version.0;
        let said = fs::read(&confirmed).expect("reads");
        // The note may be half-written; the number of bytes says which.
        let said: u32 = if said.len() == 4 { u32::from_be_bytes(said.try_into().expect("four")) } else { 0 };
        assert!(newest >= said && newest > last, "confirmed {said}, found {newest}, had {last}");
        last = newest;
    }
    // A killed writer's lock is not in the way, and its draft is no key file.
    let kms = SealedFile::open(key_path(dir.path()), None).expect("opens");
    assert_eq!(block(kms.rotate(org(1), now())).expect("rotated").0, last + 1);
}

async fn rotate_for_ever(folder: &Path) {
    let kms = SealedFile::open(key_path(folder), None).expect("opens");
    let subject = customer("1");
    kms.wrap(&context(&subject), &Key::from_bytes(&[1; 32])).await.expect("wrapped");
    loop {
        let version = kms.rotate(org(1), now()).await.expect("rotated");
        fs::write(folder.join("confirmed"), version.0.to_be_bytes()).expect("written");
    }
}
