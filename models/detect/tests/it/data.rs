//! Public series beside the checkout, read in place.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use vyavs_domain::reading::Quality;
use vyavs_features::Sample;

/// A file of the shared folders: `VYAVS_DATA`, or `../shared/data` beside the checkout. Says so where it is absent.
pub(crate) fn file(path: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("VYAVS_DATA").map_or_else(beside, PathBuf::from);
    let found = root.join(path);
    if !found.exists() {
        eprintln!("skipped: {} is not there (set VYAVS_DATA)", found.display());
        return None;
    }
    Some(found)
}

/// The text of a file, gzipped or not.
pub(crate) fn text(path: &Path) -> String {
    let mut text = String::new();
    let file = File::open(path).expect("it was there a moment ago");
    if path.extension().is_some_and(|extension| extension == "gz") {
        MultiGzDecoder::new(file).read_to_string(&mut text).expect("text");
    } else {
        { file }.read_to_string(&mut text).expect("text");
    }
    text
}

/// A good reading at a number of seconds since the epoch.
pub(crate) fn reading(at_s: i64, value: f64) -> Sample {
    let minute_of_day = (at_s.rem_euclid(86_400) / 60) as u16;
    Sample { at_us: at_s * 1_000_000, value, quality: Quality::Good, defrost: None, minute_of_day }
}

/// Standard normal values, by Box and Muller.
pub(crate) fn normal(seed: u64) -> impl Iterator<Item = f64> {
    use rand::{Rng as _, SeedableRng as _};
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    std::iter::repeat_with(move || {
        let (u, v): (f64, f64) = (random.random(), random.random());
        (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
    })
}
