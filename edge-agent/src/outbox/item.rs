//! What lies at a number: a frame of records, or the statement that they are lost.

use vyavs_delivery::Seq;
use vyavs_delivery::frame::{self, Frame, FrameError};
use vyavs_wire::up::LossV1;

const LOSS: &[u8; 4] = b"VYL1";

/// A stored value that is neither.
#[derive(Debug, thiserror::Error)]
pub enum ItemError {
    /// A damaged frame.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A damaged statement.
    #[error("a damaged loss statement")]
    Loss,
    /// The database it lay in.
    #[error("the database that held it cannot be read: {0}")]
    Database(String),
}

/// One stored value; covers the numbers `first..=last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A frame, as it goes on the wire.
    Frame {
        /// First number.
        first: Seq,
        /// Last number.
        last: Seq,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Gone, and why.
    Loss(LossV1),
}

impl Item {
    /// Reads a stored value; a frame's checksum is checked here, each time it is read.
    pub fn read(bytes: Vec<u8>) -> Result<Self, ItemError> {
        if let Some(statement) = bytes.strip_prefix(LOSS) {
            // A checksum of its own, for postcard would accept many a flipped bit.
            let (crc, body) = statement.split_first_chunk::<4>().ok_or(ItemError::Loss)?;
            if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
                return Err(ItemError::Loss);
            }
            return postcard::from_bytes(body).map(Self::Loss).map_err(|_| ItemError::Loss);
        }
        let header = Frame::parse(&bytes)?.header;
        Ok(Self::Frame { first: header.first, last: header.last(), bytes })
    }

    /// How a statement is stored.
    pub fn loss_value(loss: &LossV1) -> Vec<u8> {
        let body = postcard::to_stdvec(loss).expect("a vector takes any length");
        [LOSS.as_slice(), &crc32c::crc32c(&body).to_le_bytes(), &body].concat()
    }

    /// First and last number.
    pub fn range(&self) -> (Seq, Seq) {
        match self {
            Self::Frame { first, last, .. } => (*first, *last),
            Self::Loss(loss) => (loss.first, loss.last),
        }
    }
}

/// Where a damaged frame that starts at `first` says it ends: a hint, for its checksum does not hold.
pub(super) fn claimed_last(bytes: &[u8], first: Seq) -> Option<Seq> {
    frame::claimed(bytes).filter(|header| header.first == first).map(|header| header.last())
}
