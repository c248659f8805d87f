//! How a phone and the server talk, without talking: messages, limits and the state machines of both ends.
//!
//! # The control loop
//!
//! Nothing here opens a socket, reads a clock or touches a disk. A *shell* (the device engine, the server) owns those and
//! runs one loop: something happened, tell the session with `handle`, carry out the orders it returns, in their order.
//!
//! On the phone, `ClientSession` is told `Connected` and at once gives two orders: send a Hello with the cursors of all
//! scopes, and fetch the next intents from the outbox. The shell replies with `Outbox`, the session sends a Push. So the
//! first request carries identity, work and the question for news, and its answer carries the welcome, what became of the
//! work, and the pages: one round trip. Each `StorePage` is one transaction of the shell, confirmed with `Stored`; only
//! then does the cursor count. An intent stays in the outbox until its answer arrives and is simply sent again on the next
//! connection, so any frame may be lost at any time.
//!
//! On the server, `ServerSession` turns a Hello into `Register`, a Push into `Admit` and a cursor into `Read`, one at a time,
//! and packs the shell's replies. When everything up to the end of the log, or up to `server::WINDOW_BYTES`, is sent, it
//! says CaughtUp. A one-shot request is over then (`Done`); a live connection goes on with `LogMoved`.
//!
//! Answers and pushes carry the actor's name, because a device that was rolled back or cloned is told to `Renew` it, and
//! what was under way under the old name must not be taken for the new one.
//!
//! # Where to look
//!
//! `change` is the reason for this crate: the server never parses Automerge bytes made by a device, so a change travels
//! spelled out and is proved by its hash. `frame` holds every limit of the wire. `office` stands beside the sessions: what only
//! the office does is one request of its own. The crate knows no record type.

pub mod change;
pub mod client;
pub mod error;
pub mod frame;
pub mod message;
pub mod office;
pub mod server;

mod bounded;
