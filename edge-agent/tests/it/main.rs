//! Promises of the agent across its modules, on real sockets, files and processes.

mod journal;
mod modbus;
mod outbox;
mod page;
mod printer;
mod relay;
mod scrub;
