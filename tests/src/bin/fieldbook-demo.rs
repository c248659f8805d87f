//! The main job in one go: a server, two phones cut off, a collision, verdicts, and equal records in the end.

use anyhow::Result;
use clap::Parser;
use fieldbook_tests::demo::{self, Options};

fn main() -> Result<()> {
    demo::run(&Options::parse())
}
