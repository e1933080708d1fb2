//! What goes wrong on a wire for a while: told in seconds of ours since the play began, whatever the store's time does.

use std::time::Duration;

use serde::Deserialize;

/// A fault of one kind and when it lasts.
///
/// ```toml
/// faults = [{ kind = "garbage", after_s = 60, lasts_s = 10 }]
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault<K> {
    /// What goes wrong.
    pub kind: K,
    /// Seconds after the play began.
    pub after_s: u32,
    /// For so many seconds.
    pub lasts_s: u32,
}

/// What is wrong so long after the play began; of several the first that is listed.
pub fn now<K: Copy>(faults: &[Fault<K>], passed: Duration) -> Option<K> {
    let lasts = |fault: &&Fault<K>| {
        let from = Duration::from_secs(fault.after_s.into());
        passed >= from && passed - from < Duration::from_secs(fault.lasts_s.into())
    };
    faults.iter().find(lasts).map(|fault| fault.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_lasts_as_long_as_it_says() {
        let faults = [Fault { kind: 'a', after_s: 2, lasts_s: 3 }, Fault { kind: 'b', after_s: 4, lasts_s: 4 }];
        let seen: String = (0..9).map(|s| now(&faults, Duration::from_secs(s)).unwrap_or('.')).collect();
        assert_eq!(seen, "..aaabbb.");
        assert_eq!(now(&faults, Duration::from_millis(4_999)), Some('a'));
    }
}
