//! The whole system, at the level a user touches. One binary, modules below.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod at_office;
mod attachments;
mod bindings;
mod convergence;
mod copies;
mod docs;
mod fuzz;
mod invariants;
mod judging;
mod kill;
mod mail;
mod processes;
mod restored;
mod salvages;
mod selling;
mod tidy;
mod transcript;
