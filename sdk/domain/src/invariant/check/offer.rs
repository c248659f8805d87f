//! What must hold of opportunities, quotes and orders together (INV-28 to INV-39).

use super::Checked;
use crate::body::{state, text};
use crate::ids::RecordRef;
use crate::judge::{awaits, strays};
use crate::permission::Who;
use crate::raw::{Action, Outcome, Raw};
use crate::record;
use crate::view::{self, View};
use serde_json::Value;

impl Checked<'_> {
    /// Everything about offers and what comes of them.
    pub(super) fn offers(&mut self) {
        if self.view.folded.deleted {
            return;
        }
        for ((line, _), _) in strays(&self.view) {
            self.breach("INV-29", format!("line {line} is priced from another list than its header's"));
        }
        match self.kind.name {
            "opportunity" => self.sale(),
            "quote" => self.offer(),
            "order" => self.number("order_number"),
            _ => {}
        }
    }

    fn shown(&self, target: &RecordRef) -> Option<View> {
        let kind = record::find(&target.kind)?;
        let view = view::of(kind, target.id, &self.world.raw(target).filter(Raw::exists)?);
        (!view.folded.deleted).then_some(view)
    }

    fn quotes(&self, sale: &RecordRef) -> Vec<(RecordRef, View)> {
        let all = self.world.referrers(sale).into_iter();
        let quotes = all.filter(|(other, field)| other.kind == "quote" && field == "opportunity");
        quotes.filter_map(|(quote, _)| self.shown(&quote).map(|view| (quote, view))).collect()
    }

    /// INV-28, INV-36.
    fn sale(&mut self) {
        let quotes = self.quotes(&self.target.clone());
        let closed = self.view.folded.state != "open";
        for (quote, view) in &quotes {
            let waits = view.folded.trail.iter().any(|(action, applied)| awaits(action, *applied));
            if closed && is_open(view) && !waits {
                self.breach("INV-28", format!("it is closed, but {quote} is still {}", view.folded.state));
            }
        }
        let won = quotes.iter().filter(|(_, view)| view.folded.state == "won");
        let first = won.filter(|(quote, view)| !self.answered(quote, view.folded.last_move(), "INV-36")).count();
        if first > 1 {
            self.breach("INV-36", format!("{first} of its quotes are won, and nobody said that the customer wants them all"));
        }
    }

    /// INV-32, INV-33, INV-37, INV-38, INV-39.
    fn offer(&mut self) {
        self.number("quote_number");
        let revision = RecordRef::new("quote", self.target.id.derived("revision"));
        let next_open = self.shown(&revision).is_some_and(|next| is_open(&next));
        if next_open && is_open(&self.view) {
            self.breach("INV-33", format!("it is open, and so is its next revision, {revision}"));
        }
        if self.view.folded.state != "won" {
            return;
        }
        if next_open {
            self.breach("INV-38", format!("it is won, but its next revision, {revision}, is open"));
        }
        let order = RecordRef::new("order", self.target.id.derived("order"));
        if !self.world.raw(&order).is_some_and(|raw| raw.exists()) {
            self.breach("INV-37", format!("it is won, but there is no order {order}"));
        }
        if self.late() {
            self.breach("INV-39", "it was accepted after it had expired, and nobody confirmed that".to_owned());
        }
    }

    /// INV-32.
    fn number(&mut self, field: &str) {
        if let Some(before) = text(&self.view.body, "predecessor").and_then(|id| id.parse().ok()) {
            let before = self.world.raw(&RecordRef::new("quote", before));
            if before.is_some_and(|before| before.get(field) != self.raw.get(field)) {
                self.breach("INV-32", "it has another number than the offer it revises".to_owned());
            }
        }
        let provisional = self.raw.get("provisional_number");
        if provisional.is_some() && provisional == self.raw.get(field) {
            self.breach("INV-32", "the office gave it no number".to_owned());
        }
    }

    /// Whether the customer's day was after the last one, and nobody who may has said that it counts.
    fn late(&self) -> bool {
        let Some(order) = self.view.folded.last_move() else { return false };
        let last = ["expires_on", "effective_to"].iter().filter_map(|field| text(&self.view.body, field)).min();
        let day = order.args.get("date_won").and_then(Value::as_str);
        // Whoever let it through for another reason was asked about this one first.
        let by_word = ["INV-36", "INV-38", "INV-39"].iter().any(|rule| self.answered(self.target, Some(order), rule));
        let by_manager = self.world.user(order.by).is_none_or(|facts| Who::Manager.includes(facts.role));
        last.zip(day).is_some_and(|(last, day)| day > last) && !by_manager && !by_word
    }

    /// Whether somebody let an action through that a rule had held.
    fn answered(&self, target: &RecordRef, action: Option<&Action>, rule: &str) -> bool {
        let raw = self.world.raw(target).unwrap_or_default();
        let verdict = action.and_then(|action| raw.verdict(action.id));
        verdict.is_some_and(|verdict| verdict.rule == rule && verdict.outcome == Outcome::Accepted)
    }
}

fn is_open(view: &View) -> bool {
    ["draft", "active"].contains(&state(&view.body))
}
