//! Fieldbook in a terminal: a phone whose every capability can be scripted.
//!
//! The command line is declared in [`args`], each verb lives in its own file under [`commands`], and [`output`] is the
//! only place that prints. No rule of the business is here: the book asks the domain.

mod args;
mod catalogue;
mod commands;
mod failure;
mod import;
mod key;
mod output;
mod present;
mod table;

use args::Cli;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return output::usage(&usage, asks_for_json()),
    };
    let json = cli.json;
    match commands::run(cli) {
        Ok(answer) => output::answer(&answer, json),
        Err(failure) => output::failure(&failure, json),
    }
}

/// A command line that could not be read may still have said how to answer.
fn asks_for_json() -> bool {
    std::env::args_os().any(|arg| arg == "--json")
}
