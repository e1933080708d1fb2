//! Bytes to packets and back, stricter than the codec below it: this faces the network.
//!
//! The codec ([`rumqttc::mqttbytes`]) checks lengths and UTF-8. What it lets pass is refused here first: reserved
//! flag bits, a PINGREQ or DISCONNECT with a body, and a CONNECT of another protocol version, which it would read
//! as if it were ours.

use bytes::{Buf, BytesMut};
use rumqttc::mqttbytes::{self, v4::Packet};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use vyavs_wire::MAX_PAYLOAD;

/// The remaining length of the largest packet that is passed on: topic, packet id and payload.
pub(crate) const MAX_PACKET: usize = MAX_PAYLOAD + 1024;

/// Bytes that are no packet of MQTT 3.1.1.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Malformed {
    #[error("protocol level {0}, expected 4 (MQTT 3.1.1)")]
    Version(u8),
    #[error("first byte {0:#04x} is no packet type with its flags")]
    FirstByte(u8),
    #[error("a packet of {0} bytes is over the limit")]
    TooLong(usize),
    #[error("a packet that may not have a body has one")]
    Body,
    #[error("reserved bit set in the connect flags")]
    ConnectFlags,
    #[error("not a packet")]
    Codec(#[source] mqttbytes::Error),
}

/// Takes the next whole packet off `buffer`; `None` until enough bytes are there. Never takes more memory than the
/// buffer already holds. After an error the buffer is useless: the connection must be closed.
pub(crate) fn decode(buffer: &mut BytesMut, max: usize) -> Result<Option<Packet>, Malformed> {
    let Some(&first) = buffer.first() else { return Ok(None) };
    // MQTT 3.1.1, table 2.2: only PUBLISH has flags of its own.
    let flags = match first >> 4 {
        3 => first & 0x0f,
        6 | 8 | 10 => 0x02,
        1..=14 => 0x00,
        _ => return Err(Malformed::FirstByte(first)),
    };
    if first & 0x0f != flags {
        return Err(Malformed::FirstByte(first));
    }
    let length = match mqttbytes::check(buffer.iter(), max) {
        Ok(header) => header.frame_length(),
        Err(mqttbytes::Error::InsufficientBytes(_)) => return Ok(None),
        Err(mqttbytes::Error::PayloadSizeLimitExceeded(size)) => return Err(Malformed::TooLong(size)),
        Err(error) => return Err(Malformed::Codec(error)),
    };
    match first >> 4 {
        1 => check_connect(&buffer[..length])?,
        12..=14 if length != 2 => return Err(Malformed::Body),
        _ => {}
    }
    match Packet::read(buffer, max) {
        Ok(packet) => Ok(Some(packet)),
        Err(error) => Err(Malformed::Codec(error)),
    }
}

/// Name, level and flags of a CONNECT, before the codec reads what follows as version 4.
fn check_connect(frame: &[u8]) -> Result<(), Malformed> {
    let body = frame[1..].iter().position(|byte| byte & 0x80 == 0).map_or(&[][..], |at| &frame[at + 2..]);
    match body {
        [0, 4, b'M', b'Q', b'T', b'T', 4, flags, ..] if flags & 1 != 0 => Err(Malformed::ConnectFlags),
        [0, 4, b'M', b'Q', b'T', b'T', level, ..] | [0, 6, b'M', b'Q', b'I', b's', b'd', b'p', level, ..]
            if *level != 4 =>
        {
            Err(Malformed::Version(*level))
        }
        _ => Ok(()),
    }
}

/// Appends `packet` to `buffer`.
pub(crate) fn encode(packet: &Packet, buffer: &mut BytesMut) -> Result<(), Malformed> {
    packet.write(buffer, MAX_PACKET + 5).map(drop).map_err(Malformed::Codec)
}

/// What waits to be written to one side. TLS keeps bytes of its own, so "nothing left" means flushed.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    buffer: BytesMut,
    dirty: bool,
}

impl Outbound {
    /// Beyond this no more is read from the side that feeds it.
    pub(crate) const HIGH: usize = 256 * 1024;

    pub(crate) fn push(&mut self, packet: &Packet) -> Result<(), Malformed> {
        self.dirty = true;
        encode(packet, &mut self.buffer)
    }

    /// More may be pushed.
    pub(crate) fn has_room(&self) -> bool {
        self.buffer.len() < Self::HIGH
    }

    /// [`Outbound::drain`] has something to do.
    pub(crate) fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// Writes and flushes some of it, and says how many bytes. Dropped half-way, what was written is gone from here
    /// and the rest stays.
    pub(crate) async fn drain(&mut self, writer: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<usize> {
        if self.buffer.has_remaining() {
            let written = writer.write_buf(&mut self.buffer).await?;
            if written == 0 {
                return Err(std::io::ErrorKind::WriteZero.into());
            }
            return Ok(written);
        }
        writer.flush().await?;
        self.dirty = false;
        Ok(0)
    }

    /// Writes and flushes all of it.
    pub(crate) async fn drain_all(&mut self, writer: &mut (impl AsyncWrite + Unpin)) -> std::io::Result<()> {
        while self.dirty {
            self.drain(writer).await?;
        }
        Ok(())
    }
}

/// Makes sure that the next read has a worthwhile room: little for a session that idles, more within a large frame.
pub(crate) fn make_room(buffer: &mut BytesMut) {
    let want = if buffer.len() < 2 * 1024 { 2 * 1024 } else { 16 * 1024 };
    if buffer.capacity() - buffer.len() < want {
        buffer.reserve(want * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rumqttc::mqttbytes::QoS;
    use rumqttc::{Connect, Publish};

    fn bytes_of(packet: &Packet) -> BytesMut {
        let mut buffer = BytesMut::new();
        encode(packet, &mut buffer).expect("fits");
        buffer
    }

    #[test]
    fn a_packet_comes_back_whole_however_it_is_cut() {
        let publish = Packet::Publish(Publish { pkid: 7, ..Publish::new("a/b", QoS::AtLeastOnce, vec![9; 5000]) });
        let whole = bytes_of(&publish);
        let mut buffer = BytesMut::new();
        for (at, byte) in whole.iter().enumerate() {
            buffer.extend_from_slice(&[*byte]);
            let got = decode(&mut buffer, MAX_PACKET).expect("well-formed");
            assert_eq!(got.is_some(), at + 1 == whole.len());
        }
    }

    #[test]
    fn what_the_codec_would_let_pass_is_refused() {
        let connect = bytes_of(&Packet::Connect(Connect::new("x")));
        let with = |at: usize, byte: u8| {
            let mut bytes = connect.clone();
            bytes[at] = byte;
            decode(&mut bytes, MAX_PACKET)
        };
        assert!(matches!(with(8, 5), Err(Malformed::Version(5))));
        assert!(matches!(with(8, 3), Err(Malformed::Version(3))));
        assert!(matches!(with(9, 3), Err(Malformed::ConnectFlags)));
        let bad = |bytes: &[u8]| decode(&mut BytesMut::from(bytes), MAX_PACKET);
        assert!(matches!(bad(&[0x00]), Err(Malformed::FirstByte(0))));
        assert!(matches!(bad(&[0xf0]), Err(Malformed::FirstByte(0xf0))));
        assert!(matches!(bad(&[0x80, 0x00]), Err(Malformed::FirstByte(0x80))));
        assert!(matches!(bad(&[0xc0, 0x01, 0x00]), Err(Malformed::Body)));
        assert!(matches!(bad(&[0x30, 0xff, 0xff, 0xff, 0x7f]), Err(Malformed::TooLong(_))));
        assert!(matches!(bad(&[0x30, 0xff, 0xff, 0xff, 0xff]), Err(Malformed::Codec(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

        /// Whatever arrives: no panic, no more memory than what arrived, and every error is final or a packet.
        #[test]
        fn arbitrary_bytes_never_panic_and_never_grow_the_buffer(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            first in prop_oneof![any::<u8>(), Just(0x10), Just(0x30), Just(0x32), Just(0x40), Just(0x82), Just(0xa2), Just(0xc0)],
            length in prop_oneof![any::<u8>(), 0u8..60],
        ) {
            let mut raw = vec![first, length];
            raw.extend_from_slice(&bytes);
            let mut buffer = BytesMut::from(&raw[..]);
            let held = buffer.capacity();
            while let Ok(Some(packet)) = decode(&mut buffer, MAX_PACKET) {
                prop_assert!(packet.size() <= raw.len() + 16);
                // What is passed on is written again by us; that must not panic either.
                let _ = encode(&packet, &mut BytesMut::new());
            }
            prop_assert!(buffer.capacity() <= held.max(raw.len()));
        }

        /// A CONNECT with any one byte changed is read, refused or waited for, never a panic.
        #[test]
        fn a_bent_connect_never_panics(at in 0usize..40, byte in any::<u8>(), cut in 0usize..40) {
            let mut bytes = bytes_of(&Packet::Connect(Connect::new("urn:vyavs:a:b:c")));
            let end = bytes.len();
            bytes[at % end] = byte;
            bytes.truncate(end - cut % end);
            let _ = decode(&mut bytes, MAX_PACKET);
        }
    }
}
