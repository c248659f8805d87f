//! The phone half of Fieldbook: a book of records that works without a network.
//!
//! # What an app can do
//!
//! [`Book::open`] opens the one file everything is in ([`Book::open_encrypted`] if it is encrypted), with a [`Host`] for the clock and chance. [`Book::login`] takes a token
//! and needs no network. From then on every call below is answered from the book:
//!
//! - **Write**: [`Book::create`], [`Book::save`] (the difference between the copy shown and the copy edited, so that a stale
//!   screen undoes nobody's work), [`Book::act`] for everything with a verb, [`Book::bundle`] for several of them as one,
//!   [`Book::batch`] for imports. [`Book::perform_at_office`] is for what only the office does, and needs a network. What a rule refuses is an [`Error::Refused`] with a sentence, and nothing was written.
//! - **Read**: [`Book::get`], [`Book::list`] with a [`Query`], [`Book::available`] for the buttons, [`Book::history`],
//!   [`Book::timeline`], [`Book::alternatives`], [`Book::inbox`], [`Book::report_pipeline`], [`Book::goals`],
//!   [`Book::status`]. [`Book::live`] is a list kept up to date, [`Book::changes`] fires after every transaction.
//! - **Be judged**: [`Book::salvage`] does what a decision of the inbox offers, [`Book::dismiss`] takes it off the list,
//!   [`Book::choose_alternative`] and [`Book::dismiss_alternative`] settle a value that lost, [`Book::review`] and [`Book::decide`]
//!   are for those who decide about what is held, [`Book::flags`] says what deserves a look, [`Book::forecast`] what the office
//!   would decide.
//! - **Attach**: [`Book::attach`] puts a file into the book and its name into a record, [`Book::fetch`] brings a colleague's file
//!   when somebody looks at it, [`Book::attachment_bytes`] and [`Book::save_attachment`] read it.
//! - **Sync**: [`Book::sync`] once, [`Book::watch`] for as long as somebody looks ([`Book::network`] tells it what the platform
//!   knows), [`Book::sync_over`] over anything that can carry bytes. Work leaves the outbox only when the server has answered it; what the server would not take is kept,
//!   readable, in the inbox.
//!
//! # How it is kept
//!
//! One SQLite file: documents (Automerge), the outbox, cursors, and a *projection*, rows of JSON made from the documents and
//! made again whenever that is easier. One thread owns the connection (`store.rs`); one transaction per local write and per
//! page received, durable when the call returns. Beside the file stands `<file>.install`, by which a copied or restored book
//! is recognised and takes a new name to write under (`incarnation.rs`, `reauthor.rs`).
//!
//! # Where to look
//!
//! `desk.rs` and `bundle.rs`: a local write. `files.rs`: attached files on their way. `receive.rs` and `linear.rs`: a page from the server. `exchange.rs`: the
//! conversation. `transport.rs`: the only sockets. `clock.rs`: the only clock and dice. Rules are not here; they are in
//! `fieldbook-domain`, and the server runs the same ones.

mod aside;
mod attachment;
mod book;
mod bundle;
mod cascade;
mod clock;
mod desk;
mod edit;
mod error;
mod exchange;
mod files;
mod forecast;
mod goals;
mod history;
mod inbox;
mod incarnation;
mod key;
mod ledger;
mod linear;
mod live;
mod network;
mod patience;
mod query;
mod reauthor;
mod receive;
mod report;
mod review;
mod salvage;
mod session;
mod status;
mod store;
pub mod structs;
mod timeline;
mod transport;
mod typed;
mod watch;

pub use aside::Aside;
pub use attachment::{AttachedFile, Content, NewAttachment};
pub use book::{AccountReport, Book, Unsent};
pub use bundle::{Batch, Bundle};
pub use clock::{Clock, Host, IdSource};
pub use error::Error;
pub use exchange::{Carrier, SyncReport};
pub use forecast::Forecast;
pub use goals::GoalProgress;
pub use history::{Alternative, HistoryEntry};
pub use inbox::{About, InboxItem};
pub use key::BookKey;
pub use live::LiveQuery;
pub use network::Network;
pub use query::{Direction, Query};
pub use report::{By, PipelineRow};
pub use review::{HeldRecord, ReviewChoice, ReviewItem};
pub use session::Session;
pub use status::{Damage, Status};
pub use timeline::{TimelineItem, TimelinePage, TimelineQuery, Window};
pub use watch::WatchEvent;

pub use fieldbook_domain::action::Available;
pub use fieldbook_domain::constraint::Flag;
pub use fieldbook_domain::ids::{RecordId, RecordRef};
pub use fieldbook_domain::judge::Salvaged;
pub use fieldbook_domain::refusal::Refusal;
pub use fieldbook_domain::timeline::{TimelineKind, TimelineStatus};
