//! Personal data at rest, under keys that can be destroyed.
//!
//! ```text
//! key file (0600), or a KMS          organization KEK, versions 1, 2, …            outside the database
//!     └ wraps ─ data key             one a person; and one for the hub's secrets   a row: [`WrappedKey`]
//!                 └ seals ─ field    VYS1 | key id | nonce | ciphertext | tag      a column: [`Sealed`]
//! ```
//!
//! To erase a person is to destroy one data key ([`Vault::erase`]): whatever was sealed under it, in every table and
//! every copy of it, is noise from then on. The [`Ledger`] outside the database remembers this, so that a backup from
//! before does not bring the person back: [`Vault::unlock`] refuses a key the ledger names, and [`Vault::reapply`]
//! removes it again after a restore. What the erasure of a backup rests on is said at [`Vault::retire`].
//!
//! No SQL in here: rows go in and out as plain values, or through [`KeyShelf`], which `cloud-hub/store` implements over
//! the transaction of the caller. Wall time is an argument; the one clock is the uptime that leases of keys end by.
//!
//! - [`kms`] who holds the topmost keys; [`SealedFile`] is the one without any set-up
//! - [`Vault`] from a row to a [`DataKey`], rotation, erasure
//! - [`pseudonym`] ids of customers for tables that analysts read
//! - [`ledger`] what was erased, chained so that a missing or changed entry is found
//! - [`retention`] how long what may be kept, and why
//!
//! # AES-256-GCM, and how often a key may be used
//!
//! Every nonce is 96 random bits of the system (the RBG-based construction of NIST SP 800-38D, §8.2.2). §8.3 bounds such
//! use to 2³² seals a key, which keeps the chance of a nonce twice below 2⁻³². A data key belongs to one person, so it
//! would take 136 seals a second on that person for a year; a KEK version seals one data key a person and is rotated
//! yearly or oftener. A counter in place of chance was rejected: a database or a key file brought back from a backup
//! would count again, and a nonce used twice under GCM gives both texts and the authentication key away.
//!
//! GCM does not hide lengths: a sealed field is as long as its text plus [`OVERHEAD`].

mod cache;
mod disk;
mod key;
mod keyfile;
pub mod kms;
pub mod ledger;
pub mod pseudonym;
pub mod retention;
mod sealed;
mod shelf;
mod subject;
mod vault;

pub use cache::{CacheConfig, MAX_LEASE};
pub use disk::DiskError;
pub use key::{Key, KeyId, RandomError};
pub use keyfile::SealedFile;
pub use kms::{Kms, KmsError};
pub use ledger::{Ledger, LedgerError};
pub use sealed::{FieldError, MAX_TEXT, OVERHEAD, Sealed};
pub use shelf::{KeyShelf, ShelfError, WrappedKey};
pub use subject::{Place, Subject, SubjectError};
pub use vault::{DataKey, Erased, Reapplied, Rewrapped, Uptime, Vault, VaultError};
