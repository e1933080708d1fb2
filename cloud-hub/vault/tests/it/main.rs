//! The promises of the vault, across its modules and on a real disk.

mod canary;
mod erasure;
mod fields;
mod keyfile;
mod ledger;
mod race;
mod retention;
mod rotation;
mod support;
