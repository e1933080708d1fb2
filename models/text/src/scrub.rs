//! Personal data out of free text, before it is stored: what was written stays readable, who wrote it does not stay.
//!
//! Each find is replaced by its class in brackets. Card numbers are found by the scrubber of the tills (`vyavs_codec::scrub`: brand, length,
//! Luhn digit); the rest by its shape and by what stands before it. Not seen: names without a greeting, signature, title or "my name is" by
//! them, and numbers spelled in words. What can be taken for personal data goes: a lost order number costs less than a kept phone number.

mod patterns;

use std::borrow::Cow;
use std::collections::BTreeMap;

use vyavs_codec::scrub::scrub_text;

/// What can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Personal {
    /// A payment card's number.
    Card,
    /// An address of mail.
    Email,
    /// The number of a customer's card or account.
    Loyalty,
    /// A street with its number, a postcode.
    Address,
    /// A telephone number.
    Phone,
    /// A person's name.
    Name,
}

impl Personal {
    /// What stands in the text instead.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Card => "[card]",
            Self::Email => "[email]",
            Self::Loyalty => "[loyalty]",
            Self::Address => "[address]",
            Self::Phone => "[phone]",
            Self::Name => "[name]",
        }
    }
}

/// A text that may be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// What is left.
    pub text: String,
    /// How many of each class were taken out; a class without finds is absent.
    pub removed: BTreeMap<Personal, usize>,
}

/// Times a text is gone over: what is taken out may bring together what was apart.
const ROUNDS: usize = 6;

/// Takes personal data out of a text. Doing it again changes nothing.
pub fn scrub(text: &str) -> Scrubbed {
    let mut out = Scrubbed { text: text.to_owned(), removed: BTreeMap::new() };
    for _ in 0..ROUNDS {
        let before: usize = out.removed.values().sum();
        cards(&mut out);
        for class in [Personal::Email, Personal::Loyalty, Personal::Address, Personal::Phone, Personal::Name] {
            for found in patterns::of(class) {
                take_out(&mut out, class, found);
            }
        }
        if out.removed.values().sum::<usize>() == before {
            break;
        }
    }
    out
}

/// Replaces the group named `it` of every match that `found` accepts.
fn take_out(out: &mut Scrubbed, class: Personal, found: &patterns::Pattern) {
    let mut clean = String::new();
    let mut done = 0;
    for groups in found.regex.captures_iter(&out.text) {
        let Some(it) = groups.name("it") else { continue };
        if !(found.accepts)(it.as_str()) {
            continue;
        }
        clean.push_str(&out.text[done..it.start()]);
        clean.push_str(class.mark());
        done = it.end();
        *out.removed.entry(class).or_default() += 1;
    }
    if done > 0 {
        clean.push_str(&out.text[done..]);
        out.text = clean;
    }
}

/// The tills' scrubber leaves the last four digits, which a receipt needs and a review does not: they go too.
fn cards(out: &mut Scrubbed) {
    let Cow::Owned(masked) = scrub_text(&out.text) else { return };
    let letters: Vec<(char, char)> = out.text.chars().zip(masked.chars()).collect();
    if out.text.chars().count() != masked.chars().count() {
        *out.removed.entry(Personal::Card).or_default() += 1;
        out.text = masked;
        return;
    }
    let mut clean = String::new();
    let mut at = 0;
    while at < letters.len() {
        let (was, is) = letters[at];
        if was == is {
            clean.push(was);
            at += 1;
            continue;
        }
        // On to the last masked letter of this number, over short gaps, and over the four digits after it.
        let mut end = at + 1;
        while let Some(ahead) = (end..letters.len().min(end + 4)).find(|next| letters[*next].0 != letters[*next].1) {
            end = ahead + 1;
        }
        let mut digits = 0;
        let mut next = end;
        while digits < 4 && next < letters.len() && (letters[next].0.is_numeric() || next - end <= 2 * digits + 1) {
            if letters[next].0.is_numeric() {
                digits += 1;
                end = next + 1;
                if digits == 4 {
                    break;
                }
            } else if letters[next].0.is_alphabetic() {
                break;
            }
            next += 1;
        }
        clean.push_str(Personal::Card.mark());
        *out.removed.entry(Personal::Card).or_default() += 1;
        at = end;
    }
    out.text = clean;
}
