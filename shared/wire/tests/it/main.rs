//! Promises of the wire: shipped bytes stay as they are, what is converted comes back, and no bytes are a surprise.
mod convert;
mod golden;
mod hostile;
