//! Prints what the path costs, each figure beside a floor measured in the same run.

use anyhow::Result;
use clap::Parser;
use fieldbook_tests::bench::{self, Options};

fn main() -> Result<()> {
    bench::run(&Options::parse())
}
