//! The bench of the languages: see [`fieldbook_tests::boundary`].

use clap::Parser;

fn main() -> anyhow::Result<()> {
    fieldbook_tests::boundary::run(&fieldbook_tests::boundary::Options::parse())
}
