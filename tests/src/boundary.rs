//! What crossing into another language costs: the same work in Rust and in programs of other languages, in one run.

#![expect(clippy::print_stdout, clippy::float_arithmetic, reason = "it prints measurements")]

use anyhow::{Context, Result, ensure};
use clap::Parser;
use fieldbook_device::{Book, Direction, Host, Query};
use fieldbook_domain::permission::Role;
use fieldbook_domain::record::account::Account;
use fieldbook_server::app::App;
use fieldbook_server::clock::SystemClock;
use fieldbook_server::org::provision::NewUser;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is measured: its name in the programs' answers, what it is, and whether more of it is better.
const MEASURED: &[(&str, &str, bool)] = &[
    ("new_id_calls_per_s", "plain calls (a new id), per second", true),
    ("status_calls_per_s", "asynchronous calls (the status), per second", true),
    ("list_1000_ms", "a list of 1,000 accounts as records, ms", false),
    ("create_ms", "one account created, durable, ms", false),
    ("live_ms", "from creating to the live list (50 rows) that shows it, ms", false),
];

/// What the bench can be told.
#[derive(Debug, Parser)]
#[command(about = "What crossing into another language costs, beside the SDK in Rust")]
pub struct Options {
    /// Programs of other languages: each is given a folder, and prints its figures as a line of JSON.
    #[arg(value_name = "COMMAND")]
    programs: Vec<String>,
    /// The folder for books; a program in a container of its own must see it under the same name.
    #[arg(long)]
    folder: std::path::PathBuf,
}

/// Measures Rust, then the others, and prints all beside each other.
///
/// # Errors
/// Whatever could not be started or written.
pub fn run(options: &Options) -> Result<()> {
    std::fs::create_dir_all(&options.folder)?;
    let server = tempfile::tempdir()?;
    let app = App::open(server.path().join("server"), Arc::new(SystemClock))?;
    let org = app.create_org("Bench")?;
    let ada = NewUser { name: "Ada".into(), email: None, role: Role::Rep, team: None, territory: None, manager: None };
    let token = app.token(org, app.add_user(org, &ada)?, 1)?;
    let runtime = tokio::runtime::Runtime::new()?;

    let mut figures = vec![in_folder(&options.folder, "rust", |folder| runtime.block_on(measure(folder, &token)))?];
    for program in &options.programs {
        let named = format!("language{}", figures.len());
        figures.push(in_folder(&options.folder, &named, |folder| other(program, folder, &token))?);
    }
    print(&figures)
}

fn in_folder(within: &Path, name: &str, work: impl FnOnce(&Path) -> Result<Value>) -> Result<Value> {
    let folder = within.join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let figures = work(&folder)?;
    std::fs::remove_dir_all(&folder)?;
    Ok(figures)
}

fn other(program: &str, folder: &Path, token: &str) -> Result<Value> {
    let mut words = program.split_whitespace();
    let mut command = Command::new(words.next().context("an empty command")?);
    command.args(words).arg(folder).env("FIELDBOOK_TOKEN", token).env("FIELDBOOK_URL", "http://127.0.0.1:9");
    let output = command.output().with_context(|| format!("starting {program}"))?;
    ensure!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout)?;
    let line = said.lines().rev().find(|line| line.starts_with('{')).with_context(|| format!("{program} printed no figures"))?;
    Ok(serde_json::from_str(line)?)
}

/// The same work as the programs of the other languages do.
async fn measure(folder: &Path, token: &str) -> Result<Value> {
    let host = Host::real("bench");
    let book = Book::open(&folder.join("book.db"), host.clone())?;
    book.login("http://127.0.0.1:9", token)?;
    let account = |name: String| Account { name, ..Account::new(host.ids.record_id(host.clock.now_ms())) };
    book.batch({
        let accounts: Vec<Account> = (0..1_000).map(|n| account(format!("Account {n}"))).collect();
        move |batch| {
            for account in &accounts {
                let fields = [("name".to_owned(), Value::from(account.name.as_str()))].into_iter().collect();
                batch.bundle(|bundle| bundle.create("account", Some(account.id), fields))?;
            }
            Ok(())
        }
    })?;

    let ids = rate(100_000, || host.ids.record_id(host.clock.now_ms()));
    let statuses = rate(2_000, || book.status());
    let lists = median(20, || typed(book.list(&Query::of("account").limit(1_000))?))?;
    let creates = median(50, || Ok(book.create_record(&account("One more".to_owned()))?))?;
    let mut live = book.live(Query::of("account").sort("created_at", Direction::Descending).limit(50))?;
    live.next().await?;
    let mut delivered = Vec::new();
    for n in 0..50 {
        let wanted = account(format!("Live {n}"));
        let start = Instant::now();
        book.create_record(&wanted)?;
        while !typed(live.next().await?)?.iter().any(|shown| shown.id == wanted.id) {}
        delivered.push(start.elapsed());
    }
    delivered.sort();
    Ok(json!({
        "language": "rust", "new_id_calls_per_s": ids, "status_calls_per_s": statuses, "list_1000_ms": lists,
        "create_ms": creates, "live_ms": middle(&delivered),
    }))
}

fn typed(rows: Vec<serde_json::Map<String, Value>>) -> Result<Vec<Account>> {
    rows.into_iter().map(|row| Ok(serde_json::from_value(Value::Object(row))?)).collect()
}

fn rate<T>(times: u32, mut call: impl FnMut() -> T) -> f64 {
    for _ in 0..times / 10 {
        std::hint::black_box(call());
    }
    let start = Instant::now();
    for _ in 0..times {
        std::hint::black_box(call());
    }
    f64::from(times) / start.elapsed().as_secs_f64()
}

fn median<T>(times: u32, mut call: impl FnMut() -> Result<T>) -> Result<f64> {
    call()?;
    let mut took = Vec::new();
    for _ in 0..times {
        let start = Instant::now();
        std::hint::black_box(call()?);
        took.push(start.elapsed());
    }
    took.sort();
    Ok(middle(&took))
}

fn middle(sorted: &[Duration]) -> f64 {
    sorted.get(sorted.len() / 2).map_or(f64::NAN, |took| took.as_secs_f64() * 1e3)
}

fn print(figures: &[Value]) -> Result<()> {
    let language = |figures: &Value| figures["language"].as_str().unwrap_or("?").to_owned();
    println!("{:60}{}", "", figures.iter().map(|one| format!("{:>22}", language(one))).collect::<String>());
    for (name, what, more_is_better) in MEASURED {
        let of = |one: &Value| one[*name].as_f64().with_context(|| format!("{} gives no {name}", language(one)));
        let floor = of(figures.first().context("no figures")?)?;
        let mut line = format!("{what:60}");
        for one in figures {
            let figure = of(one)?;
            let times = if *more_is_better { floor / figure } else { figure / floor };
            line.push_str(&format!("{:>22}", format!("{figure:.2} ({times:.2} x)")));
        }
        println!("{line}");
    }
    println!("In brackets: how many times what the SDK takes in Rust.");
    Ok(())
}
