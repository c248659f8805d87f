//! Tells random stories until the time is up; ends with 1 if one fails.

use clap::Parser;
use fieldbook_tests::soak::{self, Options};
use std::process::ExitCode;

fn main() -> ExitCode {
    if soak::run(&Options::parse()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
