//! Who may see the page: a PIN once, then a session; guessing is slowed down.

use std::collections::HashMap;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tracing::{info, warn};

use super::PageError;

/// How long a session lasts: a shift.
pub(super) const SESSION: Duration = Duration::from_secs(12 * 3600);
/// Sessions at once; one more ends the oldest.
const SESSIONS: usize = 32;
/// Wrong PINs in a row before the gate closes, for how long first, and at most.
const TRIES: u32 = 5;
const FIRST_LOCK: Duration = Duration::from_secs(60);
const LAST_LOCK: Duration = Duration::from_secs(15 * 60);

/// The PIN, the sessions it opened, and how often it was wrong lately.
#[derive(Debug)]
pub(super) struct Gate {
    pin: blake3::Hash,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    rng: StdRng,
    /// By the hash of the token, so that a look into memory opens nothing.
    sessions: HashMap<[u8; 32], Instant>,
    wrong: u32,
    lock: Duration,
    locked_until: Option<Instant>,
}

/// Why a PIN did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Not the PIN.
    Wrong,
    /// Too many wrong ones; not looked at for so long.
    Locked(Duration),
}

impl Gate {
    pub(super) fn new(pin: &str) -> Self {
        let state = State {
            rng: StdRng::from_os_rng(),
            sessions: HashMap::new(),
            wrong: 0,
            lock: FIRST_LOCK,
            locked_until: None,
        };
        Self { pin: blake3::hash(pin.as_bytes()), state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this is the PIN. A wrong one counts, whoever asks.
    pub(super) fn check(&self, pin: &str, now: Instant) -> Result<(), Closed> {
        let mut state = self.state();
        if let Some(until) = state.locked_until.filter(|until| *until > now) {
            return Err(Closed::Locked(until - now));
        }
        // Hashes compare in constant time.
        if blake3::hash(pin.as_bytes()) == self.pin {
            (state.wrong, state.lock, state.locked_until) = (0, FIRST_LOCK, None);
            return Ok(());
        }
        state.wrong += 1;
        if state.wrong >= TRIES {
            let lock = state.lock;
            (state.wrong, state.lock, state.locked_until) = (0, (lock * 2).min(LAST_LOCK), Some(now + lock));
            warn!(wait_s = lock.as_secs(), "the local page is locked after {TRIES} wrong PINs");
            return Err(Closed::Locked(lock));
        }
        Err(Closed::Wrong)
    }

    /// A new session's token, for the cookie.
    pub(super) fn admit(&self, now: Instant) -> String {
        let mut state = self.state();
        state.sessions.retain(|_, ends| *ends > now);
        if state.sessions.len() >= SESSIONS
            && let Some(oldest) = state.sessions.iter().min_by_key(|(_, ends)| **ends).map(|(key, _)| *key)
        {
            state.sessions.remove(&oldest);
        }
        let token = (0..4).fold(String::new(), |text, _| text + &format!("{:016x}", state.rng.random::<u64>()));
        state.sessions.insert(*blake3::hash(token.as_bytes()).as_bytes(), now + SESSION);
        token
    }

    /// Whether the token is of a session that still lasts.
    pub(super) fn knows(&self, token: &str, now: Instant) -> bool {
        self.state().sessions.get(blake3::hash(token.as_bytes()).as_bytes()).is_some_and(|ends| *ends > now)
    }

    /// Ends a session.
    pub(super) fn leave(&self, token: &str) {
        self.state().sessions.remove(blake3::hash(token.as_bytes()).as_bytes());
    }
}

/// Reads the PIN; the first time it makes one and logs where it lies, never what it is.
pub(super) fn open_pin(path: &Path) -> Result<String, PageError> {
    let failed = |source| PageError::PinFile { path: path.to_owned(), source };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let pin = format!("{:06}", StdRng::from_os_rng().random_range(0..1_000_000));
            if let Some(dir) = path.parent() {
                fs::create_dir_all(dir).map_err(failed)?;
            }
            let mut file =
                fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
            file.write_all(format!("{pin}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            info!(pin.file = %path.display(), "the PIN of the local page was made; it lies in {}", path.display());
            return Ok(pin);
        }
        Err(error) => return Err(failed(error)),
    };
    let mode = fs::metadata(path).map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        warn!(pin.file = %path.display(), "others may read the PIN file {}; make it 0600", path.display());
    }
    let pin = text.trim();
    if !(4..=64).contains(&pin.chars().count()) || pin.chars().any(char::is_control) {
        return Err(PageError::Pin(path.to_owned()));
    }
    Ok(pin.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_is_slowed_down_and_the_right_pin_opens_after_the_wait() {
        let (gate, start) = (Gate::new("123456"), Instant::now());
        for _ in 1..TRIES {
            assert_eq!(gate.check("000000", start), Err(Closed::Wrong));
        }
        assert_eq!(gate.check("000000", start), Err(Closed::Locked(FIRST_LOCK)));
        assert!(matches!(gate.check("123456", start), Err(Closed::Locked(_))), "not looked at while locked");
        let later = start + FIRST_LOCK;
        for _ in 1..TRIES {
            assert_eq!(gate.check("", later), Err(Closed::Wrong));
        }
        assert_eq!(gate.check("", later), Err(Closed::Locked(FIRST_LOCK * 2)));
        assert_eq!(gate.check("123456", later + FIRST_LOCK * 2), Ok(()));
    }

    #[test]
    fn a_session_ends_by_itself_by_leaving_and_by_number() {
        let (gate, start) = (Gate::new("123456"), Instant::now());
        let first = gate.admit(start);
        assert!(gate.knows(&first, start) && !gate.knows("x", start) && !gate.knows("", start));
        assert!(!gate.knows(&first, start + SESSION));
        let others: Vec<_> = (0..SESSIONS as u64).map(|n| gate.admit(start + Duration::from_secs(n + 1))).collect();
        assert!(!gate.knows(&first, start), "the oldest made room");
        gate.leave(&others[3]);
        assert!(!gate.knows(&others[3], start) && gate.knows(&others[4], start));
    }

    #[test]
    fn the_pin_is_made_once_and_only_its_owner_reads_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("identity/page.pin");
        let pin = open_pin(&path).expect("made");
        assert!(pin.len() == 6 && pin.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(open_pin(&path).expect("read"), pin);
        fs::write(&path, "\n").expect("written");
        let error = open_pin(&path).expect_err("empty").to_string();
        assert!(error.contains("page.pin") && error.contains("4 to 64"), "{error}");
    }
}
