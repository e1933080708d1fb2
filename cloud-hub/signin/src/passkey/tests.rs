//! Ceremonies with an authenticator in software: honest ones, the vectors of the specification, and lies.

mod lies;
mod round_trip;
mod soft;
mod vectors;

use jiff::Timestamp;

use super::*;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

fn party() -> RelyingParty {
    RelyingParty::new("hub.example", "VyavsAI", &["https://hub.example".to_owned()]).expect("a relying party")
}

fn user(byte: u8) -> User {
    User {
        handle: UserHandle::new(&[byte; 16]).expect("a handle"),
        name: "asha@shop.example".to_owned(),
        display_name: "Asha".to_owned(),
    }
}
