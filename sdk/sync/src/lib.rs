//! The sync protocol.

pub mod change;
pub mod client;
pub mod error;
pub mod frame;
pub mod message;

mod bounded;
