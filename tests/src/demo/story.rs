//! Two phones without a network, and what comes of it.

use super::office::Office;
use super::words::{heading, say};
use super::{Person, fields};
use crate::seed::Planted;
use anyhow::{Context, Result};
use fieldbook_domain::ids::RecordId;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tokio::runtime::Runtime;

/// The records the two collide on.
pub(super) struct Stage {
    account: RecordId,
    lead: RecordId,
    sale: RecordId,
    one: RecordId,
    other: RecordId,
}

impl Stage {
    /// Picks untouched records: still open, and accounts without a parent.
    pub(super) fn choose(planted: &[Planted]) -> Result<Stage> {
        let open = |kind: &'static str| {
            planted.iter().find(|planted| planted.kind == kind && planted.action.is_none()).map(|planted| planted.id)
        };
        let roots = planted.iter().filter(|planted| planted.kind == "account" && !planted.fields.contains_key("parent_account"));
        let mut roots = roots.map(|planted| planted.id).skip(1);
        Ok(Stage {
            account: open("account").context("an account")?,
            lead: open("lead").context("a lead")?,
            sale: open("opportunity").context("an opportunity")?,
            one: roots.next().context("an account")?,
            other: roots.next().context("another account")?,
        })
    }
}

/// Both work without a network; neither sees what the other does.
pub(super) fn offline(stage: &Stage, ada: &Person, ben: &Person) -> Result<()> {
    heading("Both drive out of reach, and work");
    let name = title(ada, "account", stage.account, "name")?;
    edit(ada, stage.account, &[("city", Value::from("Trondheim")), ("phone", Value::from("+47 11 11 11 11"))])?;
    edit(ben, stage.account, &[("website", Value::from("https://example.com")), ("phone", Value::from("+47 22 22 22 22"))])?;
    say(&format!("Ada corrects city and telephone of {name}; Ben its website, and the telephone too."));

    let topic = title(ada, "lead", stage.lead, "topic")?;
    ada.book.act("lead", stage.lead, "qualify", Map::new())?;
    ben.book.act("lead", stage.lead, "qualify", Map::new())?;
    say(&format!("Both qualify the lead \"{topic}\"."));

    let topic = title(ada, "opportunity", stage.sale, "topic")?;
    ada.book.act("opportunity", stage.sale, "win", fields(&[("description", Value::from("Signed on site"))]))?;
    ben.book.act(
        "opportunity",
        stage.sale,
        "lose",
        fields(&[("reason", Value::from("canceled")), ("description", Value::from("Nobody answers"))]),
    )?;
    say(&format!("Ada wins \"{topic}\" on site; Ben gives the same one up as lost."));

    let (one, other) = (title(ada, "account", stage.one, "name")?, title(ada, "account", stage.other, "name")?);
    edit(ada, stage.one, &[("parent_account", Value::from(stage.other.to_string()))])?;
    edit(ben, stage.other, &[("parent_account", Value::from(stage.one.to_string()))])?;
    say(&format!("Ada makes {one} a part of {other}; Ben makes {other} a part of {one}."));
    for person in [ada, ben] {
        say(&format!("{}'s phone: {} changes wait for the office.", person.name, person.book.status()?.pending));
    }
    Ok(())
}

/// Both phones come back; tells what merged, what was decided and who was told.
pub(super) fn back_online(stage: &Stage, runtime: &Runtime, office: &Office, people: &[Person; 4]) -> Result<()> {
    heading("Both come back");
    let [ada, ben, ..] = people;
    for person in [ada, ben, ada] {
        let report = runtime.block_on(person.book.sync()).with_context(|| format!("{}'s sync", person.name))?;
        say(&format!(
            "{} syncs: {} sent, {} records received, {} round trip(s), {} bytes up, {} down.",
            person.name, report.pushed, report.pulled_records, report.round_trips, report.bytes_up, report.bytes_down
        ));
    }
    heading("What merged");
    let account = ada.book.get("account", stage.account)?;
    let shown = |field: &str| account.get(field).and_then(Value::as_str).unwrap_or("nothing").to_owned();
    say(&format!(
        "{}: city {} (Ada's), website {} (Ben's), telephone {}.",
        shown("name"),
        shown("city"),
        shown("website"),
        shown("phone")
    ));
    let sale = stage.lead.derived("opportunity");
    say(&format!(
        "The lead is {} and has one opportunity: \"{}\".",
        state(ada, "lead", stage.lead)?,
        title(ben, "opportunity", sale, "topic")?
    ));
    say(&format!("The contested opportunity is {} on both phones.", state(ben, "opportunity", stage.sale)?));

    heading("What the office decided, and who was told");
    let names: BTreeMap<RecordId, &str> = people.iter().map(|person| (person.id, person.name)).collect();
    for decision in office.decisions()? {
        let told: Vec<&str> = decision.told.iter().map(|user| names.get(user).copied().unwrap_or("somebody")).collect();
        say(&format!("[{} v{}, {}] {}", decision.rule, decision.version, decision.outcome.name(), decision.message));
        say(&format!("    told: {}", told.join(", ")));
    }
    for person in [ada, ben] {
        say(&format!("{}'s inbox holds {} decision(s).", person.name, person.book.inbox()?.len()));
    }
    Ok(())
}

fn edit(person: &Person, account: RecordId, changed: &[(&str, Value)]) -> Result<()> {
    let was = person.book.get("account", account)?;
    let mut now = was.clone();
    now.extend(fields(changed));
    Ok(person.book.save("account", account, &was, &now)?)
}

fn title(person: &Person, kind: &str, id: RecordId, field: &str) -> Result<String> {
    let body = person.book.get(kind, id)?;
    Ok(body.get(field).and_then(Value::as_str).unwrap_or("").to_owned())
}

fn state(person: &Person, kind: &str, id: RecordId) -> Result<String> {
    title(person, kind, id, "state")
}
