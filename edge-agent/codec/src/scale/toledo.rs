//! Toledo 8217: `STX weight [N] CR`, or `STX ? status CR` while there is none (METTLER TOLEDO DIVA manual, 8217 mode).

use super::{Flags, Message, ScaleError, Step, Unit, Weighing, digits, field, number};

pub(super) const STX: u8 = 0x02;
const CR: u8 = 0x0D;
/// Longest answer between STX and CR: 8213 sends six characters, 8217 up to eight with point and N.
const LONGEST: usize = 12;

/// Whether an echo test is under way.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    echo: bool,
}

pub(super) fn step(state: &mut State, buf: &[u8], unit: Unit) -> Step {
    match buf {
        [STX] => Step::More,
        [STX, .., CR] => Step::Done(answer(state, &buf[1..buf.len() - 1], unit)),
        [STX, .., STX] => Step::Broken(1),
        [STX, rest @ ..] if rest.len() > LONGEST => Step::Broken(1),
        [STX, ..] => Step::More,
        [byte] if state.echo => {
            // The test ends when the till says so, or when the scale answers it.
            state.echo = *byte != b'F';
            Step::Done(Ok(if state.echo { Message::Echo(*byte) } else { Message::Command('F') }))
        }
        [b'W'] => Step::Done(Ok(Message::Ask)),
        [byte @ (b'Z' | b'T' | b'H' | b'E' | b'F' | b'A' | b'B' | b'C')] => {
            Step::Done(Ok(Message::Command(char::from(*byte))))
        }
        _ => Step::Garbage,
    }
}

fn answer(state: &mut State, body: &[u8], unit: Unit) -> Result<Message, ScaleError> {
    match body {
        [b'?', status] => flags(*status).map(Message::Status),
        [byte @ (b'E' | b'F')] => {
            state.echo = *byte == b'E';
            Ok(Message::Command(char::from(*byte)))
        }
        [b'?'] => Ok(Message::Unknown),
        _ => {
            let (weight, net) = match body {
                [weight @ .., b'N'] => (weight, true),
                weight => (weight, false),
            };
            let amount =
                number(weight).ok_or_else(|| field("weight", body, "digits with a point, as 01.235 or 1.235N"))?;
            // Without a point it is whole thousandths of a kilogram, or hundredths of a pound.
            let amount = match (digits(weight), unit) {
                (Some(whole), Unit::Kilogram) => rust_decimal::Decimal::new(i64::from(whole), 3),
                (Some(whole), Unit::Pound) => rust_decimal::Decimal::new(i64::from(whole), 2),
                _ => amount,
            };
            let flags = Flags { net, under: amount.is_sign_negative() && !amount.is_zero(), ..Flags::default() };
            Ok(Message::Weighing(Weighing::with_flags(unit.to_kg(amount), flags)))
        }
    }
}

/// The status byte: bit 6 is always set, so that it is never a control character.
fn flags(status: u8) -> Result<Flags, ScaleError> {
    if status & 0x40 == 0 {
        return Err(field("status byte", &[status], "bit 6 set"));
    }
    let bit = |n: u8| status & (1 << n) != 0;
    Ok(Flags {
        motion: bit(0),
        over: bit(1),
        under: bit(2),
        outside_zero: bit(3),
        at_zero: bit(4),
        net: bit(5),
        ..Flags::default()
    })
}

pub(super) fn status_byte(flags: Flags) -> u8 {
    let bits = [flags.motion, flags.over, flags.under, flags.outside_zero, flags.at_zero, flags.net, true];
    bits.iter().enumerate().fold(0, |byte, (n, set)| byte | (u8::from(*set) << n))
}
