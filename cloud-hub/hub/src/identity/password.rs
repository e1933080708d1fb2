//! Passwords: argon2id, a few at a time, and as slow for a stranger as for a friend.

use std::sync::Arc;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;

use super::{KeyError, random};

/// The OWASP minimum for argon2id: KiB, passes, lanes.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// 19 MiB each: more at once would only be slower.
const AT_ONCE: usize = 2;
/// Who waits behind these is told to come back.
const WAITING: usize = 64;
/// The shortest password a person may choose, in characters.
pub const MIN_PASSWORD: usize = 8;
/// The longest, in bytes; nothing is cut off below it.
pub const MAX_PASSWORD: usize = 1024;

/// Hashes and verifies. Cheap to clone; clones share the queue.
#[derive(Clone, Debug)]
pub struct Passwords {
    running: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    /// Verified when there is no such user, so that the answer takes as long.
    nobody: Arc<str>,
}

/// A password that could not be hashed or verified.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short, too long, or what an attacker tries first.
    #[error("the password {0}")]
    Weak(&'static str),
    /// Too many at once.
    #[error("too many people sign in at once")]
    Busy,
    /// argon2 refused.
    #[error("failed to hash a password: {0}")]
    Hash(argon2::password_hash::Error),
    /// The system gave no random bytes.
    #[error(transparent)]
    Random(#[from] KeyError),
}

/// What a password turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right.
    Right,
    /// Right, but hashed with other parameters than today's: hash it again.
    RightButOld,
    /// Wrong, or nobody's.
    Wrong,
}

impl Passwords {
    /// With nobody waiting.
    pub fn new() -> Result<Self, PasswordError> {
        Ok(Self {
            running: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(WAITING)),
            nobody: hash_now(&random_password()?)?.into(),
        })
    }

    /// The hash of a password that nobody knows: for people who sign in elsewhere and have none of their own.
    pub fn nobodys(&self) -> String {
        self.nobody.to_string()
    }

    /// A PHC string.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        self.work(move || hash_now(&password)).await
    }

    /// Compares with a stored hash; without one (no such user) it is wrong, and takes as long.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, PasswordError> {
        let nobody = self.nobody.clone();
        self.work(move || {
            let known = stored.is_some();
            let text = stored.as_deref().unwrap_or(&nobody);
            let parsed = PasswordHash::new(text).map_err(PasswordError::Hash)?;
            let right = argon()?.verify_password(password.as_bytes(), &parsed).is_ok();
            let current = Params::try_from(&parsed).is_ok_and(|p| (p.m_cost(), p.t_cost(), p.p_cost()) == COST)
                && parsed.algorithm.as_str() == "argon2id";
            Ok(match right && known {
                false => Verdict::Wrong,
                true if current => Verdict::Right,
                true => Verdict::RightButOld,
            })
        })
        .await
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.queue.clone().try_acquire_owned().map_err(|_| PasswordError::Busy)?;
        let running = self.running.clone().acquire_owned().await.map_err(|_| PasswordError::Busy)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(running);
            done
        })
        .await
        .map_err(|_| PasswordError::Busy)?
    }
}

/// How hard a password must be to guess for zxcvbn: 3 of 4, more than 10^8 guesses.
const LEAST: zxcvbn::Score = zxcvbn::Score::Three;

/// Whether a person may choose it: long enough, not cut off, and not among what is guessed first (common passwords, names,
/// words, keyboard walks, dates, repetitions, the person's own address), by zxcvbn, which judges by the first 100
/// characters. No rule of composition.
pub fn acceptable(password: &str, email: &str) -> Result<(), PasswordError> {
    if password.chars().count() < MIN_PASSWORD {
        return Err(PasswordError::Weak("is shorter than 8 characters; 15 or more are advised"));
    }
    if password.len() > MAX_PASSWORD {
        return Err(PasswordError::Weak("is longer than 1024 bytes"));
    }
    let email = email.to_lowercase();
    let mut own: Vec<&str> = email.split(['@', '.', '-', '_', '+']).filter(|part| !part.is_empty()).collect();
    own.push(&email);
    own.push("vyavs");
    if zxcvbn::zxcvbn(password, &own).score() < LEAST {
        return Err(PasswordError::Weak(
            "is easily guessed: common words, names, dates, keyboard rows and repetitions are tried first; choose a few unrelated words",
        ));
    }
    Ok(())
}

/// 120 random bits in letters and digits that are not mistaken for each other.
pub(crate) fn random_password() -> Result<String, KeyError> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let bytes = random::<24>()?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect();
    Ok(letters.chunks(6).map(|part| part.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

fn argon() -> Result<Argon2<'static>, PasswordError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|error| PasswordError::Hash(error.into()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &str) -> Result<String, PasswordError> {
    let salt = SaltString::encode_b64(&random::<16>()?).map_err(PasswordError::Hash)?;
    Ok(argon()?.hash_password(password.as_bytes(), &salt).map_err(PasswordError::Hash)?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[tokio::test]
    async fn a_stored_hash_says_how_it_was_made_and_only_the_password_opens_it() {
        let passwords = Passwords::new().expect("ready");
        let stored = passwords.hash("correct horse".to_owned()).await.expect("hashed");
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let verify = |password: &str, stored: Option<&str>| {
            let (passwords, password, stored) = (passwords.clone(), password.to_owned(), stored.map(str::to_owned));
            async move { passwords.verify(password, stored).await.expect("verified") }
        };
        assert_eq!(verify("correct horse", Some(&stored)).await, Verdict::Right);
        assert_eq!(verify("correct horsf", Some(&stored)).await, Verdict::Wrong);
        assert_eq!(verify("correct horse", None).await, Verdict::Wrong);
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(8, 1, 1, None).expect("allowed"));
        let weak = weak.hash_password(b"correct horse", &salt).expect("hashed").to_string();
        assert_eq!(verify("correct horse", Some(&weak)).await, Verdict::RightButOld);
    }

    #[tokio::test]
    async fn nobody_takes_as_long_as_somebody() {
        let passwords = Passwords::new().expect("ready");
        let stored = passwords.hash("correct horse".to_owned()).await.expect("hashed");
        let mut best = [Duration::MAX; 2];
        // The best of several: noise only ever adds.
        for _ in 0..8 {
            for (which, stored) in [Some(stored.clone()), None].into_iter().enumerate() {
                let from = Instant::now();
                passwords.verify("wrong".to_owned(), stored).await.expect("verified");
                best[which] = best[which].min(from.elapsed());
            }
        }
        let ratio = best[1].as_secs_f64() / best[0].as_secs_f64();
        assert!((0.5..2.0).contains(&ratio), "known {:?}, unknown {:?}", best[0], best[1]);
    }

    #[test]
    fn what_is_guessed_first_is_refused_and_nothing_is_cut_off() {
        let guessed = [
            "short",
            "Password",
            "P@ssw0rd!",
            "12345678",
            "qwertyuiop",
            "football2024",
            "1qaz2wsx3edc",
            "iloveyou123",
            "me@shop.example",
            "shop-example",
            "aaaaaaaaaaaaaaaa",
            "abcabcabcabc",
            "changeme1",
            "trustno1!",
            &"x".repeat(1024),
        ];
        for bad in guessed {
            assert!(acceptable(bad, "me@shop.example").is_err(), "{bad}");
        }
        let mut long = "open sesame, please ".to_owned();
        long.push_str(&"x".repeat(1024 - long.len()));
        for good in
            ["open sesame, please", "wolke gabel dreizehn", "kB7#vq2!Lw9z", "пароль от склада номер девять", &long]
        {
            acceptable(good, "me@shop.example").unwrap_or_else(|error| panic!("{good}: {error}"));
        }
        for _ in 0..20 {
            acceptable(&random_password().expect("random"), "admin@localhost").expect("ours is good");
        }
        assert_ne!(random_password().expect("random"), random_password().expect("random"));
    }
}
