//! How much memory a process took at most, as Linux tells it.

#![expect(clippy::print_stdout, reason = "the child process answers on stdout")]

use anyhow::{Context, Result};
use fieldbook_device::{Book, Host};
use std::path::Path;
use std::process::Command;

/// The most memory this process ever held.
pub(super) fn peak() -> Result<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("VmHWM")?;
    Ok(line.trim().to_owned())
}

/// Syncs a book in a process of its own and says what that took.
pub(super) fn of_phone(book: &Path) -> Result<String> {
    let output = Command::new(std::env::current_exe()?).arg("--phone").arg(book).output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The child's part.
pub(super) fn phone(book: &Path) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let book = Book::open(book, Host::real("measured"))?;
    runtime.block_on(book.sync())?;
    println!("{}", peak()?);
    Ok(())
}
