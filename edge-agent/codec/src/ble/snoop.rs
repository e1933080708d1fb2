//! What BlueZ's `btmon -w` writes: the btsnoop stream, live through a pipe or from a file.
//!
//! Source: RFC 1761's record layout as the Bluetooth tools use it (BlueZ doc/btsnoop.txt). A head of 16 bytes (`btsnoop`,
//! 0, version 1, data link), then records: original length, included length, flags, drops, time, data; all big-endian.
//! Data link 2001 is the monitor's (flags: adapter and opcode; 3 is an HCI event without its packet type), 1002 is H4.

/// A record longer than this is no Bluetooth packet.
const MAX_RECORD: usize = 4096;
const HEAD: usize = 16;
const RECORD_HEAD: usize = 24;

/// Why the stream cannot be followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnoopError {
    /// Not btsnoop.
    #[error("not a btsnoop stream, expected `btsnoop` and version 1 first")]
    Head,
    /// A data link that carries no HCI.
    #[error("btsnoop data link {0}, expected 2001 (monitor) or 1002 (H4)")]
    Link(u32),
    /// A record too long to be one: the stream is broken.
    #[error("a record of {0} bytes, expected at most {MAX_RECORD}: the stream is broken")]
    Record(usize),
}

/// Takes the stream in whatever pieces and gives HCI event packets, packet type first.
#[derive(Clone, Debug, Default)]
pub struct Snoop {
    held: Vec<u8>,
    link: Option<u32>,
}

impl Snoop {
    /// Adds a piece; gives the HCI events it completes. After an error the stream is of no more use.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<Vec<u8>>, SnoopError> {
        self.held.extend_from_slice(piece);
        let mut from = 0;
        let mut found = Vec::new();
        if self.link.is_none() {
            let Some(head) = self.held.first_chunk::<HEAD>() else { return Ok(found) };
            let link = u32::from_be_bytes([head[12], head[13], head[14], head[15]]);
            if &head[..8] != b"btsnoop\0" || head[8..12] != [0, 0, 0, 1] {
                return Err(SnoopError::Head);
            }
            if !matches!(link, 1002 | 2001) {
                return Err(SnoopError::Link(link));
            }
            self.link = Some(link);
            from = HEAD;
        }
        while let Some(head) = self.held[from..].first_chunk::<RECORD_HEAD>() {
            let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
            let length = word(4) as usize;
            if length > MAX_RECORD {
                return Err(SnoopError::Record(length));
            }
            let Some(data) = self.held.get(from + RECORD_HEAD..from + RECORD_HEAD + length) else { break };
            match self.link {
                Some(2001) if word(8) & 0xFFFF == 3 => found.push([&[0x04], data].concat()),
                Some(1002) if data.first() == Some(&0x04) => found.push(data.to_vec()),
                _ => {}
            }
            from += RECORD_HEAD + length;
        }
        self.held.drain(..from);
        Ok(found)
    }
}

/// A whole stream of HCI events, for tests and simulators.
pub fn snoop_encode(events: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"btsnoop\0\0\0\0\x01\0\0\x07\xd1".to_vec();
    for event in events {
        let data = event.strip_prefix(&[0x04]).unwrap_or(event);
        let length = (data.len() as u32).to_be_bytes();
        out.extend([length, length, 3_u32.to_be_bytes(), [0; 4]].concat());
        out.extend([0; 8]);
        out.extend(data);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_events_are_given_and_a_broken_stream_is_named() {
        let mut stream = snoop_encode(&[vec![0x04, 0x3E, 1, 2]]);
        // A record of another kind (an ACL packet of adapter 1) is passed over.
        stream.extend([0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
        assert_eq!(Snoop::default().push(&stream), Ok(vec![vec![0x04, 0x3E, 1, 2]]));
        assert_eq!(Snoop::default().push(b"btsnoop\0\0\0\0\x02\0\0\x07\xd1"), Err(SnoopError::Head));
        assert_eq!(Snoop::default().push(b"btsnoop\0\0\0\0\x01\0\0\0\x01"), Err(SnoopError::Link(1)));
        let mut long = stream[..HEAD].to_vec();
        long.extend([0xFF; RECORD_HEAD]);
        assert_eq!(Snoop::default().push(&long), Err(SnoopError::Record(0xFFFF_FFFF)));
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            events in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 0..8),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let events: Vec<Vec<u8>> = events.into_iter().map(|event| [&[0x04], event.as_slice()].concat()).collect();
            let stream = snoop_encode(&events);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut snoop = Snoop::default();
            let mut found = Vec::new();
            for pair in cuts.windows(2) {
                found.extend(snoop.push(&stream[pair[0]..pair[1]]).expect("a stream"));
            }
            prop_assert_eq!(found, events);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Snoop::default().push(&bytes);
            let _ = Snoop::default().push(&[b"btsnoop\0\0\0\0\x01\0\0\x07\xd1", bytes.as_slice()].concat());
        }
    }
}
