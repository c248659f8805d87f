//! The rules, with nothing but the rules: no phone, no server. One binary, modules below.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test fails by panicking")]

mod access;
mod activities;
mod book;
mod catalogue;
mod check;
mod constraints;
mod dismissal;
mod documents;
mod goals;
mod holds;
mod office;
mod pricing;
mod reading;
mod selling;
mod tables;
