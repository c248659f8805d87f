//! The verbs, one in each file, and what they share: the open book and the record type a word names.

use crate::args::{Cli, Command};
use crate::failure::Failure;
use crate::key;
use crate::output::Answer;
use fieldbook_device::{Book, Host};
use fieldbook_domain::record::{self, RECORD_TYPES, RecordType};
use std::path::PathBuf;
use tokio::runtime::{Builder, Runtime};

mod act;
mod alternatives;
mod aside;
mod attach;
mod available;
mod catalogue;
mod create;
mod delete;
mod duplicates;
mod fetch;
mod forecast;
mod goal;
mod history;
mod import;
mod inbox;
mod line;
mod list;
mod login;
mod logout;
mod price;
mod rebuild;
mod record_types;
mod report;
mod review;
mod set;
mod show;
mod status;
mod suggest;
mod sync;
mod timeline;

/// A phone: its book, and how it answers.
pub(crate) struct Phone {
    /// The book.
    pub(crate) book: Book,
    /// The clock and the source of ids.
    pub(crate) host: Host,
    /// The book's file.
    pub(crate) path: PathBuf,
    /// Whether it answers in JSON.
    pub(crate) json: bool,
}

/// Does what the command line says.
pub(crate) fn run(cli: Cli) -> Result<Answer, Failure> {
    if let Command::Types(args) = &cli.command {
        return record_types::run(args);
    }
    let phone = Phone::open(&cli)?;
    match cli.command {
        Command::Login(args) => login::run(&phone, &args),
        Command::Logout => logout::run(&phone),
        Command::Sync(args) => sync::run(&phone, &args),
        Command::Create(args) => create::run(&phone, &args),
        Command::Set(args) => set::run(&phone, &args),
        Command::Do(args) => act::run(&phone, &args),
        Command::Available(target) => available::run(&phone, &target),
        Command::Show(args) => show::run(&phone, &args),
        Command::List(args) => list::run(&phone, args),
        Command::History(target) => history::run(&phone, &target),
        Command::Timeline(args) => timeline::run(&phone, args),
        Command::Alternatives(args) => alternatives::run(&phone, &args),
        Command::Inbox(args) => inbox::run(&phone, &args),
        Command::Review(args) => review::run(&phone, &args),
        Command::Aside => aside::run(&phone),
        Command::Forecast(args) => forecast::run(&phone, &args),
        Command::Status => status::run(&phone),
        Command::Delete(target) => delete::run(&phone, &target),
        Command::Attach(args) => attach::run(&phone, &args),
        Command::Fetch(args) => fetch::run(&phone, &args),
        Command::Line(args) => line::run(&phone, &args),
        Command::Price(target) => price::run(&phone, &target),
        Command::Suggest(target) => suggest::run(&phone, &target),
        Command::Duplicates(target) => duplicates::run(&phone, &target),
        Command::Report(args) => report::run(&phone, &args),
        Command::Goal(args) => goal::run(&phone, &args),
        Command::Import(args) => import::run(&phone, &args),
        Command::Catalogue(args) => catalogue::run(&phone, &args),
        Command::Types(args) => record_types::run(&args),
        Command::Rebuild => rebuild::run(&phone),
    }
}

/// The record type of this name.
pub(crate) fn record_type(name: &str) -> Result<&'static RecordType, Failure> {
    record::find(name).ok_or_else(|| {
        let names: Vec<&str> = RECORD_TYPES.iter().map(|kind| kind.name).collect();
        Failure::refused("record.unknown_type", format!("there is no record type {name}; there are {}", names.join(", ")))
    })
}

/// What waits for the network runs on this.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread().enable_all().build().map_err(|error| Failure::broken("runtime", error.to_string()))
}

/// Refuses a name given twice: one of its values would be lost.
pub(crate) fn each_once(pairs: &[(String, String)]) -> Result<(), Failure> {
    for (place, (name, _)) in pairs.iter().enumerate() {
        if pairs.iter().skip(place + 1).any(|(other, _)| other == name) {
            let message = format!("{name} is given twice");
            return Err(Failure { field: Some(name.clone()), ..Failure::refused("field.twice", message) });
        }
    }
    Ok(())
}

impl Phone {
    fn open(cli: &Cli) -> Result<Phone, Failure> {
        let path: &PathBuf =
            cli.book.as_ref().ok_or_else(|| Failure::refused("usage", "which book? give --book FILE, or set FIELDBOOK_BOOK"))?;
        let named_after = path.file_stem().map(|name| name.to_string_lossy().into_owned());
        let name = cli.device.clone().or(named_after).unwrap_or_else(|| "terminal".to_owned());
        let host = Host::real(&name);
        let book = match &cli.key_file {
            Some(file) => Book::open_encrypted(path, host.clone(), &key::read(file)?)?,
            None => Book::open(path, host.clone())?,
        };
        Ok(Phone { book, host, path: path.clone(), json: cli.json })
    }
}
