//! The command line as people and scripts use it: the real binary on a book of its own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop where it is"
)]

mod catalogue;
mod encryption;
mod errors;
mod goals;
mod help;
mod import;
mod judging;
mod phone;
mod records;
mod timeline;
