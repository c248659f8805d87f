//! What happened in an organisation, as lines for people or JSON for programs.

use clap::Args;
use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::judge::Decision;
use fieldbook_server::audit::{AuditFilter, Event, Note, Person};

use super::{Place, open, say, spell};

#[derive(Debug, Args)]
pub(super) struct AuditCommand {
    #[command(flatten)]
    place: Place,
    /// About one record only: TYPE:ID.
    #[arg(long)]
    record: Option<RecordRef>,
    /// Somebody's work, and what they were told: id, e-mail address or name.
    #[arg(long)]
    user: Option<String>,
    /// By one rule only, for example INV-25.
    #[arg(long)]
    rule: Option<String>,
    /// The last so many days only.
    #[arg(long)]
    days: Option<u32>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

impl AuditCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let app = open(&self.place.data)?;
        let org = app.find_org(&self.place.org)?;
        let user = self.user.as_deref().map(|user| app.find_user(org, user)).transpose()?;
        let since_ms = self.days.map(|days| app.days_ago_ms(days));
        let filter = AuditFilter { record: self.record, user, rule: self.rule, since_ms };
        for event in app.audit(org, &filter)? {
            if self.json {
                say(serde_json::to_string(&event)?)?;
                continue;
            }
            match &event {
                Event::Decision { by, told_to, decision } => say(decided(by, told_to, decision))?,
                Event::Note { by, note } => say(noted(by, note))?,
            }
        }
        Ok(())
    }
}

fn decided(by: &Person, told_to: &[Person], decision: &Decision) -> String {
    let told: Vec<String> = told_to.iter().map(named).collect();
    let changes = [("won", &decision.winner), ("lost", &decision.loser)].into_iter().filter(|(_, hash)| !hash.is_empty());
    let changes: String = changes.map(|(what, hash)| format!(" {what} {hash}")).collect();
    format!(
        "{} {} v{} {} {} by {} told {}{changes}: {}",
        spell(decision.at_ms),
        decision.rule,
        decision.version,
        decision.outcome.name(),
        decision.record,
        named(by),
        told.join(", "),
        decision.message.escape_debug(),
    )
}

fn noted(by: &Person, note: &Note) -> String {
    let detail = if note.detail.is_empty() { String::new() } else { format!(": {}", note.detail.escape_debug()) };
    format!("{} {} {} device {}{detail}", spell(note.at_ms), note.what, named(by), note.device)
}

/// The name, or the id of somebody without one.
fn named(person: &Person) -> String {
    if person.name.is_empty() { person.id.to_string() } else { person.name.escape_debug().to_string() }
}
