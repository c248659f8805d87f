//! What is counted while the server runs, and the text a monitoring system reads.

use std::collections::BTreeMap;
use std::fmt::Write;

use fieldbook_domain::judge::Decision;
use fieldbook_sync::message::{Answer, Forecast};

use crate::admit::Merged;
use crate::app::OrgMetrics;

/// What one organisation's thread counted; what a transaction counted is added when it is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// By rule and outcome.
    decisions: BTreeMap<(String, &'static str), u64>,
    /// By whether the phone was right, and whether the office had moved on before the work arrived.
    forecasts: BTreeMap<(bool, bool), u64>,
    /// Records looked at to count goals.
    pub(crate) goal_records: u64,
    /// Circles of those who read only a part that were worked out.
    pub(crate) circles: u64,
}

impl Tally {
    /// Counts a decision.
    pub(crate) fn decided(&mut self, decision: &Decision) {
        let count = self.decisions.entry((decision.rule.clone(), decision.outcome.name())).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts whether a phone was right about work that was merged.
    pub(crate) fn foreseen(&mut self, forecast: &Forecast, answer: &Answer, merged: &[Merged]) {
        let moved = merged.iter().any(|part| part.before.doc.get_heads().iter().any(|head| !part.seen.contains(head)));
        let count = self.forecasts.entry((forecast.agrees_with(answer), moved)).or_default();
        *count = count.saturating_add(1);
    }

    /// Counts the records that were looked at to count goals.
    pub(crate) fn counted(&mut self, records: usize) {
        self.goal_records = self.goal_records.saturating_add(u64::try_from(records).unwrap_or(u64::MAX));
    }

    /// Adds what was counted elsewhere.
    pub(crate) fn add(&mut self, other: Tally) {
        for (key, more) in other.decisions {
            let count = self.decisions.entry(key).or_default();
            *count = count.saturating_add(more);
        }
        for (key, more) in other.forecasts {
            let count = self.forecasts.entry(key).or_default();
            *count = count.saturating_add(more);
        }
        self.goal_records = self.goal_records.saturating_add(other.goal_records);
        self.circles = self.circles.saturating_add(other.circles);
    }
}

/// Everything there is to measure, in the text format of Prometheus.
pub(crate) fn text(rows: &OrgMetrics, tally: &Tally) -> String {
    let mut text = String::new();
    let gauges = [
        ("records", "Records, deleted ones included.", rows.records),
        ("changes", "Merged changes.", rows.changes),
        ("log_position", "The last position of the log.", rows.last_seq),
        ("devices", "Registered devices.", rows.devices),
        ("quarantined", "Refused intents that are kept.", rows.quarantined),
        ("answers", "Intents answered for good.", rows.answers),
    ];
    for (name, help, value) in gauges {
        head(&mut text, name, "gauge", help);
        line(&mut text, name, "", value);
    }
    head(&mut text, "decisions_total", "counter", "Decisions taken since the server started.");
    for ((rule, outcome), count) in &tally.decisions {
        line(&mut text, "decisions_total", &format!("{{rule=\"{rule}\",outcome=\"{outcome}\"}}"), *count);
    }
    head(&mut text, "forecasts_total", "counter", "Whether phones foresaw the answer, since the server started.");
    for agreed in [true, false] {
        for moved in [false, true] {
            let labels = format!("{{agreed=\"{}\",moved=\"{}\"}}", word(agreed), word(moved));
            line(&mut text, "forecasts_total", &labels, tally.forecasts.get(&(agreed, moved)).copied().unwrap_or(0));
        }
    }
    head(&mut text, "goal_records_total", "counter", "Records looked at to count goals, since the server started.");
    line(&mut text, "goal_records_total", "", tally.goal_records);
    head(&mut text, "circles_total", "counter", "Whose records somebody reads, worked out since the server started.");
    line(&mut text, "circles_total", "", tally.circles);
    text
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP fieldbook_{name} {help}\n# TYPE fieldbook_{name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: u64) {
    let _ = writeln!(text, "fieldbook_{name}{labels} {value}");
}

fn word(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
