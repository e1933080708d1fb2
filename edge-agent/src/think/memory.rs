//! What the thinking remembers over a restart: windows, levels, how long a cabinet has been warm, and open alarms.
//!
//! A power dip must not start the food's clock again, and a model that needs hours of readings must not be blind for
//! them. It is a convenience all the same: a file that is missing, damaged or of other rules is left, and the thinking
//! starts afresh.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vyavs_detect::{StuckSensor, StuckState, Threshold, ThresholdState, TimeAboveLimit, TimeAboveState};
use vyavs_domain::alert::Alarm;
use vyavs_features::Window;

/// Says what the file is, and in which shape.
const MAGIC: &[u8; 4] = b"VYT1";

/// All that is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Memory {
    /// By sensor id.
    pub(super) sensors: BTreeMap<String, Kept>,
    /// By cabinet: when its defrost began and when it ended, µs since the epoch.
    pub(super) defrosts: BTreeMap<String, (Option<i64>, Option<i64>)>,
    /// What scored: name and version of the model, `None` for the level.
    pub(super) model: Option<String>,
}

/// What is kept of one sensor. A state goes with its rule: under another rule it would mean something else.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) window: Option<Box<Window>>,
    pub(super) scored: ThresholdState,
    pub(super) changed_us: Option<i64>,
    pub(super) last: Option<f64>,
    pub(super) threshold: Option<(Threshold, ThresholdState)>,
    pub(super) above: Option<(TimeAboveLimit, TimeAboveState)>,
    pub(super) stuck: Option<(StuckSensor, StuckState)>,
    pub(super) open: Vec<Alarm>,
}

impl Memory {
    /// What was kept; nothing when there is no file, or not this one.
    pub fn load(path: &Path) -> Self {
        let Ok(bytes) = std::fs::read(path) else { return Self::default() };
        Self::read(&bytes).unwrap_or_else(|| {
            tracing::warn!("{} cannot be read: the rules and the model start afresh", path.display());
            Self::default()
        })
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (crc, body) = bytes.strip_prefix(MAGIC)?.split_first_chunk::<4>()?;
        (crc32c::crc32c(body) == u32::from_le_bytes(*crc)).then(|| postcard::from_bytes(body).ok())?
    }

    /// Writes it in place of what was there.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let body = postcard::to_stdvec(self).map_err(io::Error::other)?;
        let temporary = path.with_extension("tmp");
        std::fs::write(&temporary, [MAGIC.as_slice(), &crc32c::crc32c(&body).to_le_bytes(), &body].concat())?;
        std::fs::rename(temporary, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_left_and_a_whole_one_is_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("think.memory");
        assert!(Memory::load(&path).sensors.is_empty());
        let defrosts = BTreeMap::from([("fridge-1".to_owned(), (Some(7), None))]);
        Memory { defrosts: defrosts.clone(), ..Memory::default() }.save(&path).expect("writable");
        assert_eq!(Memory::load(&path).defrosts, defrosts);
        let bytes = std::fs::read(&path).expect("there");
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(Memory::read(&damaged).is_none(), "byte {at}");
        }
    }
}
