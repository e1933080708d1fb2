//! An image on its way in: in order, from wherever it broke off, and booted only when it is whole and genuine.

use super::Hardware;
use crate::message::{Message, OtaAck, OtaBegin, OtaReady, OtaResult, OtaStatus};

#[derive(Clone, Copy, Debug)]
pub(super) struct Receiving {
    image: OtaBegin,
    /// The next byte it needs.
    next: u32,
}

/// One message of the host; what to answer, if anything.
pub(super) fn step(
    receiving: &mut Option<Receiving>,
    message: &Message<'_>,
    hardware: &mut impl Hardware,
) -> Option<Message<'static>> {
    let answered = match message {
        Message::OtaBegin(image) => begin(receiving, image, hardware),
        Message::OtaChunk(chunk) => write(receiving, chunk.offset, chunk.data, hardware),
        Message::OtaCommit(commit) => self::commit(receiving, &commit.sha256, hardware),
        _ => return None,
    };
    Some(answered.unwrap_or_else(|status| {
        *receiving = None;
        Message::OtaResult(OtaResult { status })
    }))
}

fn begin(
    receiving: &mut Option<Receiving>,
    image: &OtaBegin,
    hardware: &mut impl Hardware,
) -> Result<Message<'static>, OtaStatus> {
    let offset = match receiving {
        Some(known) if known.image == *image => known.next,
        _ => {
            let next = hardware.ota_begin(image)?.min(image.size);
            *receiving = Some(Receiving { image: *image, next });
            next
        }
    };
    Ok(Message::OtaReady(OtaReady { offset }))
}

fn write(
    receiving: &mut Option<Receiving>,
    offset: u32,
    data: &[u8],
    hardware: &mut impl Hardware,
) -> Result<Message<'static>, OtaStatus> {
    let into = receiving.as_mut().ok_or(OtaStatus::NotBegun)?;
    // A piece that comes twice or too early changes nothing; the answer says what is needed.
    if offset == into.next {
        let end = offset.checked_add(data.len() as u32).filter(|end| *end <= into.image.size);
        let end = end.ok_or(OtaStatus::TooBig)?;
        hardware.ota_write(offset, data)?;
        into.next = end;
    }
    Ok(Message::OtaAck(OtaAck { offset: into.next }))
}

fn commit(
    receiving: &mut Option<Receiving>,
    sha256: &[u8; 32],
    hardware: &mut impl Hardware,
) -> Result<Message<'static>, OtaStatus> {
    let Receiving { image, next } =
        receiving.filter(|known| known.image.sha256 == *sha256).ok_or(OtaStatus::NotBegun)?;
    if next < image.size {
        return Ok(Message::OtaAck(OtaAck { offset: next }));
    }
    if hardware.ota_sha256(image.size) != image.sha256 {
        return Err(OtaStatus::BadHash);
    }
    if !hardware.is_genuine(&image.signed(), &image.signature) {
        return Err(OtaStatus::BadSignature);
    }
    *receiving = None;
    Ok(Message::OtaResult(OtaResult { status: OtaStatus::Trial }))
}
