//! What the path costs: push, first sync, judging, reconnecting, memory; each beside a floor of the same run.
//!
//! Ratios are the figures to compare; absolute ones move with the machine.

#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints measurements")]

use crate::seed::{self, Owners};
use anyhow::{Context, Result};
use clap::Parser;
use fieldbook_device::{Book, Host, SyncReport, WatchEvent};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_server::app::App;
use fieldbook_server::clock::SystemClock;
use fieldbook_server::http;
use fieldbook_server::org::provision::NewUser;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use uuid::Uuid;

mod floor;
mod judging;
mod memory;
mod selling;

/// What the bench can be told.
#[derive(Debug, Parser)]
#[command(about = "What the path costs, beside floors measured in the same run")]
pub struct Options {
    /// Records to seed, in units of about 2,300.
    #[arg(long, default_value_t = 4)]
    pub size: usize,
    /// A folder of CSV files to import instead of seeding.
    #[arg(long)]
    pub import: Option<PathBuf>,
    /// One-field edits to push.
    #[arg(long, default_value_t = 1_000)]
    pub edits: usize,
    /// Measures judging alone.
    #[arg(long)]
    pub judging: bool,
    /// Inner use: syncs this book and prints the memory it took.
    #[arg(long, hide = true)]
    pub phone: Option<PathBuf>,
}

struct Bench {
    folder: tempfile::TempDir,
    app: App,
    org: Uuid,
    url: String,
    runtime: Runtime,
}

/// Runs all measurements.
///
/// # Errors
/// Whatever could not be started or written.
pub fn run(options: &Options) -> Result<()> {
    if let Some(book) = &options.phone {
        return memory::phone(book);
    }
    if options.judging {
        return judging::run(options.size);
    }
    let bench = Bench::open()?;
    let office = bench.phone("Omar", Role::Admin)?;
    let made = bench.fill(&office, options)?;
    let records = bench.push(&office, made)?;
    let ben = bench.first_sync(records)?;
    bench.reconnect(&ben)?;
    bench.edits(&ben, options.edits)?;
    bench.live(&ben, 200)?;
    bench.selling()?;
    judging::run(options.size)?;
    bench.memory()?;
    Ok(())
}

impl Bench {
    fn open() -> Result<Bench> {
        let folder = tempfile::tempdir()?;
        let app = App::open(folder.path().join("server"), Arc::new(SystemClock))?;
        let org = app.create_org("Bench")?;
        let runtime = Runtime::new()?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        runtime.spawn(http::serve(listener, app.clone(), std::future::pending()));
        Ok(Bench { folder, app, org, url, runtime })
    }

    fn phone(&self, name: &str, role: Role) -> Result<Book> {
        let email = Some(format!("{}@example.com", name.to_lowercase()));
        let new = NewUser { name: name.to_owned(), email, role, team: None, territory: None, manager: None };
        let user = self.app.add_user(self.org, &new)?;
        let book = Book::open(&self.path(name), Host::real(name))?;
        book.login(&self.url, &self.app.token(self.org, user, 1)?)?;
        Ok(book)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.db"))
    }

    fn sync(&self, book: &Book) -> Result<(SyncReport, Duration)> {
        let start = Instant::now();
        let report = self.runtime.block_on(book.sync())?;
        Ok((report, start.elapsed()))
    }

    /// Writes the records into the first phone's book: local, durable work.
    fn fill(&self, office: &Book, options: &Options) -> Result<usize> {
        let start = Instant::now();
        let made = match &options.import {
            Some(folder) => import(&self.path("Omar"), folder)?,
            None => {
                let reps = [office.session()?.user];
                let planted = seed::organisation(7, options.size, Owners { reps: &reps });
                seed::plant(office, &planted, |_| {})?;
                planted.len()
            }
        };
        rate("local writes, durable", "records", made, start.elapsed());
        Ok(made)
    }

    fn push(&self, office: &Book, made: usize) -> Result<usize> {
        let (report, took) = self.sync(office)?;
        rate("push, admitted, judged, durable", "intents", report.pushed, took);
        println!(
            "  {} bytes up, {:.0} a record, {} round trips",
            report.bytes_up,
            ratio(report.bytes_up, made),
            report.round_trips
        );
        Ok(office.records_digest()?.len())
    }

    fn first_sync(&self, records: usize) -> Result<Book> {
        let ben = self.phone("Ben", Role::Rep)?;
        let (report, took) = self.sync(&ben)?;
        rate("first sync to an empty phone, durable and queryable", "records", report.pulled_records, took);
        println!(
            "  {} bytes down, {:.0} a record; {records} records in all",
            report.bytes_down,
            ratio(report.bytes_down, report.pulled_records)
        );
        let rows = ben.records_digest()?;
        for (what, indexed) in
            [("floor: plain bulk insert of the same rows", false), ("floor: the same with the projection's indexes", true)]
        {
            let floor = floor::bulk_insert(&self.path(if indexed { "floor-indexed" } else { "floor" }), &rows, indexed)?;
            rate(what, "records", rows.len(), floor);
            println!("  first sync takes {:.2} x this", took.as_secs_f64() / floor.as_secs_f64());
        }
        Ok(ben)
    }

    fn reconnect(&self, ben: &Book) -> Result<()> {
        self.sync(ben)?;
        let (report, took) = self.sync(ben)?;
        println!(
            "reconnect with nothing new: {} round trip(s), {} bytes up, {} down, {:.1} ms",
            report.round_trips,
            report.bytes_up,
            report.bytes_down,
            took.as_secs_f64() * 1e3
        );
        Ok(())
    }

    /// One-field edits: local latency, push with rules beside Automerge's own load-apply-save, delta to another phone.
    fn edits(&self, ben: &Book, count: usize) -> Result<()> {
        let cara = self.phone("Cara", Role::Rep)?;
        self.sync(&cara)?;
        let accounts = ben.list(&fieldbook_device::Query { limit: Some(count), ..fieldbook_device::Query::of("account") })?;
        let mut each = Vec::new();
        for n in 0..count {
            let account = accounts.get(n % accounts.len().max(1)).context("an account")?;
            let id: RecordId = account.get("id").and_then(Value::as_str).context("an id")?.parse()?;
            let was = ben.get("account", id)?;
            let mut now = was.clone();
            now.insert("website".to_owned(), Value::from(format!("https://example.com/{n}")));
            let start = Instant::now();
            ben.save("account", id, &was, &now)?;
            each.push(start.elapsed());
        }
        each.sort();
        println!("local edit, durable: p50 {:.2} ms, p99 {:.2} ms", millis(&each, 50), millis(&each, 99));
        let (report, took) = self.sync(ben)?;
        rate("push of one-field edits, merged, judged, durable", "edits", report.pushed, took);
        println!(
            "  {} bytes up, {:.0} an edit, {} round trips",
            report.bytes_up,
            ratio(report.bytes_up, count),
            report.round_trips
        );
        let floor = floor::load_apply_save(count)?;
        rate("floor: Automerge load, apply, save of the same edits", "edits", count, floor);
        println!("  the whole push takes {:.2} x this", took.as_secs_f64() / floor.as_secs_f64());
        let (report, took) = self.sync(&cara)?;
        rate("delta to another phone", "edits", count, took);
        println!(
            "  {} bytes down, {:.0} an edit, {} round trips",
            report.bytes_down,
            ratio(report.bytes_down, count),
            report.round_trips
        );
        Ok(())
    }

    /// Both phones watch; from a save on one to the record on the other.
    fn live(&self, ben: &Book, count: usize) -> Result<()> {
        let eve = self.phone("Eve", Role::Rep)?;
        let (tell, mut heard) = tokio::sync::mpsc::unbounded_channel();
        for book in [eve, ben.clone()] {
            let tell = tell.clone();
            // The watch ends with the runtime; whoever listens has gone by then.
            self.runtime.spawn(async move { book.watch(move |event| drop(tell.send(event))).await });
        }
        let mut until = |wanted: fn(&WatchEvent) -> bool| {
            self.runtime.block_on(async { while !heard.recv().await.as_ref().is_none_or(wanted) {} });
        };
        until(|event| *event == WatchEvent::CaughtUp);
        until(|event| *event == WatchEvent::CaughtUp);
        let mut each = Vec::new();
        for n in 0..count {
            let start = Instant::now();
            ben.create("note", one("title", &format!("live {n}")))?;
            until(|event| matches!(event, WatchEvent::Changed { .. }));
            each.push(start.elapsed());
        }
        each.sort();
        println!("save on one phone to another, both online: p50 {:.1} ms, p99 {:.1} ms", millis(&each, 50), millis(&each, 99));
        Ok(())
    }

    fn memory(&self) -> Result<()> {
        let dora = self.phone("Dora", Role::Rep)?;
        drop(dora);
        println!("memory of a phone during its first sync: {}", memory::of_phone(&self.path("Dora"))?);
        println!("memory of this process (server and {} phones): {}", 4, memory::peak()?);
        Ok(())
    }
}

fn import(book: &Path, folder: &Path) -> Result<usize> {
    let binary = std::env::current_exe()?.with_file_name("fieldbook");
    let status = std::process::Command::new(binary)
        .arg("--book")
        .arg(book)
        .arg("import")
        .arg(folder)
        .status()
        .context("fieldbook import")?;
    anyhow::ensure!(status.success(), "the import failed");
    Ok(Book::open(book, Host::real("count"))?.records_digest()?.len())
}

fn rate(what: &str, unit: &str, count: usize, took: Duration) {
    println!("{what}: {count} {unit} in {:.2} s, {:.0} {unit}/s", took.as_secs_f64(), count as f64 / took.as_secs_f64());
}

fn ratio(total: impl TryInto<u64>, count: usize) -> f64 {
    total.try_into().map_or(f64::NAN, |total| total as f64) / count.max(1) as f64
}

fn millis(sorted: &[Duration], percent: usize) -> f64 {
    sorted.get(sorted.len().saturating_sub(1) * percent / 100).map_or(0.0, |took| took.as_secs_f64() * 1e3)
}

/// A map with one entry.
pub(crate) fn one(name: &str, value: &str) -> Map<String, Value> {
    [(name.to_owned(), Value::from(value))].into_iter().collect()
}
