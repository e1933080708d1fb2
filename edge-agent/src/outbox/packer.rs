//! Writes a generation of packs: values in order, gathered until they make a pack.

use std::path::{Path, PathBuf};

use vyavs_delivery::Seq;
use vyavs_wire::record::Stream;

use super::pack::PACK;
use super::queue::{Queue, QueueError, dir_bytes};

/// A generation that is being written.
pub(super) struct Packer {
    path: PathBuf,
    queue: Queue,
    of: Stream,
    values: Vec<(Seq, Vec<u8>)>,
    bytes: usize,
}

impl Packer {
    /// In `path`; what an attempt before this one left there is removed.
    pub(super) fn create(path: &Path) -> Result<Self, QueueError> {
        match std::fs::remove_dir_all(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(QueueError::Sync { path: path.to_owned(), source });
            }
            _ => {}
        }
        let queue = Queue::create_packed(path)?;
        Ok(Self { path: path.to_owned(), queue, of: Stream::Money, values: Vec::new(), bytes: 0 })
    }

    /// Takes the next value, by stream and number; `true` when that made a pack of those before it.
    pub(super) fn put(&mut self, stream: Stream, first: Seq, value: Vec<u8>) -> Result<bool, QueueError> {
        let full = stream != self.of || self.bytes >= PACK;
        if full {
            self.queue.put_pack(self.of, &std::mem::take(&mut self.values))?;
            (self.of, self.bytes) = (stream, 0);
        }
        self.bytes += value.len();
        self.values.push((first, value));
        Ok(full)
    }

    /// Returns the bytes it takes when all of it is on the device.
    pub(super) fn finish(self) -> Result<u64, QueueError> {
        let Self { path, queue, of, values, .. } = self;
        queue.put_pack(of, &values)?;
        queue.sync_all()?;
        drop(queue);
        // Opened once more: sled then notes where its log ends. Without that note it would take a damaged pack for the
        // end, and remove the packs after it; with it, it refuses to open, and the generation is set aside whole.
        drop(Queue::open(&path)?);
        Queue::sync_closed(&path)?;
        Ok(dir_bytes(&path))
    }
}
