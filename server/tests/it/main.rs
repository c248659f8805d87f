//! The server as its devices and its administrator meet it: real SQLite, no mocks.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on should stop where it is"
)]

mod admission;
mod at_office;
mod audit;
mod bench;
mod blobs;
mod command;
mod devices;
mod forecasts;
mod live;
mod office;
mod pages;
mod phone;
mod quarantine;
mod replay;
mod restored;
mod spoiled;
mod tokens;
mod work;
