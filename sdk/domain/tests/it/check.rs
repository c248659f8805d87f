//! Stored breaches are found: what the judge never leaves behind, put there by hand.

use fieldbook_domain::action::targets;
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::invariant;
use fieldbook_domain::judge::{Decision, Former, Stamp, UserFacts, World};
use fieldbook_domain::key::{self, Key};
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::{Action, Raw, Scalar};
use fieldbook_domain::record;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What an office holds, in memory.
#[derive(Default)]
struct Office(BTreeMap<RecordRef, Raw>);

impl World for Office {
    fn raw(&self, target: &RecordRef) -> Option<Raw> {
        self.0.get(target).cloned()
    }

    fn referrers(&self, target: &RecordRef) -> Vec<(RecordRef, String)> {
        let named = |source: &RecordRef, key: &String, value: &Scalar| match (key::parse(record::find(&source.kind)?, key), value)
        {
            (Key::Field(field), Scalar::Str(text)) if targets(field, text).contains(target) => {
                Some((source.clone(), field.name.to_owned()))
            }
            _ => None,
        };
        let all = self.0.iter().flat_map(|(source, raw)| raw.registers.iter().map(move |(key, value)| (source, key, value)));
        all.filter_map(|(source, key, value)| named(source, key, value)).collect()
    }

    fn user(&self, _: RecordId) -> Option<UserFacts> {
        Some(UserFacts { name: "Ada".to_owned(), role: Role::Rep, manager: None, active: true })
    }

    fn working_as(&self, _: Role) -> Vec<RecordId> {
        Vec::new()
    }

    fn formerly(&self, _: RecordId) -> Option<Former> {
        None
    }

    fn holding(&self, kind: &str, field: &str, holds: &str) -> Vec<RecordRef> {
        let found = self.0.iter().filter(|(target, raw)| target.kind == kind && raw.text(field) == Some(holds));
        found.map(|(target, _)| target.clone()).collect()
    }

    fn of_kind(&self, kind: &str) -> Vec<RecordRef> {
        self.0.keys().filter(|target| target.kind == kind).cloned().collect()
    }

    fn awaiting(&self, _: &RecordRef) -> Vec<Decision> {
        Vec::new()
    }

    fn credit(&self, _: &RecordRef, _: &str) -> Option<Stamp> {
        None
    }

    fn decision(&self, _: Uuid) -> Option<Decision> {
        None
    }

    fn next_number(&self, _: &str) -> u64 {
        0
    }
}

fn id(name: &str) -> RecordId {
    RecordId(Uuid::from_u128(1)).derived(name)
}

impl Office {
    fn put(&mut self, kind: &str, record: RecordId, fields: Value) -> &mut Self {
        let raw = self.0.entry(RecordRef::new(kind, record)).or_default();
        raw.touch(1);
        for (name, value) in fields.as_object().unwrap() {
            raw.set(name, Scalar::from_json(value));
        }
        self
    }

    fn act(&mut self, kind: &str, record: RecordId, verb: &str, args: Value) -> &mut Self {
        let raw = self.0.get_mut(&RecordRef::new(kind, record)).unwrap();
        let (action, turn) = (record.derived(verb), raw.next_turn());
        let args = args.as_object().unwrap().clone();
        let action = Action { id: action, action: verb.to_owned(), by: id("ada"), at: 1, turn, args };
        raw.set(&key::action(action.id), Scalar::Str(serde_json::to_string(&action).unwrap()));
        self
    }

    /// A quote of the sale, and what happened to it.
    fn quote(&mut self, name: &str, happened: &[&str]) -> &mut Self {
        let number = format!("QUO-{name}");
        self.put(
            "quote",
            id(name),
            json!({"name": name, "opportunity": id("sale"), "quote_number": number, "expires_on": "2026-03-03"}),
        );
        for verb in happened {
            self.act("quote", id(name), verb, json!({"date_won": "2026-03-02", "reason": "lost"}));
            if *verb == "create_order" {
                self.put("order", id(name).derived("order"), json!({"quote": id(name), "order_number": format!("ORD-{name}")}));
            }
        }
        self
    }

    fn broken(&self) -> BTreeSet<&'static str> {
        self.0.keys().flat_map(|target| invariant::check(target, self)).map(|breach| breach.rule).collect()
    }
}

fn sold() -> Office {
    let mut office = Office::default();
    office.put("opportunity", id("sale"), json!({"topic": "Pumps", "customer": "account:01920000-0000-7000-8000-000000000000"}));
    office.quote("1", &["activate", "create_order"]);
    office
}

#[test]
fn a_healthy_sale_has_no_breach() {
    let mut office = sold();
    office.quote("2", &["activate", "close"]);
    assert_eq!(office.broken(), BTreeSet::new());
}

#[test]
fn breaches_between_offers_and_what_comes_of_them_are_found() {
    let revised = |office: &mut Office, number: &str| {
        let fields =
            json!({"name": "1", "opportunity": id("sale"), "predecessor": id("1"), "revision": 1, "quote_number": number});
        office.put("quote", id("1").derived("revision"), fields);
    };
    let break_by = |how: &dyn Fn(&mut Office)| {
        let mut office = sold();
        how(&mut office);
        office.broken()
    };
    let won = json!({"actual_close_date": "2026-03-02"});
    let found = [
        break_by(&|office| {
            office.quote("2", &["activate"]).act("opportunity", id("sale"), "win", won.clone());
        }),
        break_by(&|office| {
            let line = id("line");
            let basis = json!({"price_list": id("old"), "product": id("pump"), "unit": id("piece"), "unit_price": "1"});
            let fields = json!({
                "pricing": {"currency": "EUR", "price_list": id("new")},
                format!("lines/{line}/product"): id("pump"), format!("lines/{line}/quantity"): {"value": "1", "unit": id("piece")},
                format!("lines/{line}/basis"): basis
            });
            office.put("opportunity", id("sale"), fields);
        }),
        break_by(&|office| {
            office.put("order", id("1").derived("order"), json!({"order_number": "O-1", "provisional_number": "O-1"}));
        }),
        break_by(&|office| {
            office.quote("2", &[]).put(
                "quote",
                id("2").derived("revision"),
                json!({"predecessor": id("2"), "quote_number": "QUO-2"}),
            );
        }),
        break_by(&|office| {
            office.quote("2", &["activate", "create_order"]);
        }),
        break_by(&|office| {
            office.0.remove(&RecordRef::new("order", id("1").derived("order")));
        }),
        break_by(&|office| revised(office, "QUO-1")),
        break_by(&|office| {
            office.put("quote", id("1"), json!({"expires_on": "2026-03-01"}));
        }),
        break_by(&|office| {
            office.put("opportunity", id("sale"), json!({"pricing": {"currency": "EUR"}}));
            office.put("quote", id("1"), json!({"pricing": {"currency": "GBP"}}));
        }),
        break_by(&|office| {
            revised(office, "QUO-9");
            office.act("quote", id("1").derived("revision"), "supersede", json!({}));
        }),
    ];
    let rules = ["INV-28", "INV-29", "INV-32", "INV-33", "INV-36", "INV-37", "INV-38", "INV-39", "INV-40", "INV-32"];
    for (found, rule) in found.iter().zip(rules) {
        assert_eq!(found, &BTreeSet::from([rule]));
    }
    let body = json!({"quote_number": "QUO-1", "revision": 1});
    let called = invariant::called(&RecordRef::new("quote", id("1")), &body);
    assert_eq!(called, Some(("INV-32", "QUO-1 revision 1".to_owned())));
}
