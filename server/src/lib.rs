//! The central server: it merges what every device did, judges it, and keeps it.
//!
//! A request comes in through `http` (one-shot) or `live` (a WebSocket) and is held by `exchange`. Work goes to the thread
//! of the organisation (`org`): through the gate (`admit`), to the judge (in `fieldbook-domain`), into the books (`store`),
//! and out to every device through the log. Nothing here knows a record type, and nothing here links the device's crate.

pub mod app;
pub mod check;
pub mod clock;
pub mod control;
pub mod error;
pub mod http;
pub mod mail;
pub mod org;
pub mod store;
pub mod token;

mod admit;
mod blobs;
mod exchange;
mod live;
