//! The demo: starts the real server, seeds an organisation, lets two phones collide offline, and tells what happened.

use anyhow::{Context, Result, bail};
use clap::Parser;
use fieldbook_device::{Book, Host};
use fieldbook_domain::ids::RecordId;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

mod office;
mod story;
mod words;

use crate::seed::{self, Owners, Planted};
use office::Office;
use words::{heading, say};

/// What the demo can be told.
#[derive(Debug, Parser)]
#[command(about = "A server, two phones, a collision, a verdict")]
pub struct Options {
    /// Ends after the story instead of serving on.
    #[arg(long)]
    pub exit: bool,
    /// The same seed gives the same records.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
    /// Where the server and the phones keep their data; emptied first.
    #[arg(long, default_value = "target/demo")]
    pub data: PathBuf,
    /// Where the server listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    pub listen: String,
}

/// Somebody with a phone.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) id: RecordId,
    pub(crate) book: Book,
}

/// Runs the demo.
///
/// # Errors
/// Whatever could not be started, written or compared; records that differ in the end are an error too.
pub fn run(options: &Options) -> Result<()> {
    let runtime = Runtime::new()?;
    if options.data.exists() {
        std::fs::remove_dir_all(&options.data).context("emptying the demo's folder")?;
    }
    std::fs::create_dir_all(&options.data)?;

    heading("A server and four people");
    let mut office = Office::open(&options.data, &options.listen)?;
    say(&format!("fieldbook-server runs at {} on embedded SQLite.", office.url));
    let people = people(&office, &options.data)?;
    say("Ada and Ben sell, Maya leads them, Omar administers.");

    heading("An organisation's records");
    let [ada, ben, _, omar] = &people;
    let planted = seed::organisation(options.seed, 1, Owners { reps: &[ada.id, ben.id] });
    runtime.block_on(omar.book.sync()).context("Omar's first sync")?;
    plant(omar, &planted)?;
    runtime.block_on(omar.book.sync()).context("Omar's sync")?;
    say(&format!("{} records made on Omar's phone and synced up (seed {}).", planted.len(), options.seed));
    for person in [ada, ben] {
        let report = runtime.block_on(person.book.sync()).with_context(|| format!("{}'s first sync", person.name))?;
        say(&format!("{}'s phone is level: {} records in {} KB.", person.name, report.pulled_records, report.bytes_down / 1024));
    }

    let stage = story::Stage::choose(&planted)?;
    story::offline(&stage, ada, ben)?;
    story::back_online(&stage, &runtime, &office, &people)?;
    compare(&runtime, &office, &people)?;
    if options.exit {
        return office.stop();
    }
    office.serve_on(&options.data)
}

fn people(office: &Office, data: &Path) -> Result<[Person; 4]> {
    let omar = person(office, data, "Omar", "admin", None)?;
    let maya = person(office, data, "Maya", "manager", Some("Omar"))?;
    let ada = person(office, data, "Ada", "rep", Some("Maya"))?;
    let ben = person(office, data, "Ben", "rep", Some("Maya"))?;
    Ok([ada, ben, maya, omar])
}

fn person(office: &Office, data: &Path, name: &'static str, role: &str, manager: Option<&str>) -> Result<Person> {
    let id = office.add_user(name, role, manager)?;
    let token = office.token(name)?;
    let book = Book::open(&data.join(format!("{}.db", name.to_lowercase())), Host::real(format!("{name}'s phone")))?;
    book.login(&office.url, &token)?;
    Ok(Person { name, id, book })
}

fn plant(omar: &Person, planted: &[Planted]) -> Result<()> {
    let style = ProgressStyle::with_template("  {bar:40} {pos}/{len} records").context("the progress bar")?;
    let bar = ProgressBar::new(planted.len() as u64).with_style(style);
    seed::plant(&omar.book, planted, |count| bar.inc(count as u64))?;
    bar.finish_and_clear();
    Ok(())
}

/// Compares every record on both phones and the server, byte for byte of its shown form.
fn compare(runtime: &Runtime, office: &Office, people: &[Person; 4]) -> Result<()> {
    heading("Do they all show the same?");
    for person in people {
        runtime.block_on(person.book.sync()).with_context(|| format!("{}'s last sync", person.name))?;
    }
    let held = office.digest()?;
    for person in people {
        let shown = person.book.records_digest()?;
        let differing = held.iter().filter(|(target, body)| shown.get(*target) != Some(*body)).count();
        if differing > 0 || shown.len() != held.len() {
            bail!("{}'s phone differs from the server in {differing} of {} records", person.name, held.len());
        }
        say(&format!("{}'s phone: {} records, all equal to the server's.", person.name, shown.len()));
    }
    say(&office.check()?);
    Ok(())
}

pub(crate) fn fields(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}
