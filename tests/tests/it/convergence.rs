//! Random people on random phones: whatever they do offline, in any order and with any interruption, all end up with equal
//! records, no invariant broken, and every edit accounted for.

use crate::invariants::hostile::{Lossy, identity};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{DAY_MS, MINUTE_MS, Phone, World, refer};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Step {
    Edit { record: usize, field: usize },
    Act { record: usize, action: usize },
    Line,
    Parent { child: usize, parent: usize },
    Create { what: usize },
    Sync,
    SyncWithoutAnswer,
    Wait { minutes: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..12usize, 0..3usize).prop_map(|(record, field)| Step::Edit { record, field }),
        5 => (0..12usize, 0..6usize).prop_map(|(record, action)| Step::Act { record, action }),
        1 => Just(Step::Line),
        1 => (0..8usize, 0..8usize).prop_map(|(child, parent)| Step::Parent { child, parent }),
        1 => (0..3usize).prop_map(|what| Step::Create { what }),
        3 => Just(Step::Sync),
        1 => Just(Step::SyncWithoutAnswer),
        1 => (1..4_000i64).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// What was typed, and what its typist's successors knowingly wrote over.
#[derive(Default)]
struct Ledger {
    typed: Vec<(&'static str, RecordId, &'static str, String)>,
    replaced: BTreeSet<String>,
    count: usize,
}

struct Stage {
    world: World,
    phones: Vec<Phone>,
    records: Vec<(&'static str, RecordId)>,
    ledger: Ledger,
}

const EDITABLE: &[(&str, [&str; 3])] = &[
    ("account", ["city", "industry", "description"]),
    ("lead", ["job_title", "website", "est_value"]),
    ("opportunity", ["topic", "budget_amount", "description"]),
    ("task", ["subject", "description", "subject"]),
    ("quote", ["name", "freight_amount", "description"]),
    ("order", ["name", "freight_amount", "description"]),
];

const ACTIONS: &[(&str, [&str; 6])] = &[
    ("account", ["deactivate", "activate", "delete", "activate", "activate", "activate"]),
    ("lead", ["qualify", "disqualify", "contact", "reactivate", "qualify", "delete"]),
    ("opportunity", ["win", "lose", "reopen", "hold", "resume", "delete"]),
    ("task", ["complete", "cancel", "begin", "wait", "defer", "delete"]),
    ("quote", ["activate", "create_order", "revise", "close", "activate", "create_order"]),
    ("order", ["fulfil", "cancel", "create_invoice", "cancel_remaining", "lock_pricing", "create_invoice"]),
];

impl Stage {
    fn new() -> Stage {
        let world = World::new();
        let phones = vec![world.phone("Ada"), world.phone("Ben"), world.phone("Maya")];
        let ada = &phones[0];
        let mut records = Vec::new();
        for n in 0..2 {
            let account = ada.create("account", json!({"name": format!("Account {n}")}));
            records.push(("account", account));
            records.push((
                "lead",
                ada.create("lead", json!({"topic": format!("Lead {n}"), "last_name": "Lind", "company_name": "Pumps"})),
            ));
            let fields =
                json!({"topic": format!("Sale {n}"), "customer": refer("account", account), "est_value": {"amount": "1000"}});
            records.push(("opportunity", ada.create("opportunity", fields)));
            records.push(("task", ada.create("task", json!({"subject": format!("Task {n}")}))));
        }
        world.level(&phones.iter().collect::<Vec<_>>());
        // An offer that stands alone, and one whose order wins its sale.
        let (account, sale) = (records[0].1, records[2].1);
        for (name, sale) in [("Offer", None), ("Offer of a sale", Some(sale.to_string()))] {
            let line = json!({"id": account.derived(name).to_string(), "description": "Hose", "quantity": {"value": "3"}, "price_per_unit": "35"});
            let fields = json!({"name": name, "customer": refer("account", account), "opportunity": sale, "lines": [line]});
            let quote = phones[2].create("quote", fields);
            records.push(("quote", quote));
            // Nobody has it until somebody accepts the offer.
            records.push(("order", quote.derived("order")));
        }
        let stage = Stage { world, phones, records, ledger: Ledger::default() };
        stage.world.level(&stage.phones.iter().collect::<Vec<_>>());
        stage
    }

    fn play(&mut self, who: usize, step: &Step) {
        let phone = &self.phones[who % self.phones.len()];
        phone.clock.advance(1_000);
        match step {
            Step::Edit { record, field } => self.edit(who, *record, *field),
            Step::Act { record, action } => {
                let (kind, id) = self.records[record % self.records.len()];
                let (_, verbs) = ACTIONS.iter().find(|(of, _)| *of == kind).unwrap();
                let args = match verbs[*action] {
                    "disqualify" => json!({"reason": "cannot_contact"}),
                    "lose" => json!({"reason": "canceled", "quotes": "close"}),
                    "win" => json!({"quotes": "close"}),
                    "close" => json!({"reason": "lost"}),
                    _ => json!({}),
                };
                let _refused_or_done_or_not_there = phone.try_act(kind, id, verbs[*action], args);
            }
            Step::Line => {
                let (_, sale) = *self.records.iter().find(|(kind, _)| *kind == "opportunity").unwrap();
                if phone.holds("opportunity", sale) && phone.field("opportunity", sale, "state") == "open" {
                    self.ledger.count += 1;
                    let line = format!("Hose {}", self.ledger.count);
                    let _ =
                        phone.add_line(sale, json!({"description": line, "quantity": {"value": "2"}, "price_per_unit": "35"}));
                    self.ledger.typed.push(("opportunity", sale, "lines", line));
                }
            }
            Step::Parent { child, parent } => {
                let accounts: Vec<RecordId> =
                    self.records.iter().filter(|(kind, _)| *kind == "account").map(|(_, id)| *id).collect();
                let (child, parent) = (accounts[child % accounts.len()], accounts[parent % accounts.len()]);
                let _refused_or_done = phone.try_set("account", child, json!({"parent_account": parent.to_string()}));
            }
            Step::Create { what } => {
                let (kind, fields) = [
                    ("account", json!({"name": "New"})),
                    ("task", json!({"subject": "New"})),
                    ("lead", json!({"topic": "New", "company_name": "Filters"})),
                ][*what]
                    .clone();
                let id = phone.create(kind, fields);
                self.records.push((kind, id));
            }
            Step::Sync => self.world.sync(phone),
            Step::SyncWithoutAnswer => {
                let mut lossy = Lossy { app: self.world.app.clone(), identity: identity(&self.world, phone), answers_lost: 1 };
                assert!(self.world.wait(phone.book.sync_over(&mut lossy)).is_err());
            }
            Step::Wait { minutes } => self.world.pass(minutes * MINUTE_MS, &self.phones.iter().collect::<Vec<_>>()),
        }
    }

    fn edit(&mut self, who: usize, record: usize, field: usize) {
        let phone = &self.phones[who % self.phones.len()];
        let (kind, id) = self.records[record % self.records.len()];
        if !phone.holds(kind, id) {
            return;
        }
        let (_, fields) = EDITABLE.iter().find(|(of, _)| *of == kind).unwrap();
        let field = fields[field];
        self.ledger.count += 1;
        let value = if field.ends_with("value") || field.ends_with("amount") {
            (700_000 + self.ledger.count).to_string()
        } else {
            format!("typed{:04}", self.ledger.count)
        };
        let shown = phone.field(kind, id, field);
        if phone.try_set(kind, id, json!({field: value})).is_ok() {
            if let Some(shown) = shown.as_str() {
                self.ledger.replaced.insert(shown.to_owned());
            }
            self.ledger.typed.push((kind, id, field, value));
        }
    }

    fn finish(&self) {
        let phones: Vec<&Phone> = self.phones.iter().collect();
        self.world.pass(DAY_MS, &phones);
        self.world.level(&phones);
        self.world.assert_agreement(&phones);
        let decisions = serde_json::to_string(&self.world.decisions()).unwrap();
        let ben = &self.phones[1];
        for (kind, id, field, value) in &self.ledger.typed {
            let history = serde_json::to_string(&ben.book.history(kind, *id).unwrap()).unwrap();
            assert!(*field == "description" || history.contains(value.as_str()), "{value} is not in the history of {kind} {id}");
            let shown = if ben.holds(kind, *id) { ben.field(kind, *id, field) } else { Value::Null };
            let alternatives = serde_json::to_string(&ben.book.alternatives(kind, *id).unwrap()).unwrap();
            let there = shown.to_string().contains(value.as_str());
            let known = self.ledger.replaced.iter().any(|replaced| replaced.contains(value.as_str()));
            let merged = *field == "description";
            let kept = alternatives.contains(value.as_str()) || decisions.contains(value.as_str());
            let deleted = !ben.holds(kind, *id);
            assert!(there || known || kept || merged || deleted, "{value} of {kind} {id} {field} is unaccounted for");
        }
    }
}

/// How many stories; `PROPTEST_CASES` asks for more.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(48)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn phones_converge_with_no_invariant_broken_and_no_edit_lost(steps in prop::collection::vec((0..3usize, step()), 5..60)) {
        let mut stage = Stage::new();
        for (who, step) in &steps {
            stage.play(*who, step);
        }
        stage.finish();
    }
}

#[test]
fn closing_a_record_does_not_bring_back_what_the_office_ruled_out() {
    let mut stage = Stage::new();
    let steps = [
        (0, Step::Parent { child: 1, parent: 2 }),
        (2, Step::Parent { child: 6, parent: 1 }),
        (2, Step::Act { record: 0, action: 0 }),
        (0, Step::Edit { record: 0, field: 0 }),
        (0, Step::Edit { record: 0, field: 0 }),
    ];

    for (who, step) in &steps {
        stage.play(*who, step);
    }

    stage.finish();
}
