//! What a decision offers, with real phones and a real server: for every name of the table a collision that ends in an inbox, one tap,
//! and what becomes of it; and the same once the world has moved on.

use crate::tidy::{files, root};
use fieldbook_device::{Error, RecordId, RecordRef, Salvaged};
use fieldbook_domain::judge::{Decision, SALVAGES};
use fieldbook_tests::world::{Phone, World};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use uuid::Uuid;

mod bringing_back;
mod by_hand;
mod drafting;
mod owning;
mod reissuing;
mod tidying;
mod values;

/// A collision that ended in somebody's inbox.
struct Wreck {
    world: World,
    /// Who was told.
    mine: Phone,
    others: Vec<Phone>,
    item: Uuid,
}

impl Wreck {
    /// Everybody meets. The first phone's owner is told under this rule, and offered this; nothing, where it is not theirs to do.
    fn of<const N: usize>(world: World, phones: [Phone; N], rule: &str, offers: &str) -> Wreck {
        world.level(&phones.iter().collect::<Vec<_>>());
        let mut phones = Vec::from(phones);
        let mine = phones.remove(0);
        let told = mine.told(rule);
        let found = told.iter().find(|decision| decision.salvage == offers);
        assert!(found.is_some(), "nothing of {rule} offers {offers}: {:?}", world.decisions());
        let item = found.unwrap().id;
        let wreck = Wreck { world, mine, others: phones, item };
        wreck.meet();
        wreck
    }

    fn other(&self) -> &Phone {
        &self.others[0]
    }

    fn decision(&self) -> Decision {
        serde_json::from_value(self.mine.book.inbox_item(self.item).unwrap().body).unwrap()
    }

    /// Everybody meets and agrees.
    fn meet(&self) {
        let phones: Vec<&Phone> = std::iter::once(&self.mine).chain(&self.others).collect();
        self.world.level(&phones);
        self.world.assert_agreement(&phones);
    }

    fn try_tap(&self, phone: &Phone, to: Option<&RecordRef>) -> Result<Salvaged, Error> {
        self.world.wait(phone.book.salvage(self.item, to.cloned()))
    }

    /// One tap, played to its end: a plan writes nothing, the tap does what the plan said, a second one nothing more, wherever it is.
    fn tap(&self) -> Salvaged {
        self.tap_for(None)
    }

    fn tap_for(&self, to: Option<&RecordRef>) -> Salvaged {
        let book = &self.mine.book;
        let plan = book.salvage_plan(self.item, to.cloned()).unwrap();
        assert_eq!(book.status().unwrap().pending, 0, "a plan writes nothing");
        let done = self.try_tap(&self.mine, to).unwrap();
        assert!(!plan.already && !done.already && !done.records.is_empty());
        assert!(plan.office == done.office && (done.office || plan.records == done.records), "{plan:?} became {done:?}");
        self.meet();

        let shown = book.records_digest().unwrap();
        let again = self.try_tap(&self.mine, to).unwrap();
        assert!(again.already && again.records.is_empty());
        let tablet = self.world.phone_of(self.mine.user);
        // It may say that it was done: what counts is that nothing is done twice.
        let _said = self.try_tap(&tablet, to);
        self.world.sync(&tablet);
        self.meet();
        let differs: Vec<_> =
            book.records_digest().unwrap().into_iter().filter(|(at, body)| shown.get(at) != Some(body)).collect();
        assert!(differs.is_empty(), "done twice on two phones: {differs:#?}");
        assert!(self.is_closed());
        done
    }

    /// The item needs nobody any more.
    fn is_closed(&self) -> bool {
        let item = self.mine.book.inbox_item(self.item).unwrap();
        item.done && item.read
    }

    /// One tap that comes to nothing: the reason is given, nothing is written, and the item stays open.
    fn refused(&self) -> String {
        let refused = self.try_tap(&self.mine, None).unwrap_err();
        assert!(!refused.to_string().is_empty());
        assert_eq!(self.mine.book.status().unwrap().pending, 0, "nothing was written");
        let listed = self.mine.book.inbox().unwrap().into_iter().find(|item| item.id == self.item).unwrap();
        assert!(!listed.done, "the item stays open");
        self.meet();
        refused.code().to_owned()
    }

    /// What somebody else did meanwhile, and everybody knows now.
    fn meanwhile<T>(&self, who: &str, what: impl FnOnce(&Phone) -> T) {
        let phone = self.world.phone(who);
        let _done = what(&phone);
        self.world.sync(&phone);
        self.meet();
    }

    /// The administrator makes the one who was told a clerk, who sends invoices and reads everything else.
    fn loses_the_right(&self) {
        self.meanwhile("Omar", |omar| omar.set("user", self.mine.user, json!({ "role": "finance" })));
    }
}

/// Two people's phones, level with the office.
fn two(world: &World, people: [&str; 2]) -> [Phone; 2] {
    people.map(|person| world.phone(person))
}

/// The descriptions, or the products, of the lines of a record and how many of each.
fn lines(record: &Map<String, Value>) -> Vec<(String, String)> {
    let word = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let name = |line: &Value| if line["product"].is_null() { word(&line["description"]) } else { word(&line["product"]) };
    let line = |line: &Value| (name(line), word(&line["quantity"]["value"]));
    record["lines"].as_array().into_iter().flatten().map(line).collect()
}

fn pair(name: impl ToString, many: &str) -> (String, String) {
    (name.to_string(), many.to_owned())
}

/// The first record of this type among what was done.
fn made(done: &Salvaged, kind: &str) -> RecordId {
    let found = done.records.iter().find(|record| record.kind == kind);
    found.expect("a record of this type").id
}

#[test]
fn every_salvage_of_the_table_is_played_and_refused_in_a_scenario() {
    let mut found: Vec<PathBuf> = Vec::new();
    files(&root().join("tests/tests/it/salvages"), ".rs", &mut found);
    let scenarios: String = found.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let mut missing = Vec::new();
    for name in SALVAGES.iter().map(|salvage| salvage.name) {
        let (all, refused) = (format!("fn {name}_"), format!("fn {name}_is_refused"));
        if scenarios.matches(&all).count() <= scenarios.matches(&refused).count() {
            missing.push(format!("{name} is done in no scenario"));
        }
        if !scenarios.contains(&refused) {
            missing.push(format!("{name} is refused in no scenario"));
        }
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}
