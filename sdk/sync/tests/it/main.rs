//! The protocol as its users meet it: changes, frames, both sessions, and a network that loses things.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on should stop where it is"
)]

mod change;
mod frame;
mod limits;
mod network;
mod samples;
mod session;
