//! What whole-system tests, the demo and the benches share: a world of named people, phones, a server and clocks.

pub mod bench;
pub mod boundary;
pub mod demo;
pub mod fuzz;
pub mod model;
pub mod rogue;
pub mod seed;
pub mod soak;
pub mod world;
