//! Judging the past again, and saying what would be different.

use std::process::ExitCode;

use clap::Args;
use fieldbook_server::org::replay::{Difference, Differs, ReplayReport};

use serde_json::Value;

use super::{Place, open, say, spell};

#[derive(Debug, Args)]
pub(super) struct ReplayCommand {
    #[command(flatten)]
    place: Place,
    /// How far back to compare; everything before is only laid down.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Sums up by rule.
    #[arg(long)]
    rules: bool,
    /// Everything as one JSON object.
    #[arg(long)]
    json: bool,
}

impl ReplayCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let app = open(&self.place.data)?;
        let report = app.replay(app.find_org(&self.place.org)?, app.days_ago_ms(self.days))?;
        if self.json {
            say(serde_json::to_string(&report)?)?;
        } else {
            report.differences.iter().try_for_each(|difference| say(told(difference)))?;
            if self.rules {
                by_rule(&report)?;
            }
            say(summed_up(&report))?;
        }
        Ok(if report.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn told(difference: &Difference) -> String {
    let (rule, fields) = (spaced(&difference.rule), spaced(&difference.fields.join(",")));
    let (then, now) = (&difference.then, &difference.now);
    let what = match difference.differs {
        Differs::New => format!("would be: {}", field(now, "message")),
        Differs::Gone => format!("was: {}", field(then, "message")),
        Differs::Changed => {
            let pair = |name: &String| format!("{name} {} -> {}", field(then, name), field(now, name));
            difference.fields.iter().map(pair).collect::<Vec<_>>().join(", ")
        }
        Differs::Changes | Differs::Answer | Differs::Refused => format!("{then} -> {now}"),
        Differs::Unanswered => "no answer is recorded".to_owned(),
    };
    let (at, name, seq, record) = (spell(difference.at_ms), difference.differs.name(), difference.seq, &difference.record);
    format!("{at} {name}{rule}{fields} {record} intent {} at {seq}: {what}", difference.intent)
}

fn field<'v>(decision: &'v Value, name: &str) -> &'v Value {
    decision.get(name).unwrap_or(&Value::Null)
}

fn spaced(word: &str) -> String {
    if word.is_empty() { String::new() } else { format!(" {word}") }
}

fn by_rule(report: &ReplayReport) -> anyhow::Result<()> {
    for (code, count) in &report.rules {
        let versions: Vec<String> = count.versions.iter().map(ToString::to_string).collect();
        let now = fieldbook_domain::invariant::version(code);
        let (versions, then, again, differ) = (versions.join(","), count.then, count.now, count.differ);
        say(format!("{code} recorded v{versions}, now v{now}: {then} then, {again} now, {differ} differ"))?;
    }
    Ok(())
}

fn summed_up(report: &ReplayReport) -> String {
    let mut line = format!(
        "{} intents judged again, {} decisions, {} changes of the server equal byte for byte, {} done by the office, {} differ",
        report.intents,
        report.decisions,
        report.changes,
        report.as_it_was,
        report.differences.len()
    );
    if report.inexact > 0 {
        line.push_str(&format!("; when {} were judged was not kept and is a guess", report.inexact));
    }
    line
}
