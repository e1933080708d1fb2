//! A first walk over the protobuf, before it is decoded, that bounds what decoding it can cost.
//!
//! Two bytes on the wire can become a node or a tensor of some hundred bytes in memory, so a small file could fill a
//! small device. Only the raw data of initializers takes as much memory as it has bytes; all else is structure, and
//! structure has a limit of its own.

use crate::{Limits, Refusal};

/// Field numbers on the way to the raw data: `ModelProto.graph`, `GraphProto.initializer`, `TensorProto.raw_data`.
const PATH: [u64; 3] = [7, 5, 9];
const LENGTH_DELIMITED: u64 = 2;

/// Refuses a file whose structure is beyond its limit, or that is no protobuf at its outer levels.
pub(crate) fn bound(bytes: &[u8], limits: &Limits) -> Result<(), Refusal> {
    let bulk = bulk(bytes, &PATH).ok_or_else(|| Refusal::Protobuf("cut off or malformed".to_owned()))?;
    let (got, limit) = ((bytes.len() - bulk) as u64, limits.structure_bytes);
    if got > limit {
        return Err(Refusal::Oversize { what: "the graph's structure (bytes)".to_owned(), got, limit });
    }
    Ok(())
}

/// Bytes at the end of the path; `None` when a message on the way is malformed.
fn bulk(mut bytes: &[u8], path: &[u64]) -> Option<usize> {
    let (wanted, rest) = path.split_first()?;
    let mut sum = 0;
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let (field, kind) = (key >> 3, key & 7);
        match kind {
            0 => drop(varint(&mut bytes)?),
            1 => drop(take(&mut bytes, 8)?),
            5 => drop(take(&mut bytes, 4)?),
            LENGTH_DELIMITED => {
                let length = varint(&mut bytes)?.try_into().ok()?;
                let inner = take(&mut bytes, length)?;
                if field == *wanted {
                    sum += if rest.is_empty() { inner.len() } else { bulk(inner, rest)? };
                }
            }
            _ => return None,
        }
    }
    Some(sum)
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (head, tail) = bytes.split_at_checked(count)?;
    *bytes = tail;
    Some(head)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for place in 0..10 {
        let (&byte, tail) = bytes.split_first()?;
        *bytes = tail;
        value |= u64::from(byte & 0x7F) << (7 * place);
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}
