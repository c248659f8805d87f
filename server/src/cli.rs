//! The command line: serving, and what an administrator of the server does.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use fieldbook_domain::permission::Role;
use fieldbook_domain::time;
use fieldbook_server::app::App;
use fieldbook_server::clock::SystemClock;
use fieldbook_server::org::provision::NewUser;
use fieldbook_server::{http, mail};
use tokio::net::TcpListener;

/// How far goals may lag behind what happened.
const COUNT_EVERY: Duration = Duration::from_secs(60);

mod audit;
mod device;
mod quarantine;
mod replay;

/// The central sync server of Fieldbook.
#[derive(Debug, Parser)]
#[command(name = "fieldbook-server", version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves devices until it is told to stop.
    Serve {
        /// The directory everything is kept in; it is made if need be.
        #[arg(long, env = "FIELDBOOK_DATA")]
        data: PathBuf,
        /// Where to listen; port 0 takes any free one.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: String,
        /// The program that sends e-mails, called as sendmail is; without it they wait.
        #[arg(long, env = "FIELDBOOK_SENDMAIL")]
        sendmail: Option<String>,
    },
    /// Organisations.
    #[command(subcommand)]
    Org(OrgCommand),
    /// Users.
    #[command(subcommand)]
    User(UserCommand),
    /// Prints a token by which a user may sign in.
    Token {
        #[command(flatten)]
        place: Place,
        /// The user: id, e-mail address or name.
        #[arg(long)]
        user: String,
        /// How long it is good.
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
    /// Judges every stored record again; exits with 1 if anything is broken.
    Check {
        /// The data directory.
        #[arg(long, env = "FIELDBOOK_DATA")]
        data: PathBuf,
        /// One organisation only: id or name.
        #[arg(long)]
        org: Option<String>,
    },
    /// Intents that were refused.
    #[command(subcommand)]
    Quarantine(quarantine::QuarantineCommand),
    /// Devices: which there are, and shutting out a lost one.
    #[command(subcommand)]
    Device(device::DeviceCommand),
    /// Prints what happened, oldest first: every decision, and what was noted of devices and refused work.
    Audit(audit::AuditCommand),
    /// Judges the past again under the rules of this program, in a copy; exits with 1 if a decision would be different.
    Replay(replay::ReplayCommand),
}

#[derive(Debug, Subcommand)]
enum OrgCommand {
    /// Makes an organisation and prints its id.
    Create {
        /// The data directory.
        #[arg(long, env = "FIELDBOOK_DATA")]
        data: PathBuf,
        /// Its name.
        name: String,
    },
    /// Says that an organisation's database was put back from a backup: the devices bring back what it lacks. Mostly the server finds
    /// that out itself.
    Restored {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Enters somebody, or brings somebody who is there up to date; prints their id.
    Add(Box<AddUser>),
}

#[derive(Debug, Args)]
struct Place {
    /// The data directory.
    #[arg(long, env = "FIELDBOOK_DATA")]
    data: PathBuf,
    /// The organisation: id or name.
    #[arg(long)]
    org: String,
}

#[derive(Debug, Args)]
struct AddUser {
    #[command(flatten)]
    place: Place,
    /// What they are called.
    #[arg(long)]
    name: String,
    /// Their e-mail address, by which they are found again.
    #[arg(long)]
    email: Option<String>,
    /// What they may do: rep, manager, admin or finance.
    #[arg(long, value_parser = role)]
    role: Role,
    /// The name of their team; it is made if need be.
    #[arg(long)]
    team: Option<String>,
    /// The name of their territory; it is made if need be.
    #[arg(long)]
    territory: Option<String>,
    /// Who they report to: id, e-mail address or name.
    #[arg(long)]
    manager: Option<String>,
}

fn role(name: &str) -> Result<Role, String> {
    Role::parse(name).ok_or_else(|| format!("a role is one of {}", Role::NAMES.join(", ")))
}

impl Cli {
    /// Does what was asked.
    pub(crate) async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve { data, listen, sendmail } => serve(&data, &listen, sendmail, stop).await?,
            Command::Org(OrgCommand::Create { data, name }) => say(open(&data)?.create_org(&name)?)?,
            Command::Org(OrgCommand::Restored { place }) => {
                let app = open(&place.data)?;
                app.restored(app.find_org(&place.org)?)?;
                say("the devices bring back what this database lacks as they come")?;
            }
            Command::User(UserCommand::Add(user)) => add_user(*user)?,
            Command::Token { place, user, days } => {
                let app = open(&place.data)?;
                let org = app.find_org(&place.org)?;
                say(app.token(org, app.find_user(org, &user)?, days)?)?;
            }
            Command::Check { data, org } => return check(&data, org.as_deref()),
            Command::Quarantine(command) => return command.run(),
            Command::Device(command) => command.run()?,
            Command::Audit(command) => command.run()?,
            Command::Replay(command) => return command.run(),
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn serve(
    data: &Path,
    listen: &str,
    sendmail: Option<String>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let app = open(data)?;
    for org in app.orgs()? {
        app.org_metrics(org.id).with_context(|| format!("cannot open the organisation {}", org.id))?;
    }
    tokio::spawn(count_goals(app.clone()));
    if let Some(program) = sendmail {
        tokio::spawn(mail::send_all(app.clone(), program));
    }
    let listener = TcpListener::bind(listen).await.with_context(|| format!("cannot listen on {listen}"))?;
    say(format!("listening on http://{}", listener.local_addr()?))?;
    http::serve(listener, app, stop).await;
    Ok(())
}

/// Counts the goals of every organisation while the server runs; where nothing happened that is nothing to do.
async fn count_goals(app: App) {
    let mut turns = tokio::time::interval(COUNT_EVERY);
    loop {
        turns.tick().await;
        for org in app.orgs().unwrap_or_default() {
            let counting = app.clone();
            let done = tokio::task::spawn_blocking(move || counting.roll_up_goals(org.id)).await;
            if !matches!(done, Ok(Ok(_))) {
                tracing::warn!(org = %org.id, "cannot count the goals");
            }
        }
    }
}

fn add_user(user: AddUser) -> anyhow::Result<()> {
    let app = open(&user.place.data)?;
    let org = app.find_org(&user.place.org)?;
    let AddUser { name, email, role, team, territory, manager, .. } = user;
    say(app.add_user(org, &NewUser { name, email, role, team, territory, manager })?)
}

fn check(data: &Path, org: Option<&str>) -> anyhow::Result<ExitCode> {
    let app = open(data)?;
    let all = match org {
        Some(org) => vec![app.find_org(org)?],
        None => app.orgs()?.into_iter().map(|org| org.id).collect(),
    };
    let (mut records, mut changes, mut broken) = (0_u64, 0_u64, 0_usize);
    for org in all {
        let report = app.check(org)?;
        for found in &report.broken {
            say(format!("{} {} {}", found.record, found.rule, found.message))?;
        }
        records = records.saturating_add(report.records);
        changes = changes.saturating_add(report.changes);
        broken = broken.saturating_add(report.broken.len());
    }
    say(format!("{records} records, {changes} changes, {broken} broken"))?;
    Ok(if broken == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn open(data: &Path) -> anyhow::Result<App> {
    App::open(data, Arc::new(SystemClock)).with_context(|| format!("cannot open the data directory {}", data.display()))
}

/// A moment as people read it.
fn spell(at_ms: i64) -> String {
    time::spell(time::from_ms(at_ms))
}

fn say(line: impl std::fmt::Display) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
