//! Documentation out of the tables: `docs/records.md`, `docs/lifecycles.md` and `docs/invariants.md`.

use crate::constraint::RULE;
use crate::field::{Field, Kind};
use crate::invariant::{RULES, Scope};
use crate::judge::HOLDS;
use crate::lifecycle::{Conversion, Effect, Fill, Lifecycle, Move, Reason};
use crate::permission::RIGHTS;
use crate::record::{RECORD_TYPES, RecordType};
use std::fmt::Write as _;

const GENERATED: &str = "<!-- Generated from the tables in sdk/domain; change those and run `make docs`. -->\n";

/// Every record type with its fields: `docs/records.md`.
#[must_use]
pub fn records() -> String {
    let mut page = format!("# Records\n\n{GENERATED}\n");
    page.push_str("A record is one document. *Freezes*: F0 always open, F1 descriptive, F2 commercial, F3 derived or stamped by the\noffice (`domain` never lets a phone write it). *Material* fields tell both authors and the owner when two people collide.\n");
    for kind in RECORD_TYPES {
        let _ = write!(page, "\n## {}\n\n{} Written by {}.\n\n", kind.name, sentence(kind.doc), kind.access.describe());
        fields_table(&mut page, kind.fields);
        for collection in kind.collections {
            let _ = write!(page, "\n### {}.{}\n\n{}\n\n", kind.name, collection.name, sentence(collection.doc));
            fields_table(&mut page, collection.fields);
        }
        constraints(&mut page, kind);
    }
    page
}

fn constraints(page: &mut String, kind: &RecordType) {
    if kind.constraints.is_empty() {
        return;
    }
    page.push_str("\nMust hold:\n\n");
    for constraint in kind.constraints {
        let rule = if constraint.rule == RULE { String::new() } else { format!(", {}", constraint.rule) };
        let _ = writeln!(page, "- {} (`{}`{rule})", constraint.says, constraint.name);
    }
}

fn fields_table(page: &mut String, fields: &[Field]) {
    page.push_str("| field | holds | freezes | meaning |\n|---|---|---|---|\n");
    for field in fields {
        let mut holds = holds(field);
        for (flag, word) in [
            (field.required, "required"),
            (field.material, "material"),
            (field.past, "not in the future"),
            (field.computed, "worked out"),
        ] {
            if flag {
                let _ = write!(holds, ", {word}");
            }
        }
        if let Some(rule) = field.rule {
            let _ = write!(holds, "; refused ({}) where it {}", rule.code, rule.otherwise);
        }
        let _ = writeln!(page, "| `{}` | {holds} | {} | {} |", field.name, field.freeze.code(), sentence(field.doc));
    }
}

fn holds(field: &Field) -> String {
    match field.kind {
        Kind::Text { max } => format!("text, at most {max}"),
        Kind::LongText { max } => format!("long text merged letter by letter, at most {max}"),
        Kind::Email => "e-mail address".to_owned(),
        Kind::Phone => "telephone number".to_owned(),
        Kind::Url => "web address".to_owned(),
        Kind::Bool => "yes or no".to_owned(),
        Kind::Integer { min, max } => format!("whole number, {min} to {max}"),
        Kind::Decimal { scale } => format!("decimal, {scale} places"),
        Kind::Signed { scale } => format!("decimal of either sign, {scale} places"),
        Kind::Percent { max } => format!("percentage up to {max}"),
        Kind::Date => "day".to_owned(),
        Kind::Time => "moment".to_owned(),
        Kind::Choice(words) => format!("one of {}", words.join(", ")),
        Kind::Ref(types) => format!("reference to {}", types.join(" or ")),
        Kind::Line => "a line, by its id".to_owned(),
        Kind::Blob => "content of a file, by its SHA-256".to_owned(),
        Kind::Compound(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| format!("`{}` {}", part.name, holds(part))).collect();
            format!("together: {}", parts.join("; "))
        }
    }
}

/// Every lifecycle as a drawing and a table: `docs/lifecycles.md`.
#[must_use]
pub fn lifecycles() -> String {
    let mut page = format!("# Lifecycles\n\n{GENERATED}\n");
    page.push_str("State is never typed: people perform actions, and the state is a fold over them. Every record can also be deleted by the\nrole named below; an edit that did not see the deletion brings it back (INV-07). What is done at the office needs a\nconnection: a phone without one says so and queues nothing.\n");
    rights(&mut page);
    for kind in RECORD_TYPES {
        lifecycle(&mut page, kind);
    }
    page
}

/// The roles, and what each may do.
fn rights(page: &mut String) {
    page.push_str("\n## Rights\n\n| who | are |\n|---|---|\n");
    for right in RIGHTS {
        let roles: Vec<&str> = right.roles.iter().map(|role| role.name()).collect();
        let _ = writeln!(page, "| {} | {} |", right.name, roles.join(", "));
    }
}

fn who(row: &Move) -> String {
    match row.proposed_by {
        Some(proposer) => format!("{}; proposed by {}", row.who.name(), proposer.name()),
        None => row.who.name().to_owned(),
    }
}

fn lifecycle(page: &mut String, kind: &RecordType) {
    let lifecycle = kind.lifecycle;
    let _ = write!(page, "\n## {}\n\nDeleted by: {}.\n", kind.name, lifecycle.delete.describe());
    diagram(page, lifecycle);
    for state in lifecycle.states {
        let frozen = if state.frozen { ", frozen" } else { "" };
        let _ = writeln!(page, "- **{}**{frozen}: {}", state.name, state.reasons.join(", "));
    }
    if lifecycle.moves.is_empty() {
        return;
    }
    page.push_str("\n| action | from | to | who | where | needs | then |\n|---|---|---|---|---|---|---|\n");
    for row in lifecycle.moves {
        let needs: Vec<&str> = row.needs.iter().map(|guard| guard.name).collect();
        let then: Vec<String> = row.then.iter().map(effect).collect();
        let (to, who, place) = (destination(row), who(row), if row.office { "office" } else { "phone" });
        let (needs, then) = (needs.join("; "), then.join("; "));
        let _ = writeln!(page, "| {} | {} | {to} | {who} | {place} | {needs} | {then} |", row.action, row.from);
    }
    for action in lifecycle.actions.iter().filter(|action| !action.args.is_empty()) {
        let _ = write!(page, "\n`{}` takes\n\n", action.name);
        for arg in action.args {
            let given = match arg.fill {
                Fill::Standing => "; kept by the office".to_owned(),
                Fill::Number { prefix, .. } => format!("; given by the office, from {prefix}000001 on"),
                Fill::Nothing
                | Fill::Today
                | Fill::Expected
                | Fill::Field(_)
                | Fill::Yes
                | Fill::Word(_)
                | Fill::Matching(..)
                | Fill::Account => String::new(),
            };
            let _ = writeln!(page, "- `{}`: {} ({}{given})", arg.field.name, sentence(arg.field.doc), holds(&arg.field));
        }
    }
}

fn diagram(page: &mut String, lifecycle: &Lifecycle) {
    let _ = write!(page, "\n```mermaid\nstateDiagram-v2\n    [*] --> {}\n", lifecycle.initial);
    for row in lifecycle.moves {
        let from = row.from.split('/').next().unwrap_or(row.from);
        let _ = writeln!(page, "    {from} --> {}: {}", row.to, row.action);
    }
    page.push_str("```\n\n");
}

fn destination(row: &Move) -> String {
    match row.reason {
        Reason::Is(reason) => format!("{}/{reason}", row.to),
        Reason::Given(arg) => format!("{}/(the {arg} given)", row.to),
        Reason::Same => format!("{}, as it is", row.to),
    }
}

fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Stamp(field, arg) => format!("sets {field} from {arg}"),
        Effect::AddMinutes(since, into) => format!("adds the minutes since {since} to {into}"),
        Effect::CountUp(field) => format!("counts {field} up"),
        Effect::StampTime(field) => format!("sets {field} to now"),
        Effect::Clear(field) => format!("empties {field}"),
        Effect::Flag(field, yes) => format!("sets {field} to {}", if *yes { "yes" } else { "no" }),
        Effect::Convert(conversion) => self::conversion(*conversion),
        Effect::Edit(field) => format!("edits {field}"),
        Effect::PartyAccounts(collection) => format!("notes the account of each of the {collection}"),
        Effect::HandOver => "gives it and what goes with it to the owner named".to_owned(),
        Effect::CreateCustomerRecords => "creates the opportunity, and the contact and account that are missing".to_owned(),
    }
}

fn conversion(conversion: Conversion) -> String {
    match conversion {
        Conversion::CreateQuote => "creates a draft quote with the lines".to_owned(),
        Conversion::CreateRevision => "creates the next revision as a draft".to_owned(),
        Conversion::CreateOrder => "creates the order with the lines, at these prices".to_owned(),
        Conversion::CreateInvoice => "creates a draft invoice of what is left to bill".to_owned(),
        Conversion::CopyLines(arg) => format!("adds the lines of the {arg}"),
        Conversion::Reprice => "takes the prices from the catalogue as it is now".to_owned(),
        Conversion::CompleteBilling => "says that the order is billed, where nothing of it is left".to_owned(),
        Conversion::ReopenBilling => "says that something of the order is left to bill again".to_owned(),
        Conversion::CloseOpportunity(verb) => {
            format!("chooses {verb} for the opportunity, where wanted and nothing else is open")
        }
        Conversion::Merge(arg) => format!("hands on to the record in {arg} what that one lacks"),
        Conversion::Below(verb) => format!("chooses {verb} for what belongs to it"),
        Conversion::Restore => "puts everything back as it was when it was last on sale".to_owned(),
        Conversion::CloseQuotes(reason) => {
            format!("closes the quotes that are left: drafts as canceled, active ones as {reason}")
        }
    }
}

/// Every implemented rule: `docs/invariants.md`.
#[must_use]
pub fn invariants() -> String {
    let mut page = format!("# Invariants\n\n{GENERATED}\n");
    page.push_str(
        "What the server enforces at every merge. Each decision stores the code and the version of the rule it followed.\n\n",
    );
    page.push_str("| rule | version | reaches | what must hold | what happens | who is told |\n|---|---|---|---|---|---|\n");
    for rule in RULES {
        let scope = match rule.scope {
            Scope::One => "one record",
            Scope::Across => "across records",
        };
        let _ = writeln!(
            page,
            "| {} | {} | {scope} | {} | {} | {} |",
            rule.code, rule.version, rule.rule, rule.resolution, rule.told
        );
    }
    settling(&mut page);
    page
}

/// What is asked about what is held, and in which order the office looks.
fn settling(page: &mut String) {
    page.push_str("\n## What waits for somebody's word\n\nWhat is held takes no effect until one of these is chosen: by somebody above its author or above whoever looks after the \
                   record, by the back office where it is theirs, by an administrator always.\n\n");
    page.push_str("| rule | question | who answers | answers |\n|---|---|---|---|\n");
    for holding in HOLDS {
        let answers: Vec<String> = holding.choices.iter().map(|choice| format!("`{}`: {}", choice.name, choice.says)).collect();
        let or = if holding.owner { ", or whoever looks after the sale" } else { "" };
        let _ = writeln!(page, "| {} | {} | {}{or} | {} |", holding.rule, holding.asks, holding.who.says(), answers.join(" "));
    }
    page.push_str("\n## In which order the office looks\n\nOne step is done for all of an intent before the next.\n\n");
    page.push_str("| step | why it comes there | what it is about |\n|---|---|---|\n");
    for (step, (why, about)) in crate::judge::in_words().enumerate() {
        let _ = writeln!(page, "| {step} | {why} | {} |", about.join("; "));
    }
}

fn sentence(doc: &str) -> &str {
    doc.trim()
}
