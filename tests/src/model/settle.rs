//! Dealing with what the office decided: doing what an item offers, putting it away, answering, taking or letting go of what lost.

use super::Failure;
use super::stage::{Stage, broken};
use crate::seed::Numbers;
use fieldbook_device::{About, Alternative, Error, InboxItem};
use fieldbook_domain::ids::RecordRef;
use serde_json::Value;

/// The salvages by which somebody writes values; the others are actions.
const WRITING: &[&str] = &["choose", "take_over", "swap", "hand_over", "follow_on", "new_order", "new_quote"];

impl Stage {
    /// Somebody deals with one thing the office said.
    pub(super) fn settle(&mut self, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        match dice.below(8) {
            0 => self.put_away(at, dice),
            1 | 2 => self.answer(at, dice),
            3 => self.take_or_let_go(at, dice),
            _ => self.salvage(at, dice),
        }
    }

    fn item(&self, at: usize, dice: &mut Numbers, wanted: impl Fn(&InboxItem) -> bool) -> Result<Option<InboxItem>, Failure> {
        let mut inbox = self.handset(at)?.phone.book.inbox().map_err(broken("book"))?;
        inbox.retain(wanted);
        Ok(inbox.get(dice.below(inbox.len())).cloned())
    }

    /// Does what an item offers.
    fn salvage(&mut self, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let Some(item) = self.item(at, dice, |item| !item.done)? else { return Ok(()) };
        let people: Vec<RecordRef> = self.handset(at)?.shown.keys().filter(|target| target.kind == "user").cloned().collect();
        let to = people.get(dice.below(people.len())).filter(|_| dice.one_in(2)).cloned();
        let book = self.handset(at)?.phone.book.clone();
        let plan = match book.salvage_plan(item.id, to.clone()) {
            Ok(plan) => plan,
            Err(Error::Refused(_)) => {
                self.tally.refused += 1;
                return Ok(());
            }
            Err(error) => return Err(broken("salvage")(error)),
        };
        if plan.office {
            if self.identity(at)?.is_none() {
                return Ok(());
            }
            self.sync(at, super::Weather::Fair, 0)?;
            self.sign_in(at)?;
        }
        let writes = item.about == About::Refused || WRITING.contains(&plan.salvage.as_str());
        let kept = self.beside(at, &item, &plan.records)?;
        let Some(handset) = self.handsets.get(at) else { return Ok(()) };
        let done = self.world.wait(handset.phone.book.salvage(item.id, to));
        match done {
            Ok(done) => {
                *self.tally.salvaged.entry(done.salvage).or_default() += 1;
                self.written(at, writes && !done.office, &kept)
            }
            Err(Error::Refused(_)) => {
                self.tally.refused += 1;
                self.written(at, false, &[])
            }
            Err(error) => Err(broken("salvage")(error)),
        }
    }

    /// Takes an item off the list.
    fn put_away(&mut self, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let Some(item) = self.item(at, dice, |item| item.about == About::Decision)? else { return Ok(()) };
        let kept = self.beside(at, &item, &[])?;
        if self.locally(at, false, |phone| phone.book.dismiss(item.id))?.is_ok() {
            self.written(at, false, &kept)?;
        }
        Ok(())
    }

    /// Answers one of the questions that wait for somebody.
    fn answer(&mut self, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let waiting = self.handset(at)?.phone.book.review().map_err(broken("book"))?;
        let Some(item) = waiting.get(dice.below(waiting.len())).cloned() else { return Ok(()) };
        let Some(choice) = item.choices.get(dice.below(item.choices.len())).map(|choice| choice.name.clone()) else {
            return Ok(());
        };
        let note = dice.one_in(2).then_some("I asked them.");
        let done = self.locally(at, false, |phone| phone.book.decide(item.id, &choice, note))?;
        if let Ok(action) = done {
            self.ledger.acted(at, item.record, "decide", action);
        }
        Ok(())
    }

    /// Takes a losing value of a record that was decided about, or lets go of it.
    fn take_or_let_go(&mut self, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let Some(item) = self.item(at, dice, |item| item.about == About::Decision)? else { return Ok(()) };
        let mut kept = self.beside(at, &item, &[])?;
        if kept.is_empty() {
            return Ok(());
        }
        let (target, one) = kept.swap_remove(dice.below(kept.len()));
        let take = dice.one_in(2);
        let done = self.locally(at, take, |phone| match take {
            true => phone.book.choose_alternative(&target.kind, target.id, &one.key),
            false => phone.book.dismiss_alternative(&target.kind, target.id, &one.key),
        })?;
        if done.is_ok() {
            self.written(at, false, &[(target, one)])?;
        }
        Ok(())
    }

    /// What is kept beside the records an item is about.
    fn beside(&self, at: usize, item: &InboxItem, more: &[RecordRef]) -> Result<Vec<(RecordRef, Alternative)>, Failure> {
        let own = item.body.get("record").and_then(Value::as_str).and_then(|target| target.parse::<RecordRef>().ok());
        let handset = self.handset(at)?;
        let mut kept = Vec::new();
        for target in own.iter().chain(more.iter().filter(|target| Some(*target) != own.as_ref())) {
            match handset.phone.book.alternatives(&target.kind, target.id) {
                Ok(found) => kept.extend(found.into_iter().map(|one| (target.clone(), one))),
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(broken("book")(error)),
            }
        }
        Ok(kept)
    }

    /// Notes what something changed on a phone, and which of the losing values it let go of.
    fn written(&mut self, at: usize, writes: bool, kept: &[(RecordRef, Alternative)]) -> Result<(), Failure> {
        let Some(handset) = self.handsets.get_mut(at) else { return Ok(()) };
        let now = handset.phone.book.records_digest().map_err(broken("book"))?;
        self.ledger.note(at, &handset.shown, &now, writes)?;
        handset.shown = now;
        for (target, one) in kept {
            let left = handset.phone.book.alternatives(&target.kind, target.id).map_err(broken("book"))?;
            if left.iter().all(|left| left.key != one.key) {
                let value = one.kept.get("value").cloned().unwrap_or_default();
                self.ledger.let_go(at, target, &one.field.replace('.', "/"), &value);
            }
        }
        Ok(())
    }
}
