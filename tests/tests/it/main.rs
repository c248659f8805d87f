//! The whole system, at the level a user touches. One binary, modules below.

mod docs;
mod tidy;
