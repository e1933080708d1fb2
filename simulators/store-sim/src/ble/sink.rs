//! Where a radio's events are written.

use std::io::SeekFrom;
use std::path::Path;

use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use vyavs_codec::ble::snoop_encode;

/// A stream begins anew when it has grown so far: days of a play must not fill a disk. A recording does not.
const LONGEST: u64 = 64 << 20;

/// A file that grows.
#[derive(Debug)]
pub(super) enum Sink {
    /// In `btmon`'s format, and how long it is.
    Snoop(File, u64),
    /// In hex.
    Hex(File),
}

fn create(path: &Path) -> Result<File, String> {
    let file = std::fs::File::create(path);
    file.map(File::from_std).map_err(|error| format!("failed to create {}: {error}", path.display()))
}

/// Records without the stream's head.
fn records(events: &[Vec<u8>]) -> Vec<u8> {
    snoop_encode(events).split_off(snoop_encode(&[]).len())
}

impl Sink {
    /// A stream that begins anew.
    pub(super) fn btsnoop(path: &Path) -> Result<Self, String> {
        Ok(Self::Snoop(create(path)?, 0))
    }

    /// A recording that begins anew.
    pub(super) fn record(path: &Path) -> Result<Self, String> {
        Ok(Self::Hex(create(path)?))
    }

    /// Adds events.
    pub(super) async fn write(&mut self, events: &[Vec<u8>]) -> std::io::Result<()> {
        match self {
            Self::Snoop(file, length) => {
                if *length > LONGEST {
                    // Whoever follows it sees that it was cut.
                    file.set_len(0).await?;
                    file.seek(SeekFrom::Start(0)).await?;
                    *length = 0;
                }
                let bytes = if *length == 0 { snoop_encode(events) } else { records(events) };
                *length += bytes.len() as u64;
                file.write_all(&bytes).await?;
                file.flush().await
            }
            Self::Hex(file) => {
                let line = |event: &Vec<u8>| event.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n";
                file.write_all(events.iter().map(line).collect::<String>().as_bytes()).await?;
                file.flush().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use vyavs_codec::ble::{Snoop, hex};

    use super::*;

    fn event(tag: u8) -> Vec<u8> {
        vec![0x04, 0x3E, 1, tag]
    }

    #[tokio::test]
    async fn a_stream_grows_and_begins_anew_when_it_is_long() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("ble.btsnoop");
        let read = || Snoop::default().push(&std::fs::read(&path).expect("there"));
        let mut sink = Sink::btsnoop(&path).expect("a file");
        sink.write(&[event(1), event(2)]).await.expect("written");
        sink.write(&[event(3)]).await.expect("written");
        assert_eq!(read(), Ok(vec![event(1), event(2), event(3)]));
        if let Sink::Snoop(_, length) = &mut sink {
            *length = LONGEST + 1;
        }
        sink.write(&[event(4)]).await.expect("written");
        sink.write(&[event(5)]).await.expect("written");
        assert_eq!(read(), Ok(vec![event(4), event(5)]));
    }

    #[tokio::test]
    async fn a_recording_is_lines_of_hex() {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("ble.txt");
        let mut sink = Sink::record(&path).expect("a file");
        sink.write(&[event(1), event(0xAB)]).await.expect("written");
        let text = std::fs::read_to_string(&path).expect("there");
        let read: Vec<_> = text.lines().map(|line| hex(line.as_bytes()).expect("hex")).collect();
        assert_eq!(read, [event(1), event(0xAB)]);
        let error = Sink::record(Path::new("/nowhere/ble.txt")).expect_err("no folder");
        assert!(error.contains("/nowhere/ble.txt"), "{error}");
    }
}
