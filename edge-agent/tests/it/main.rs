//! Promises of the agent across its modules, on real sockets, files and processes.

mod ble;
mod board;
mod broker;
mod counter;
mod csvtail;
mod dsfinvk;
mod heard;
mod journal;
mod modbus;
mod modbus_bus;
mod onewire;
mod outbox;
mod page;
mod poslog;
mod printer;
mod relay;
mod relay_serial;
mod scale;
mod till;
