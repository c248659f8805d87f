//! The phone, on real files.

mod offline;
mod phone;
