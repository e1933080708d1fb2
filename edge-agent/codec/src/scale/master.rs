//! The asking side: what to send for a weight, and what to send on what comes back. Pure; whoever owns the line sends it.
//!
//! Only for a line without a till: where one sells by the scale, it is listened to.

use super::dialog::{ENQ, EOT, ETX, STX};
use super::{Message, Protocol, cas, encode_dialog_price};

/// How a round goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// With this.
    Send(Vec<u8>),
    /// Not at all: that was the answer.
    Over,
    /// With the scale.
    Wait,
}

/// Asks a scale for weights.
#[derive(Clone, Debug)]
pub struct Master {
    protocol: Protocol,
    /// What a Dialog scale is told that a kilogram costs, before it weighs.
    price: Option<u32>,
    told: bool,
    asked_why: bool,
}

impl Master {
    /// `price` is digits without point, for Dialog scales that weigh only what has one.
    pub fn new(protocol: Protocol, price: Option<u32>) -> Self {
        Self { protocol, price, told: false, asked_why: false }
    }

    /// The question that begins a round.
    pub fn ask(&mut self) -> Vec<u8> {
        self.asked_why = false;
        match self.protocol {
            Protocol::Toledo8217 => b"W".to_vec(),
            Protocol::NciScp01 => b"W\r".to_vec(),
            Protocol::Cas => vec![cas::ENQ],
            Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06 => match self.price {
                Some(price) if !self.told => {
                    encode_dialog_price(&super::PriceTold { unit_price: price, tare: None, text: None })
                }
                _ => vec![EOT, ENQ],
            },
        }
    }

    /// What that means for the round.
    pub fn heard(&mut self, message: &Message) -> Turn {
        let dialog = matches!(self.protocol, Protocol::Dialog02 | Protocol::Dialog04 | Protocol::Dialog06);
        match message {
            Message::Ack if self.protocol == Protocol::Cas => Turn::Send(vec![cas::DC1]),
            Message::Ack if dialog && self.price.is_some() && !self.told => {
                self.told = true;
                Turn::Send(vec![EOT, ENQ])
            }
            // It does not say why unless it is asked.
            Message::Nak if dialog && !self.asked_why => {
                self.asked_why = true;
                Turn::Send(vec![EOT, STX, b'0', b'8', ETX])
            }
            Message::Nak
            | Message::Weighing(_)
            | Message::Status(_)
            | Message::Dialog(_)
            | Message::Handshake { .. }
            | Message::Unknown => Turn::Over,
            _ => Turn::Wait,
        }
    }

    /// The line was opened anew: a scale that was switched off has forgotten the price.
    pub fn restart(&mut self) {
        (self.told, self.asked_why) = (false, false);
    }
}
