//! What must hold of a stored record, checked from scratch: nothing here trusts that the judge ran.

use super::Breach;
use crate::fold::Applied;
use crate::ids::{RecordId, RecordRef};
use crate::judge::{InWorld, World};
use crate::key::{self, Key};
use crate::raw::{Outcome, Raw, Scalar};
use crate::record::{self, RecordType};
use crate::view::{self, View};
use serde_json::Value;
use std::collections::BTreeSet;

mod offer;

struct Checked<'a> {
    target: &'a RecordRef,
    kind: &'static RecordType,
    raw: Raw,
    view: View,
    world: &'a dyn World,
    breaches: Vec<Breach>,
}

pub(super) fn record(target: &RecordRef, world: &dyn World) -> Vec<Breach> {
    let breach = |message: &str| vec![Breach { rule: "INV-01", record: target.clone(), message: message.to_owned() }];
    let Some(kind) = record::find(&target.kind) else { return breach("has a type nobody knows") };
    let Some(raw) = world.raw(target) else { return breach("cannot be read") };
    let view = view::of(kind, target.id, &raw);
    let mut checked = Checked { target, kind, raw, view, world, breaches: Vec::new() };
    checked.keys();
    checked.actions();
    checked.constraints();
    checked.deletion();
    checked.lead();
    checked.alias();
    checked.opportunity();
    checked.offers();
    checked.billing();
    checked.losers();
    checked.rights();
    checked.breaches
}

impl Checked<'_> {
    fn breach(&mut self, rule: &'static str, message: String) {
        self.breaches.push(Breach { rule, record: self.target.clone(), message });
    }

    /// INV-84: no register that a device may not write, and no server-owned field typed by anybody.
    fn keys(&mut self) {
        for (key, value) in &self.raw.registers.clone() {
            match key::parse(self.kind, key) {
                Key::Field(field) if field.office => {
                    if self.world.credit(self.target, key).is_some_and(|stamp| !stamp.user.0.is_nil()) {
                        self.breach("INV-84", format!("{key} is typed, but the office writes it"));
                    }
                }
                Key::Field(field) if field.freeze == crate::field::Freeze::Server && !value.is_null() => {
                    self.breach("INV-84", format!("{key} is typed, but the office derives it"));
                }
                Key::Malformed => self.breach("INV-84", format!("{key} is no key of a {}", self.kind.name)),
                Key::Field(_) | Key::Child { .. } | Key::Action(_) | Key::Verdict(_) | Key::Alternative | Key::Unknown => {}
            }
        }
    }

    /// INV-81 and the tables: every action that is not withheld took effect exactly once, from a row.
    fn actions(&mut self) {
        let mut seen = BTreeSet::new();
        for (action, applied) in self.view.folded.trail.clone() {
            if !seen.insert(action.id) {
                self.breach("INV-81", format!("action {} took effect twice", action.id));
            }
            if applied == Applied::NoRow {
                self.breach("LIFECYCLE", format!("{} has no row and no verdict", action.action));
            }
        }
        let orphans: Vec<String> = self.raw.under("verdicts/").map(|(id, _)| id.to_owned()).collect();
        for id in orphans {
            if !id.parse().is_ok_and(|id: RecordId| self.raw.action(id).is_some()) {
                self.breach("INV-83", format!("verdict on the unknown action {id}"));
            }
        }
    }

    /// What the declaration says of several fields and records together.
    fn constraints(&mut self) {
        if self.view.folded.deleted {
            return;
        }
        for constraint in self.kind.constraints.iter().filter(|constraint| !constraint.soft) {
            if constraint.broken(self.kind, self.target.id, &self.view.body, &InWorld(self.world)).is_some() {
                self.breach(constraint.rule, format!("{} ({})", constraint.says, constraint.name));
            }
        }
    }

    /// INV-06.
    fn deletion(&mut self) {
        if !self.view.folded.deleted {
            return;
        }
        if let Some(dependent) = crate::dependent::of(self.target, &InWorld(self.world)) {
            self.breach("INV-06", format!("it is deleted, but it {} ({})", dependent.says, dependent.record));
        }
    }

    /// INV-18, INV-20.
    fn lead(&mut self) {
        if self.kind.name != "lead" || self.view.folded.state != "qualified" || self.view.folded.deleted {
            return;
        }
        let lead = self.target.id.to_string();
        let named = self.world.referrers(self.target).into_iter();
        let sales = named.filter(|(sale, field)| field == "originating_lead" && sale.kind == "opportunity");
        let names_lead = |sale: &RecordRef| self.world.raw(sale).is_some_and(|raw| raw.text("originating_lead") == Some(&lead));
        let sales: Vec<String> = sales.map(|(sale, _)| sale).filter(names_lead).map(|sale| sale.to_string()).collect();
        if sales.is_empty() {
            self.breach("INV-20", "it is qualified, but no opportunity names it".to_owned());
        } else if sales.len() > 1 {
            self.breach("INV-20", format!("it has several opportunities: {}", sales.join(", ")));
        }
    }

    /// INV-09.
    fn alias(&mut self) {
        let Some(stays) = crate::alias::leads_to(self.target, &self.view.folded) else { return };
        let root = crate::alias::survivor(self.target, &InWorld(self.world));
        let held = self.world.raw(&root).filter(Raw::exists);
        let Some(held) = held else { return self.breach("INV-09", format!("it was merged into {stays}, which is not here")) };
        if crate::alias::leads_to(&root, &crate::fold::of(self.kind, &held)).is_some() {
            return self.breach("INV-09", "it was merged in a circle".to_owned());
        }
        for (source, field) in self.world.referrers(self.target) {
            self.breach("INV-09", format!("{source} names it in {field}, and not {root}, which it was merged into"));
        }
    }

    /// INV-25, INV-26, INV-27.
    fn opportunity(&mut self) {
        if self.kind.name != "opportunity" {
            return;
        }
        let closed = self.view.folded.frozen;
        let stamped = self.view.body.contains_key("actual_close_date");
        if closed != stamped {
            self.breach("INV-26", "its close date does not follow its state".to_owned());
        }
        let moved = |verb: &str| {
            self.view.folded.trail.iter().filter(|(a, applied)| a.action == verb && *applied == Applied::Moved).count()
        };
        let (closings, reopenings) = (moved("win") + moved("lose"), moved("reopen"));
        if closings != reopenings + usize::from(closed) {
            self.breach("INV-25", format!("{closings} closings against {reopenings} reopenings"));
        }
        if self.view.folded.state == "won" && !self.view.body.contains_key("customer") {
            self.breach("INV-23", "it is won without a customer".to_owned());
        }
    }

    /// INV-52 to INV-61.
    fn billing(&mut self) {
        if !self.view.folded.deleted {
            for (rule, message) in super::billing::breaches(self.target, &self.view.body, &InWorld(self.world)) {
                self.breach(rule, message);
            }
        }
    }

    /// INV-12, INV-15, INV-16.
    fn rights(&mut self) {
        for (rule, message) in super::rights::breaches(self.kind, &self.raw, &self.view, self.world) {
            self.breach(rule, message);
        }
    }

    /// INV-83: whatever was held or rejected can be read, and so can every alternative with its author.
    fn losers(&mut self) {
        let withheld: Vec<RecordId> = self
            .view
            .folded
            .trail
            .iter()
            .filter(|(_, applied)| matches!(applied, Applied::Withheld(Outcome::Held | Outcome::Rejected)))
            .map(|(action, _)| action.by)
            .collect();
        for user in withheld {
            if self.world.user(user).is_none() && self.world.admins().is_empty() {
                self.breach("INV-83", format!("nobody can be told about the work of {user}"));
            }
        }
        let alternatives: Vec<(String, Scalar)> =
            self.raw.registers.range("alternatives/".to_owned()..).map(|(k, v)| (k.clone(), v.clone())).collect();
        for (key, value) in alternatives.into_iter().take_while(|(key, _)| key.starts_with("alternatives/")) {
            let named = value.to_json().get("value").is_some() || value == Scalar::Null;
            if !named || value.to_json().get("by") == Some(&Value::Null) {
                self.breach("INV-83", format!("{key} does not say what was lost and by whom"));
            }
        }
    }
}
