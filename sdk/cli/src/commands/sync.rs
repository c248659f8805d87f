//! `sync`: exchanges changes with the server, once or for as long as somebody watches.

use super::{Phone, runtime};
use crate::args::Sync;
use crate::failure::Failure;
use crate::output::{self, Answer};
use crate::present::Presenter;
use fieldbook_device::{Error, RecordRef, SyncReport, WatchEvent};
use fieldbook_domain::record;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// How often a watching phone looks for work that another command put into the same book.
const LOOK_EVERY: Duration = Duration::from_millis(250);

pub(super) fn run(phone: &Phone, args: &Sync) -> Result<Answer, Failure> {
    let runtime = runtime()?;
    if args.watch {
        return runtime.block_on(watch(phone));
    }
    let report = runtime.block_on(phone.book.sync())?;
    Ok(Answer::new(told(&report), json!(report)))
}

fn told(report: &SyncReport) -> String {
    let SyncReport { pushed, refused, pulled_changes, pulled_records, decisions, uploaded, .. } = report;
    let mut text = format!("sent {pushed}; received {pulled_changes} changes to {pulled_records} records\n");
    if *uploaded > 0 {
        text.push_str(&format!("sent {uploaded} attached {}\n", if *uploaded == 1 { "file" } else { "files" }));
    }
    if *refused > 0 || *decisions > 0 {
        text.push_str(&format!("{refused} not taken, {decisions} new decisions: `fieldbook inbox` shows them\n"));
    }
    text
}

async fn watch(phone: &Phone) -> Result<Answer, Failure> {
    let unread = Notify::new();
    let mut terminated = signal(SignalKind::terminate()).map_err(|error| Failure::broken("signal", error.to_string()))?;
    let watching = phone.book.watch(|event| {
        if !output::line(&described(phone, &event), phone.json) {
            unread.notify_one();
        }
    });
    tokio::select! {
        ended = watching => ended?,
        failed = pass_on(phone) => failed?,
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
        () = unread.notified() => {}
    }
    Ok(Answer::nothing())
}

fn described(phone: &Phone, event: &WatchEvent) -> Answer {
    let human = match event {
        WatchEvent::Connected => "connected".to_owned(),
        WatchEvent::CaughtUp => "up to date".to_owned(),
        WatchEvent::Changed { kind, id } => changed(phone, kind, &RecordRef::new(kind.as_str(), *id)),
        WatchEvent::Decided => "the server answered work of this phone; `fieldbook inbox` shows what it decided".to_owned(),
        WatchEvent::Paused => "waiting for a network".to_owned(),
        WatchEvent::Disconnected { retry_ms } => format!("no connection; trying again in {} s", retry_ms.div_ceil(1_000)),
    };
    Answer::new(format!("{human}\n"), json!(event))
}

fn changed(phone: &Phone, kind: &str, target: &RecordRef) -> String {
    let Some(declared) = record::find(kind).filter(|_| !phone.json) else { return format!("changed {target}") };
    format!("changed {} {} ({})", declared.name, Presenter::new(&phone.book).title(target), target.id)
}

/// Tells the watching connection of work that another command put into the book; ends only when that fails.
async fn pass_on(phone: &Phone) -> Result<(), Error> {
    let mut seen = touched(phone);
    let mut pending = phone.book.status()?.pending;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = touched(phone);
        if now == seen {
            continue;
        }
        let before = std::mem::replace(&mut pending, phone.book.status()?.pending);
        if pending > before {
            // An empty transaction writes nothing, but tells everybody who waits for work.
            phone.book.batch(|_| Ok(()))?;
        }
        seen = now;
    }
}

/// When the book's file and its log last changed.
fn touched(phone: &Phone) -> [Option<(SystemTime, u64)>; 2] {
    let mut log = phone.path.clone().into_os_string();
    log.push("-wal");
    [phone.path.clone(), PathBuf::from(log)].map(|path| {
        let file = fs::metadata(path).ok()?;
        Some((file.modified().ok()?, file.len()))
    })
}
