//! Promises of the decoders on bytes that nobody here made.

mod ble;
mod gs1;
mod modbus;
mod receipts;
mod scrub;
