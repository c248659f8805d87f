//! The main job in one go: a server, two phones cut off, a collision, verdicts, and equal records in the end.

use clap::Parser;
use fieldbook_tests::demo::{self, Options};
use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "what went wrong is said to the person who ran it")]
fn main() -> ExitCode {
    match demo::run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
