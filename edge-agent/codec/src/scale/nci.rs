//! NCI SCP-01: `LF weight unit CR LF status.. CR ETX` (Weigh-Tronix 8408-14788-01; status bytes 3 and 4 as in the Ohaus
//! Aviator 7000 service manual §6.1). The ECR variant says `S` before its status, and only the status while there is no
//! weight to sell by.

use rust_decimal::Decimal;

use super::{Flags, Message, ScaleError, Step, Unit, Weighing, field, number};

const LF: u8 = 0x0A;
const CR: u8 = 0x0D;
const ETX: u8 = 0x03;

pub(super) fn step(buf: &[u8]) -> Step {
    match buf {
        [LF] => Step::More,
        [LF, .., ETX] => Step::Done(answer(&buf[1..buf.len() - 1])),
        // Inside, a line feed follows a carriage return alone.
        [LF, .., before, LF] if *before != CR => Step::Broken(1),
        [LF, LF] => Step::Broken(1),
        [LF, ..] => Step::More,
        [b'W', CR] => Step::Done(Ok(Message::Ask)),
        [b'S', CR] => Step::Done(Ok(Message::AskStatus)),
        [letter @ (b'Z' | b'H' | b'T' | b'U' | b'L' | b'X'), CR] => {
            Step::Done(Ok(Message::Command(char::from(*letter))))
        }
        [b'W' | b'S' | b'Z' | b'H' | b'T' | b'U' | b'L' | b'X'] => Step::More,
        [_] => Step::Garbage,
        _ => Step::Broken(1),
    }
}

fn answer(body: &[u8]) -> Result<Message, ScaleError> {
    let body = body.strip_suffix(&[CR]).ok_or_else(|| field("answer", body, "a carriage return before ETX"))?;
    if body == b"?" {
        return Ok(Message::Unknown);
    }
    // The last line is the status, the one before it the weight; whatever comes before them is of an answer that broke off
    // behind a carriage return.
    let Some(at) = body.windows(2).rposition(|pair| pair == [CR, LF]) else {
        return status(body).map(Message::Status);
    };
    let (lines, status_bytes) = (&body[..at], &body[at + 2..]);
    let weight = lines.iter().rposition(|byte| *byte == LF).map_or(lines, |before| &lines[before + 1..]);
    let flags = status(status_bytes)?;
    // Scales paint ^^^^, ____ or ---- where the weight is out of range.
    let painted = weight.iter().filter(|byte| matches!(byte, b'^' | b'_' | b'-')).count() > 1;
    match amount(weight) {
        Some(kg) => Ok(Message::Weighing(Weighing::with_flags(kg, flags))),
        None if painted || flags.trouble().is_some() => Ok(Message::Status(flags)),
        None => Err(field("weight", weight, "digits with a point and lb, kg, oz or g, as 0001.20lb")),
    }
}

fn amount(text: &[u8]) -> Option<Decimal> {
    let text = std::str::from_utf8(text).ok()?;
    let split = |text: &str| {
        let at = text.find(|c: char| c.is_ascii_alphabetic())?;
        let unit = Unit::read(&text[at..])?;
        Some(unit.to_kg(number(&text.as_bytes()[..at])?))
    };
    if let Some(kg) = split(text) {
        return Some(kg);
    }
    // "1lb 3.5oz"
    let (pounds, ounces) = text.trim().split_once(' ')?;
    let (pounds, ounces) = (split(pounds)?, split(ounces)?);
    Some(if pounds.is_sign_negative() { pounds - ounces } else { pounds + ounces })
}

/// Two to four bytes, each with bits 4 and 5 set; bit 6 says that another follows.
fn status(bytes: &[u8]) -> Result<Flags, ScaleError> {
    let wrong = || field("status", bytes, "2 to 4 bytes with bits 4 and 5 set");
    // 'S' has bit 5 clear: it is no status byte.
    let bytes = bytes.strip_prefix(b"S").unwrap_or(bytes);
    if !(2..=4).contains(&bytes.len()) || bytes.iter().any(|byte| byte & 0x30 != 0x30) {
        return Err(wrong());
    }
    let bit = |byte: usize, n: u8| bytes.get(byte).is_some_and(|byte| byte & (1 << n) != 0);
    Ok(Flags {
        motion: bit(0, 0),
        at_zero: bit(0, 1),
        ram: bit(0, 2),
        eeprom: bit(0, 3),
        under: bit(1, 0),
        over: bit(1, 1),
        rom: bit(1, 2),
        calibration: bit(1, 3),
        high_range: bit(2, 0) && bit(2, 1),
        net: bit(2, 2),
        outside_zero: bit(2, 3),
        changed: bit(3, 0),
        zero_seen: bit(3, 1),
        metric: bit(3, 2),
    })
}

pub(super) fn status_bytes(flags: Flags) -> Vec<u8> {
    let pack = |bits: [bool; 4]| bits.iter().enumerate().fold(0x30, |byte, (n, set)| byte | (u8::from(*set) << n));
    let mut bytes = vec![
        pack([flags.motion, flags.at_zero, flags.ram, flags.eeprom]),
        pack([flags.under, flags.over, flags.rom, flags.calibration]),
        pack([flags.high_range, flags.high_range, flags.net, flags.outside_zero]),
        pack([flags.changed, flags.zero_seen, flags.metric, false]),
    ];
    while bytes.len() > 2 && bytes.last() == Some(&0x30) {
        bytes.pop();
    }
    // The first byte always has a second; the later ones say so.
    for at in 1..bytes.len() - 1 {
        bytes[at] |= 0x40;
    }
    bytes
}
