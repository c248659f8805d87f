//! Performing actions, whatever the type: what the tables offer, with arguments out of their declarations.

use super::ledger::Aliases;
use super::stage::{Stage, broken, scene};
use super::{Failure, Story, Weather, value};
use crate::seed::Numbers;
use fieldbook_device::{Available, Error};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::lifecycle::{DELETE, is_universal};
use fieldbook_domain::record::{RecordType, find};
use fieldbook_domain::refusal::Refusal;
use serde_json::{Map, Value};

/// How often somebody answers what they are asked.
const TRIES: usize = 4;

impl Stage {
    /// Somebody performs an action on a record, mostly one that is said to be possible.
    pub(super) fn act(&mut self, story: &Story, at: usize, dice: &mut Numbers) -> Result<(), Failure> {
        let Some(RecordRef { kind, id }) = self.pick(story, at, dice)? else { return Ok(()) };
        let Some(kind) = find(&kind) else { return Ok(()) };
        let mut offered = self.handset(at)?.phone.book.available(kind.name, id).map_err(broken("book"))?;
        if !dice.one_in(8) {
            offered.retain(|offer| offer.possible);
        }
        if !dice.one_in(6) {
            offered.retain(|offer| offer.action != DELETE);
        }
        let Some(offer) = offered.get(dice.below(offered.len())).cloned() else { return Ok(()) };
        let mut args = self.arguments(kind, id, &offer, at, dice)?;
        for _ in 0..TRIES {
            let Some(refusal) = self.perform(kind, id, &offer, &args, at)? else {
                *self.tally.acted.entry((kind.name, offer.action)).or_default() += 1;
                return Ok(());
            };
            let Some(asked) = asked(kind, &offer.action, &refusal) else { return Ok(()) };
            let answer = self.argument(kind, id, &offer.action, asked, at, dice)?;
            args.insert(asked.to_owned(), answer);
        }
        Ok(())
    }

    /// Performs it where it is performed; gives the refusal, if it was refused.
    fn perform(
        &mut self,
        kind: &'static RecordType,
        id: RecordId,
        offer: &Available,
        args: &Map<String, Value>,
        at: usize,
    ) -> Result<Option<Refusal>, Failure> {
        let (action, args) = (offer.action.clone(), args.clone());
        // What is done to an alias is done to what stands for it on this phone; an alias is deleted as such.
        let stays = if is_universal(&action) { id } else { Aliases::of(&self.handset(at)?.shown).stays(id) };
        let target = RecordRef::new(kind.name, stays);
        // Whoever takes themselves out of use has no book afterwards, and nothing of it can be compared.
        let oneself = kind.name == "user" && id == self.handset(at)?.phone.user;
        if oneself && (offer.office || action == DELETE) {
            return Ok(None);
        }
        if !offer.office {
            let done = self.locally(at, false, |phone| phone.book.act(kind.name, id, &action, args))?;
            return Ok(done.map(|done| self.ledger.acted(at, target, &offer.action, done)).err());
        }
        if self.identity(at)?.is_none() {
            return Ok(None);
        }
        self.sync(at, Weather::Fair, 0)?;
        self.sign_in(at)?;
        let book = self.handset(at)?.phone.book.clone();
        let wait = self.world.wait(book.perform_at_office(kind.name, id, &action, args));
        match wait {
            Ok(_) => {
                let now = book.records_digest().map_err(broken("book"))?;
                if let Some(handset) = self.handsets.get_mut(at) {
                    self.ledger.note(at, &handset.shown, &now, false)?;
                    handset.shown = now;
                }
                self.tally.done += 1;
                Ok(None)
            }
            Err(Error::Refused(refusal)) => {
                self.tally.refused += 1;
                self.sync(at, Weather::Fair, 0)?;
                Ok(Some(refusal))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(broken("office")(error)),
        }
    }

    fn arguments(
        &mut self,
        kind: &'static RecordType,
        id: RecordId,
        offer: &Available,
        at: usize,
        dice: &mut Numbers,
    ) -> Result<Map<String, Value>, Failure> {
        let mut args = Map::new();
        for name in &offer.arguments {
            if dice.one_in(2) {
                let argument = self.argument(kind, id, &offer.action, name, at, dice)?;
                args.insert(name.clone(), argument);
            }
        }
        Ok(args)
    }

    fn argument(
        &mut self,
        kind: &'static RecordType,
        id: RecordId,
        action: &str,
        name: &str,
        at: usize,
        dice: &mut Numbers,
    ) -> Result<Value, Failure> {
        let spec = kind.lifecycle.action(action);
        let Some(arg) = spec.and_then(|spec| spec.asked().find(|arg| arg.field.name == name)) else { return Ok(Value::Null) };
        let handset = self.handset(at)?;
        let body = handset.phone.book.get(kind.name, id).map_err(broken("book"))?;
        let mut words = self.words;
        let answer = value::value(&arg.field, None, dice, &mut scene(handset, &mut words, &body));
        self.words = words;
        Ok(answer)
    }
}

/// The argument a refusal asks for.
fn asked(kind: &'static RecordType, action: &str, refusal: &Refusal) -> Option<&'static str> {
    let last = refusal.field.as_deref().or_else(|| refusal.code.rsplit('.').next())?;
    let found = kind.lifecycle.action(action)?.asked().find(|arg| arg.field.name == last)?;
    Some(found.field.name)
}
