//! The delivery protocol of both ends, as pure functions.
//!
//! The promise: from the moment the agent acknowledges a record to its source, that record is durable in the store,
//! or committed at the hub, or named in a signed loss statement; stored once; in order within its stream.
//!
//! - [`frame`]: a batch of records; the same bytes on the device's disk and on the wire.
//! - [`edge_step`]: what the device does next, given what it has and what it hears.
//! - [`hub_step`]: what the hub does with a frame or a loss statement, given its cursor.
//! - [`seal`]: signatures, so that no broker can forge what lets a device erase.
//!
//! The programs run these very functions, and `tests/model.rs` lets a model checker loose on them.

pub mod edge_step;
pub mod frame;
pub mod hub_step;
pub mod seal;

/// Head of a hash chain: the first 128 bits of BLAKE3.
pub type Chain = [u8; 16];

/// A number of a record within its stream and epoch: from 1, without holes. 0 means "none".
pub type Seq = u64;
