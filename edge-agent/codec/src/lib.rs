//! What a shop's devices say, byte for byte.
//!
//! Every decoder takes bytes as they came, in whatever pieces, and gives values or a reason; none panics, loops or grows
//! without bound on any input. Encoders stand beside them where a simulator or a test has to speak the same wire. No clock,
//! socket or disk: the agent brings the bytes, and what is decoded here can be fuzzed without one.

pub mod ble;
pub mod counter;
pub mod csvline;
pub mod dsfinvk;
pub mod escpos;
pub mod gs1;
pub mod modbus;
pub mod onewire;
pub mod poslog;
pub mod receipt;
pub mod scale;
pub mod scrub;
pub mod senml;
pub mod sparkplug;
pub mod tillfile;
