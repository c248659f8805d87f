//! The phone, on real files: alone, with a toy server, and with books of other times and places.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is"
)]

mod attachments;
mod copies;
mod goals;
mod judging;
mod live;
mod office;
mod offline;
mod phone;
mod sockets;
mod sync;
mod timeline;
