//! The few numbers that outlive a generation: epoch, what is settled, which hub said so.
//!
//! Written beside the generations as one small file: write, sync, rename, sync the directory. It may lag behind by a
//! second: what is settled is told again by the hub on every connection, and the numbers themselves are in the frames.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use vyavs_delivery::Seq;

/// What is remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Of the buffer.
    pub epoch: u64,
    /// The hub's life that settled.
    pub incarnation: Option<[u8; 16]>,
    /// Stored at the hub, by stream.
    pub settled: [Seq; 3],
    /// The next number, by stream, as last written here; the frames may be further.
    pub next: [Seq; 3],
}

impl Cursor {
    /// Of a buffer that was never used.
    pub fn new(epoch: u64) -> Self {
        Self { epoch, incarnation: None, settled: [0; 3], next: [1; 3] }
    }

    /// Reads the file; `None` when there is none, or it is damaged.
    pub fn load(dir: &Path) -> Option<Self> {
        let bytes = fs::read(dir.join(FILE)).ok()?;
        let (crc, body) = bytes.split_first_chunk::<4>()?;
        if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        postcard::from_bytes(body).ok()
    }

    /// Replaces the file.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        let body = postcard::to_stdvec(self).expect("a vector takes any length");
        let temporary = dir.join("cursor.tmp");
        let mut file = File::create(&temporary)?;
        file.write_all(&crc32c::crc32c(&body).to_le_bytes())?;
        file.write_all(&body)?;
        file.sync_all()?;
        fs::rename(&temporary, dir.join(FILE))?;
        sync_dir(dir)
    }
}

const FILE: &str = "cursor";

/// Makes names in a directory durable.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
