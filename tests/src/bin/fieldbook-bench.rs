//! Prints what the path costs, each figure beside a floor measured in the same run.

use clap::Parser;
use fieldbook_tests::bench::{self, Options};
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "what went wrong is said to the person who ran it")]
fn main() -> ExitCode {
    match bench::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
