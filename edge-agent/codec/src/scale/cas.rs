//! CAS ER/PD: `SOH STX status sign weight unit BCC ETX EOT` to DC1, and with price and unit price in blocks of their own to
//! DC2; and the short `STX ID weight BCC ETX` of five digits (Ohaus Aviator 7000 service manual §6.1.1 and p. 38).
//!
//! A check byte can be any character, ETX too, so blocks are read by their lengths.

use rust_decimal::Decimal;

use super::{Flags, Message, ScaleError, Step, Unit, Weighing, digits, field, number};

const SOH: u8 = 0x01;
const STX: u8 = 0x02;
const ETX: u8 = 0x03;
const EOT: u8 = 0x04;
pub(super) const ENQ: u8 = 0x05;
const ACK: u8 = 0x06;
pub(super) const DC1: u8 = 0x11;
pub(super) const DC2: u8 = 0x12;
const NAK: u8 = 0x15;
const CR: u8 = 0x0D;

/// Characters of a block between STX and its check byte.
const SHORT: usize = 6;
const PRICE: usize = 8;
const WEIGHT: usize = 10;

/// What the blocks since SOH said.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    open: bool,
    weighing: Option<Message>,
    price: Option<u32>,
    unit_price: Option<u32>,
}

pub(super) fn step(state: &mut State, buf: &[u8], unit: Unit) -> Step {
    match buf {
        [SOH] => {
            *state = State { open: true, ..State::default() };
            Step::Quiet
        }
        [EOT] if state.open => {
            let done = std::mem::take(state);
            match done.weighing {
                Some(Message::Weighing(weighing)) => {
                    let weighing = Weighing { price: done.price, unit_price: done.unit_price, ..weighing };
                    Step::Done(Ok(Message::Weighing(weighing)))
                }
                Some(other) => Step::Done(Ok(other)),
                None => Step::Done(Err(ScaleError::Half { bytes: 1 })),
            }
        }
        [STX, block @ ..] => match (block.len(), block.last()) {
            (len, Some(&ETX)) if len == SHORT + 2 && !state.open => {
                done(check(block).and_then(|text| short(text, unit)))
            }
            (len, Some(&ETX)) if len == PRICE + 2 && state.open => {
                quiet(check(block).and_then(|text| price(state, text)))
            }
            (len, Some(&ETX)) if len == WEIGHT + 2 && state.open => {
                quiet(check(block).and_then(weight).map(|message| state.weighing = Some(message)))
            }
            (len, _) if len >= WEIGHT + 2 || (len >= SHORT + 2 && !state.open) => Step::Broken(2),
            _ => in_block(state, block),
        },
        [ENQ | DC1 | DC2] => Step::Done(Ok(Message::Ask)),
        [ACK] => Step::Done(Ok(Message::Ack)),
        [NAK] => Step::Done(Ok(Message::Nak)),
        // Closes the short dialogue.
        [CR | EOT] => Step::Quiet,
        _ => Step::Garbage,
    }
}

/// Text is printable; only where a check byte may stand is anything else, and ETX is behind it.
fn in_block(state: &State, block: &[u8]) -> Step {
    let may_check = |at: usize| if state.open { at == PRICE || at == WEIGHT } else { at == SHORT };
    match block {
        [.., check, _] if *check < 0x20 => Step::Broken(2),
        [.., last] if *last < 0x20 && !may_check(block.len() - 1) => Step::Broken(1),
        _ => Step::More,
    }
}

fn done(said: Result<Message, ScaleError>) -> Step {
    Step::Done(said)
}

fn quiet(said: Result<(), ScaleError>) -> Step {
    match said {
        Ok(()) => Step::Quiet,
        Err(error) => Step::Done(Err(error)),
    }
}

/// All characters of a block xor-ed.
pub(super) fn bcc(text: &[u8]) -> u8 {
    text.iter().fold(0, |sum, byte| sum ^ byte)
}

/// A block without its check byte and ETX.
fn check(block: &[u8]) -> Result<&[u8], ScaleError> {
    let (text, found) = (&block[..block.len() - 2], block[block.len() - 2]);
    let expected = bcc(text);
    if found == expected { Ok(text) } else { Err(ScaleError::Check { expected, found }) }
}

fn short(text: &[u8], unit: Unit) -> Result<Message, ScaleError> {
    let whole = digits(&text[1..]).ok_or_else(|| field("weight", text, "5 digits after the scale's number"))?;
    let decimals = if unit == Unit::Pound { 2 } else { 3 };
    Ok(Message::Weighing(Weighing::of(unit.to_kg(Decimal::new(i64::from(whole), decimals)))))
}

fn price(state: &mut State, text: &[u8]) -> Result<(), ScaleError> {
    let wrong = || field("price", text, "digits with a point, as \"   15.00\"");
    number(text).ok_or_else(wrong)?;
    let plain: Vec<u8> = text.iter().copied().filter(u8::is_ascii_digit).collect();
    let value = digits(&plain).ok_or_else(wrong)?;
    // The sum comes before the weight, the unit price after it.
    if state.weighing.is_none() {
        state.price = Some(value)
    } else {
        state.unit_price = Some(value)
    }
    Ok(())
}

fn weight(text: &[u8]) -> Result<Message, ScaleError> {
    let motion = match text[0] {
        b'S' => false,
        b'U' => true,
        _ => return Err(field("status", &text[..1], "S (stable) or U (unstable)")),
    };
    let flags = Flags { motion, ..Flags::default() };
    let negative = match text[1] {
        b' ' | b'+' => false,
        b'-' => true,
        b'F' => return Ok(Message::Status(Flags { over: true, ..flags })),
        _ => return Err(field("sign", &text[1..2], "space, - or F (overflow)")),
    };
    let amount =
        number(&text[2..8]).ok_or_else(|| field("weight", &text[2..8], "6 characters with a point, as 01.235"))?;
    let unit = std::str::from_utf8(&text[8..]).ok().and_then(Unit::read);
    let unit = unit.ok_or_else(|| field("unit", &text[8..], "kg, lb, oz or g"))?;
    let amount = if negative { -amount } else { amount };
    let flags = Flags { under: negative && !amount.is_zero(), ..flags };
    Ok(Message::Weighing(Weighing::with_flags(unit.to_kg(amount), flags)))
}
