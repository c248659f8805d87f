//! The server as its devices and its administrator meet it: real SQLite, no mocks.

mod admission;
mod bench;
mod command;
mod live;
mod office;
mod pages;
mod phone;
mod spoiled;
mod tokens;
mod work;
