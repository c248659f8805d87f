//! The command line, declared. What each command does is in the file of its name under `commands/`.

use chrono::Days;
use clap::{Args, Parser, Subcommand, ValueEnum};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::time::{self, Timestamp};
use std::path::PathBuf;

mod catalogue;
mod judging;
mod report;

pub(crate) use catalogue::Catalogue;
pub(crate) use judging::{
    Alternatives, AlternativesCommand, Forecast, Inbox, InboxCommand, OneAlternative, Review, ReviewCommand,
};
pub(crate) use report::{Grouping, Report};

/// Fieldbook, the sales CRM that works without a network, as a phone in a terminal.
#[derive(Debug, Parser)]
#[command(name = "fieldbook", version, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    /// The file that holds this phone's records; made when it is missing.
    #[arg(long, env = "FIELDBOOK_BOOK", global = true, value_name = "FILE")]
    pub(crate) book: Option<PathBuf>,
    /// The file that holds the key of an encrypted book, 64 hexadecimal digits; a book is encrypted from its start or never.
    #[arg(long, env = "FIELDBOOK_KEY_FILE", global = true, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Answer in JSON, errors included.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What this device is called; else the name of the book's file.
    #[arg(long, env = "FIELDBOOK_DEVICE", global = true, value_name = "NAME")]
    pub(crate) device: Option<String>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Everything but `sync` works without a network. `fieldbook types` lists the record types with their fields and actions.

Exit status: 0 done; 1 something broke; 2 refused by a rule, or bad input; 3 the server cannot be reached; 4 signed out.";

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Sign this book in; needs no network.
    Login(Login),
    /// Sign this book out; what is not synced yet stays in it.
    Logout,
    /// Exchange changes with the server.
    Sync(Sync),
    /// Create a record and print its id.
    Create(Create),
    /// Change fields of a record; an empty value empties the field.
    Set(Set),
    /// Do something to a record: win, qualify, deactivate, …
    Do(Do),
    /// List what can be done to a record now, and why the rest cannot.
    Available(Target),
    /// Show a record.
    Show(Show),
    /// List records.
    List(List),
    /// Show who changed what in a record, when and on which device.
    History(Target),
    /// Show what happened around a record and what is to happen: activities, notes, closings.
    Timeline(Timeline),
    /// Show the values that lost against a colleague's; take one, or let it go.
    Alternatives(Alternatives),
    /// Show what the server decided about this phone's work, and do what can be done about it.
    Inbox(Inbox),
    /// Show what is held until you decide, and decide.
    Review(Review),
    /// Show what this phone held when the office was put back from a backup, and nobody has brought back yet.
    Aside,
    /// Say what the office would decide about an action, if nothing else has happened there.
    Forecast(Forecast),
    /// Show who is signed in and what waits to be sent.
    Status,
    /// Delete a record.
    Delete(Target),
    /// Attach a file to a note or to sales literature and print the attachment's id.
    Attach(Attach),
    /// Copy the file of an attachment out of the book; fetches it first where it is not held.
    Fetch(Fetch),
    /// Add, change or remove a line of an opportunity, an item of a price list or a member of a team.
    #[command(subcommand)]
    Line(Line),
    /// Show every step of the prices of an opportunity, quote, order or invoice.
    Price(Target),
    /// Show what goes with a product, or with the lines of an opportunity, quote, order or invoice.
    Suggest(Target),
    /// Show the records that may be the same person or company.
    Duplicates(Target),
    /// Sum up the records.
    #[command(subcommand)]
    Report(Report),
    /// Show how far the open goals have come, or one goal: an estimate from what this phone holds.
    Goal(Goal),
    /// Import accounts.csv, products.csv, sales_pipeline.csv and sales_teams.csv from a folder.
    Import(Import),
    /// Export or import units, products, price lists, discounts and currencies; for administrators.
    #[command(subcommand)]
    Catalogue(Catalogue),
    /// List the record types with their fields and actions.
    Types(Types),
    /// Make the projection anew from the documents.
    Rebuild,
}

/// Arguments of `login`.
#[derive(Debug, Args)]
pub(crate) struct Login {
    /// The server's address, for example `https://crm.example.com`.
    #[arg(long, value_name = "URL")]
    pub(crate) server: String,
    /// The token the organisation gave you.
    #[arg(long, env = "FIELDBOOK_TOKEN", value_name = "TOKEN", hide_env_values = true)]
    pub(crate) token: String,
}

/// Arguments of `sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// Stay connected and print what happens, until interrupted.
    #[arg(long)]
    pub(crate) watch: bool,
}

/// A record type and a record of it.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The record type.
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// The record.
    #[arg(value_parser = record_id)]
    pub(crate) id: RecordId,
}

/// Arguments of `show`.
#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// Only what this field holds, for scripts; may be given several times.
    #[arg(long, value_name = "FIELD")]
    pub(crate) only: Vec<String>,
}

/// Arguments of `create`.
#[derive(Debug, Args)]
pub(crate) struct Create {
    /// The record type.
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// What its fields hold.
    #[arg(value_name = "FIELD=VALUE", value_parser = pair)]
    pub(crate) fields: Vec<(String, String)>,
}

/// Arguments of `set`.
#[derive(Debug, Args)]
pub(crate) struct Set {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// What its fields shall hold.
    #[arg(value_name = "FIELD=VALUE", value_parser = pair, required = true)]
    pub(crate) fields: Vec<(String, String)>,
}

/// Arguments of `do`.
#[derive(Debug, Args)]
pub(crate) struct Do {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// The action.
    pub(crate) action: String,
    /// What to say with it.
    #[arg(value_name = "ARG=VALUE", value_parser = pair)]
    pub(crate) arguments: Vec<(String, String)>,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// The record type.
    #[arg(value_name = "TYPE")]
    pub(crate) kind: String,
    /// Only records whose field holds this; may be given several times.
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = pair)]
    pub(crate) filters: Vec<(String, String)>,
    /// Sort by this field; -FIELD sorts descending.
    #[arg(long, value_name = "FIELD", allow_hyphen_values = true)]
    pub(crate) sort: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Leave out so many first.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) offset: usize,
    /// Only what this field holds, one record a line, for scripts; may be given several times.
    #[arg(long, value_name = "FIELD")]
    pub(crate) only: Vec<String>,
}

/// Arguments of `attach`.
#[derive(Debug, Args)]
pub(crate) struct Attach {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// The file; it is copied into the book.
    pub(crate) file: PathBuf,
    /// What it shows, in a few words.
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// Who made it.
    #[arg(long)]
    pub(crate) author: Option<String>,
    /// What it says.
    #[arg(long)]
    pub(crate) summary: Option<String>,
    /// What kind of file it is, for example `application/pdf`.
    #[arg(long, value_name = "TYPE")]
    pub(crate) media_type: Option<String>,
}

/// Arguments of `fetch`.
#[derive(Debug, Args)]
pub(crate) struct Fetch {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// The attachment.
    #[arg(value_parser = record_id)]
    pub(crate) attachment: RecordId,
    /// Where to write it; else beside you, under the name it has, where no file has that name yet.
    #[arg(long, value_name = "PATH")]
    pub(crate) to: Option<PathBuf>,
}

/// Arguments of `timeline`. A plain day as an end means the whole day.
#[derive(Debug, Args)]
pub(crate) struct Timeline {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// Only this: a type such as phone_call, or activity, note, closing, post; may be given several times.
    #[arg(long = "kind", value_name = "KIND")]
    pub(crate) kinds: Vec<String>,
    /// Only what is active, overdue or closed.
    #[arg(long, value_enum)]
    pub(crate) status: Option<Standing>,
    /// Only what is in its state for this reason.
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Only what is due from this day or moment on.
    #[arg(long, value_name = "WHEN", value_parser = start)]
    pub(crate) due_from: Option<Timestamp>,
    /// Only what is due until this day, or before this moment.
    #[arg(long, value_name = "WHEN", value_parser = end)]
    pub(crate) due_to: Option<Timestamp>,
    /// Only what was last changed from this day or moment on.
    #[arg(long, value_name = "WHEN", value_parser = start)]
    pub(crate) modified_from: Option<Timestamp>,
    /// Only what was last changed until this day, or before this moment.
    #[arg(long, value_name = "WHEN", value_parser = end)]
    pub(crate) modified_to: Option<Timestamp>,
    /// Oldest first; else newest.
    #[arg(long)]
    pub(crate) oldest_first: bool,
    /// Subsidiaries of a company too.
    #[arg(long)]
    pub(crate) subsidiaries: bool,
    /// At most so many, up to 50.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Go on after the page that ended with this.
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,
}

/// Where an item of a timeline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Standing {
    /// Open or scheduled.
    Active,
    /// Active, and past its due moment.
    Overdue,
    /// Completed or canceled, won or lost.
    Closed,
}

/// What can be done to the lines of a record.
#[derive(Debug, Subcommand)]
pub(crate) enum Line {
    /// Add a line and print its id.
    Add {
        /// The record.
        #[command(flatten)]
        target: Target,
        /// What the line's fields hold; property.NAME=VALUE says a property of its product.
        #[arg(value_name = "FIELD=VALUE", value_parser = pair, required = true)]
        fields: Vec<(String, String)>,
    },
    /// Change fields of a line; an empty value empties the field.
    Set {
        /// The record.
        #[command(flatten)]
        target: Target,
        /// The line.
        #[arg(value_parser = record_id)]
        line: RecordId,
        /// What the line's fields shall hold; property.NAME=VALUE says a property of its product.
        #[arg(value_name = "FIELD=VALUE", value_parser = pair, required = true)]
        fields: Vec<(String, String)>,
    },
    /// Remove a line.
    Remove {
        /// The record.
        #[command(flatten)]
        target: Target,
        /// The line.
        #[arg(value_parser = record_id)]
        line: RecordId,
    },
}

/// Arguments of `goal`.
#[derive(Debug, Args)]
pub(crate) struct Goal {
    /// Only this goal, whatever its state.
    #[arg(value_name = "ID", value_parser = record_id)]
    pub(crate) id: Option<RecordId>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The folder that holds the four files.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

/// Arguments of `types`.
#[derive(Debug, Args)]
pub(crate) struct Types {
    /// Only this record type, in detail.
    #[arg(value_name = "TYPE")]
    pub(crate) kind: Option<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("it is written field=value".to_owned()),
    }
}

fn record_id(text: &str) -> Result<RecordId, String> {
    text.parse().map_err(|_| "an id is written 0192a3f0-0000-7000-8000-000000000000".to_owned())
}

fn start(text: &str) -> Result<Timestamp, String> {
    time::parse(text).ok_or_else(|| "it is written 2026-11-23 or 2026-11-23T09:30:00Z".to_owned())
}

/// A plain day ends when the next one begins.
fn end(text: &str) -> Result<Timestamp, String> {
    let whole_day = u64::from(time::parse_date(text).is_some());
    let at = start(text)?;
    Ok(at.checked_add_days(Days::new(whole_day)).unwrap_or(at))
}
