//! What the business is: records, lifecycles, permissions, and how collisions are settled. Pure.
//!
//! Nothing here opens a socket or a file, reads a clock or rolls dice: time and ids come in as arguments, so
//! everything decided here can be replayed on a phone and on the server alike.
//!
//! The way through the crate: [`record`] declares the record types, [`document`] maps them to Automerge, [`raw`] is
//! one document read flat, [`fold`] derives the lifecycle state from it, [`view`] is the JSON a person sees,
//! [`action`] plans what a tap writes, and [`judge`] settles on the server what offline people did to each other.
//! [`constraint`] holds what a declaration says of several fields together.
//! [`pricing`] says what things cost, [`goal`] how far somebody has come.

pub mod access;
pub mod action;
pub mod alias;
pub mod alternative;
pub mod approval;
pub mod authority;
pub mod blob;
mod body;
pub mod calendar;
pub mod constraint;
mod dependent;
pub mod describe;
pub mod document;
pub mod duplicate;
pub mod field;
pub mod fold;
#[cfg(feature = "uniffi")]
mod foreign;
pub mod goal;
pub mod history;
pub mod ids;
pub mod invariant;
pub mod judge;
pub mod key;
mod known;
pub mod lifecycle;
pub mod money;
pub mod owner;
pub mod permission;
pub mod pricing;
pub mod raw;
pub mod record;
pub mod recurrence;
pub mod refusal;
mod revision;
pub mod rollup;
pub mod shared;
pub mod suggest;
pub mod time;
pub mod timeline;
pub mod view;

#[cfg(feature = "uniffi")]
uniffi::setup_scaffolding!();
