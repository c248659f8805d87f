//! Refused work: what there is, what it wanted to write, and what becomes of it.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use fieldbook_server::app::RefusedWork;
use fieldbook_server::org::quarantine::Release;

use super::{Place, open, say, spell};

/// Bytes on one line of a listing.
const LINE_BYTES: usize = 32;

#[derive(Debug, Subcommand)]
pub(super) enum QuarantineCommand {
    /// Lists them, oldest first.
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Prints everything that was kept of one: whose it is, why it was refused, what it wanted to write, its bytes.
    Show {
        #[command(flatten)]
        place: Place,
        /// Its number.
        id: u64,
        /// Writes the bytes to this file instead of printing them.
        #[arg(long, value_name = "FILE")]
        raw: Option<PathBuf>,
    },
    /// Admits and judges one as if it arrived now, for the author it had; exits with 1 if it is refused again, and keeps it.
    Release {
        #[command(flatten)]
        place: Place,
        /// Its number.
        id: u64,
    },
    /// Throws one away for good.
    Purge {
        #[command(flatten)]
        place: Place,
        /// Its number.
        id: u64,
        /// Says that this is meant.
        #[arg(long)]
        yes: bool,
    },
}

impl QuarantineCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::List { place } => list(&place)?,
            Self::Show { place, id, raw } => show(&place, id, raw)?,
            Self::Release { place, id } => return release(&place, id),
            Self::Purge { place, id, yes } => purge(&place, id, yes)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(place: &Place) -> anyhow::Result<()> {
    let app = open(&place.data)?;
    let org = app.find_org(&place.org)?;
    for one in app.quarantine(org)? {
        let at = spell(one.at_ms);
        let (id, user, device, bytes) = (one.id, one.user, one.device, one.bytes);
        say(format!("{id} {at} user {user} device {device} intent {} {} ({bytes} bytes): {}", one.dseq, one.code, one.reason))?;
    }
    for dropped in app.dropped(org)? {
        let (device, intents, last) = (dropped.device, dropped.intents, spell(dropped.last_ms));
        say(format!("device {device}: {intents} more were refused and not kept, the last one {last}"))?;
    }
    Ok(())
}

fn show(place: &Place, id: u64, raw: Option<PathBuf>) -> anyhow::Result<()> {
    let app = open(&place.data)?;
    let Some(work) = app.refused_work(app.find_org(&place.org)?, id)? else {
        bail!("nothing with the number {id} is in the quarantine")
    };
    describe(&work)?;
    match raw {
        Some(file) => {
            std::fs::write(&file, &work.bytes).with_context(|| format!("cannot write {}", file.display()))?;
            say(format!("{} bytes are in {}", work.bytes.len(), file.display()))
        }
        None => dump(&work.bytes),
    }
}

fn describe(work: &RefusedWork) -> anyhow::Result<()> {
    let refused = &work.refused;
    say(format!("refused {}", spell(refused.at_ms)))?;
    say(format!("user    {} {}", refused.user, work.user_name.escape_debug()))?;
    say(format!("device  {} {}", refused.device, work.device_name.escape_debug()))?;
    say(format!("actor   {}", refused.actor))?;
    let intent = work.intent.map_or_else(|| "that cannot be read".to_owned(), |id| id.to_string());
    say(format!("intent  {} {intent}", refused.dseq))?;
    say(format!("code    {}", refused.code))?;
    say(format!("reason  {}", refused.reason.escape_debug()))?;
    for part in &work.parts {
        say(&part.record)?;
        for change in &part.changes {
            let message = change.message.as_deref().map(|message| format!(": {message}")).unwrap_or_default();
            say(format!("  change {} of {}{message}", change.seq, spell(change.at_ms)))?;
            for line in &change.lines {
                say(format!("    {line}"))?;
            }
        }
    }
    Ok(())
}

fn dump(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in bytes.chunks(LINE_BYTES) {
        for byte in line {
            write!(out, "{byte:02x}")?;
        }
        writeln!(out)?;
    }
    Ok(out.flush()?)
}

fn release(place: &Place, id: u64) -> anyhow::Result<ExitCode> {
    let app = open(&place.data)?;
    match app.release(app.find_org(&place.org)?, id)? {
        Release::Merged { code, message, .. } if message.is_empty() => say(format!("released: {code}"))?,
        Release::Merged { code, message, .. } => say(format!("released: {code}: {message}"))?,
        Release::Refused { code, message } => {
            say(format!("refused again: {code}: {message}"))?;
            return Ok(ExitCode::FAILURE);
        }
        Release::Unknown => bail!("nothing with the number {id} is in the quarantine"),
    }
    Ok(ExitCode::SUCCESS)
}

fn purge(place: &Place, id: u64, yes: bool) -> anyhow::Result<()> {
    if !yes {
        bail!("it would be gone for good: say --yes if that is meant");
    }
    let app = open(&place.data)?;
    if !app.purge(app.find_org(&place.org)?, id)? {
        bail!("nothing with the number {id} is in the quarantine");
    }
    say(format!("{id} is gone"))
}
