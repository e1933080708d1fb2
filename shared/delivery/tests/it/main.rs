//! Promises of the protocol that cross its modules.
mod frame;
