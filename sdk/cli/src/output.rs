//! The only place that prints: answers on standard output, errors and progress on standard error.

use crate::failure::Failure;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// What a command has to say, for people and for machines.
#[derive(Debug)]
pub(crate) struct Answer {
    /// For people: text that ends in a line break, or nothing.
    pub(crate) human: String,
    /// For machines; null says nothing.
    pub(crate) json: Value,
    /// The exit status.
    pub(crate) status: u8,
}

impl Answer {
    /// An answer of a command that did what it was asked to.
    pub(crate) fn new(human: impl Into<String>, json: Value) -> Self {
        Answer { human: human.into(), json, status: 0 }
    }

    /// The answer of a command that has said everything already.
    pub(crate) fn nothing() -> Self {
        Answer::new("", Value::Null)
    }

    fn text(&self, json: bool) -> String {
        match (json, &self.json) {
            (true, Value::Null) => String::new(),
            (true, value) => format!("{value}\n"),
            (false, _) => printable(&self.human),
        }
    }
}

/// Prints an answer and gives the exit status.
pub(crate) fn answer(answer: &Answer, json: bool) -> ExitCode {
    match print(&answer.text(json)) {
        Ok(()) => ExitCode::from(answer.status),
        // Whoever reads the answer may stop early, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(answer.status),
        Err(_) => ExitCode::FAILURE,
    }
}

/// Prints one line of an answer that goes on; gives whether anybody still reads.
pub(crate) fn line(answer: &Answer, json: bool) -> bool {
    print(&answer.text(json)).is_ok()
}

/// Prints a failure and gives the exit status.
pub(crate) fn failure(failure: &Failure, json: bool) -> ExitCode {
    let text = if json { failure.json().to_string() } else { format!("error: {}", printable(&failure.message)) };
    warn(text.trim_end());
    ExitCode::from(failure.status)
}

/// Answers a command line that could not be read, or one that asked for help.
pub(crate) fn usage(error: &clap::Error, json: bool) -> ExitCode {
    let wanted = !error.use_stderr();
    if wanted || !json {
        // Nobody is left to be told when even this cannot be printed.
        drop(error.print());
    } else {
        let text = error.render().to_string();
        let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
        let sentence = lines.join(" ");
        warn(&json!({ "error": { "code": "usage", "message": sentence.trim_start_matches("error: ") } }).to_string());
    }
    if wanted { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

/// A progress bar for `steps` steps, drawn only where a person watches.
pub(crate) fn progress(what: &'static str, steps: usize, json: bool) -> ProgressBar {
    if json || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{msg:14} {wide_bar} {pos}/{len} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.with_message(what)
}

fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

#[expect(clippy::print_stderr, reason = "the one place that prints errors")]
fn warn(text: &str) {
    eprintln!("{text}");
}

/// Text from other people's phones must not steer the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect()
}
