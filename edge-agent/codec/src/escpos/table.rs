//! How long each command is: the Epson ESC/POS command reference, with the obsolete commands tills still send.

use super::Token;

/// What the fixed part of a command, as far as it was read, says about the rest.
pub(super) enum Step {
    More,
    Whole(Token<'static>),
    Bulk(u64, Payload),
    UntilNul(Payload),
    /// `ESC &`: (bytes of height, characters).
    Glyphs(u8, u16),
    /// `FS q`: so many pictures.
    Pictures(u8),
    Unknown,
}

/// What a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Payload {
    Skip,
    Raster,
    Barcode(u8),
    Symbol,
    Tabs,
    Encoding,
}

/// A command that is whole once it has `length` bytes.
fn fixed(head: &[u8], length: usize, token: Token<'static>) -> Step {
    if head.len() < length { Step::More } else { Step::Whole(token) }
}

fn le16(low: u8, high: u8) -> u64 {
    u64::from(u16::from_le_bytes([low, high]))
}

pub(super) fn measure(head: &[u8]) -> Step {
    match head {
        [0x10, ..] => realtime(head),
        [0x1B, ..] => escape(head),
        [0x1C, ..] => field_separator(head),
        [0x1D, ..] => group_separator(head),
        _ => Step::Unknown,
    }
}

fn realtime(head: &[u8]) -> Step {
    match head {
        [_] | [_, 0x04 | 0x05 | 0x14] => Step::More,
        // 7, 8 and 18 carry one more byte.
        [_, 0x04, 7 | 8 | 18] => Step::More,
        [_, kind @ (0x04 | 0x05), n, ..] => Step::Whole(Token::Realtime(*kind, *n)),
        [_, 0x14, 1, ..] => fixed(head, 5, Token::DrawerPulse { realtime: true }),
        [_, 0x14, n @ 2, ..] => fixed(head, 5, Token::Realtime(0x14, *n)),
        [_, 0x14, n @ 3, ..] => fixed(head, 8, Token::Realtime(0x14, *n)),
        [_, 0x14, n @ 7, ..] => fixed(head, 4, Token::Realtime(0x14, *n)),
        [_, 0x14, n @ 8, ..] => fixed(head, 10, Token::Realtime(0x14, *n)),
        _ => Step::Unknown,
    }
}

fn escape(head: &[u8]) -> Step {
    match head {
        [_] => Step::More,
        [_, b'@'] => Step::Whole(Token::Init),
        [_, b'i' | b'm'] => Step::Whole(Token::Cut),
        [_, b'2' | b'L' | b'S' | b'v' | b'<'] => Step::Whole(Token::Command),
        // Print page mode data.
        [_, 0x0C] => Step::Whole(Token::Feed),
        [_, b't', n] => Step::Whole(Token::CodePage(*n)),
        [_, b'R', n] => Step::Whole(Token::International(*n)),
        [_, b'd' | b'J' | b'e' | b'K', ..] => fixed(head, 3, Token::Feed),
        [_, b'!' | b'E' | b'-' | b'a' | b'M' | b'G' | b'V' | b'{' | b'=' | b'%' | b'r' | b'3' | b' ', ..]
        | [_, b'T' | b'U' | b'u' | b'?' | b't' | b'R', ..] => fixed(head, 3, Token::Command),
        [_, b'$', low, high] => Step::Whole(Token::MoveTo(u16::from_le_bytes([*low, *high]))),
        [_, b'\\', low, high] => Step::Whole(Token::MoveBy(i16::from_le_bytes([*low, *high]))),
        [_, b'$' | b'\\' | b'c' | b'B' | b'f', ..] => fixed(head, 4, Token::Command),
        [_, b'p', ..] => fixed(head, 5, Token::DrawerPulse { realtime: false }),
        [_, b'W', ..] => fixed(head, 10, Token::Command),
        [_, b'D'] => Step::UntilNul(Payload::Tabs),
        [_, b'&', height, from, to] => Step::Glyphs(*height, (u16::from(*to) + 1).saturating_sub(u16::from(*from))),
        [_, b'*', mode, low, high] => {
            // 24-dot modes print three bytes a column.
            let column = if matches!(mode, 32 | 33) { 3 } else { 1 };
            Step::Bulk(le16(*low, *high) * column, Payload::Raster)
        }
        [_, b'(', _, low, high] => Step::Bulk(le16(*low, *high), Payload::Skip),
        [_, b'&' | b'*' | b'(', ..] => Step::More,
        _ => Step::Unknown,
    }
}

fn group_separator(head: &[u8]) -> Step {
    match head {
        [_] => Step::More,
        [_, b':' | b'c' | b'<'] => Step::Whole(Token::Command),
        [_, b'!' | b'B' | b'b' | b'H' | b'T' | b'f' | b'h' | b'w' | b'a' | b'r' | b'I' | b'E', ..] => {
            fixed(head, 3, Token::Command)
        }
        [_, b'/', ..] => fixed(head, 3, Token::Raster { bytes: 0 }),
        [_, b'L' | b'W' | b'P' | b'$' | b'\\' | b'A', ..] => fixed(head, 4, Token::Command),
        [_, b'^' | b'z', ..] => fixed(head, 5, Token::Command),
        [_, b'g', ..] => fixed(head, 6, Token::Command),
        [_, b'C', b'0' | b'2', ..] => fixed(head, 5, Token::Command),
        [_, b'C', b'1', ..] => fixed(head, 9, Token::Command),
        [_, b'V', 0 | 1 | 48 | 49] => Step::Whole(Token::Cut),
        [_, b'V', _, ..] => fixed(head, 4, Token::Cut),
        [_, b'k', system @ 0..=6] => Step::UntilNul(Payload::Barcode(*system)),
        [_, b'k', system @ 65..=255, length] => Step::Bulk(u64::from(*length), Payload::Barcode(*system)),
        [_, b'k', 65..=255] => Step::More,
        [_, b'*', x, y] => Step::Bulk(8 * u64::from(*x) * u64::from(*y), Payload::Skip),
        [_, b'v', b'0', _, xl, xh, yl, yh] => Step::Bulk(le16(*xl, *xh) * le16(*yl, *yh), Payload::Raster),
        [_, b'Q', b'0', _, xl, xh, yl, yh] => Step::Bulk(le16(*xl, *xh) * le16(*yl, *yh), Payload::Raster),
        [_, b'(', b'k', low, high] => Step::Bulk(le16(*low, *high), Payload::Symbol),
        [_, b'(', b'L', low, high] => {
            let length = le16(*low, *high);
            Step::Bulk(length, graphics(length))
        }
        [_, b'(', _, low, high] => Step::Bulk(le16(*low, *high), Payload::Skip),
        [_, b'8', b'L', a, b, c, d] => {
            let length = u64::from(u32::from_le_bytes([*a, *b, *c, *d]));
            Step::Bulk(length, graphics(length))
        }
        // A Windows bitmap, whose own header says its length.
        [_, b'D', _, _, _, _, _, _, b'B', b'M', a, b, c, d] => {
            Step::Bulk(u64::from(u32::from_le_bytes([*a, *b, *c, *d])).saturating_sub(6), Payload::Skip)
        }
        [_, b'D', _, _, _, _, _, _, first, ..] if *first != b'B' => Step::Unknown,
        [_, b'C' | b'V' | b'k' | b'*' | b'(' | b'D'] => Step::More,
        [_, b'*' | b'(' | b'D', ..] => Step::More,
        [_, b'v' | b'Q'] | [_, b'v' | b'Q', b'0', ..] => Step::More,
        [_, b'8'] | [_, b'8', b'L', ..] => Step::More,
        _ => Step::Unknown,
    }
}

/// `GS ( L` and `GS 8 L`: the short ones only steer, the long ones bring a picture.
fn graphics(length: u64) -> Payload {
    if length > 10 { Payload::Raster } else { Payload::Skip }
}

fn field_separator(head: &[u8]) -> Step {
    match head {
        [_] => Step::More,
        [_, b'.' | b'&'] => Step::Whole(Token::Command),
        [_, b'C' | b'!' | b'-' | b'W', ..] => fixed(head, 3, Token::Command),
        [_, b'S' | b'?', ..] => fixed(head, 4, Token::Command),
        [_, b'p', ..] => fixed(head, 4, Token::Raster { bytes: 0 }),
        // A character of 24 by 24 dots.
        [_, b'2', _, _] => Step::Bulk(72, Payload::Skip),
        [_, b'q', count] => Step::Pictures(*count),
        [_, b'g', b'1', _, _, _, _, _, low, high] => Step::Bulk(le16(*low, *high), Payload::Skip),
        [_, b'g', b'2', ..] => fixed(head, 10, Token::Command),
        [_, b'(', b'C', low, high] => Step::Bulk(le16(*low, *high), Payload::Encoding),
        [_, b'(', _, low, high] => Step::Bulk(le16(*low, *high), Payload::Skip),
        [_, b'2' | b'q' | b'g' | b'('] | [_, b'2' | b'(', ..] | [_, b'g', b'1', ..] => Step::More,
        _ => Step::Unknown,
    }
}
