//! The past judged again: the same log gives the same decisions and the same bytes, and what was tampered with is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Action;
use fieldbook_domain::{document, key};
use fieldbook_server::clock::Clock;
use fieldbook_server::org::provision::NewUser;
use fieldbook_sync::message::{Intent, Part};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::command::run;
use crate::office::{Office, person};
use crate::phone::{Phone, id};

/// Enough days for any clock of a test.
const EVER: &str = "36500";

/// Two people who work apart on the same few records, and sync now and then.
struct Story {
    office: Office,
    phones: [Phone; 2],
    waiting: [Vec<Intent>; 2],
    dice: StdRng,
}

impl Story {
    fn new(seed: u64) -> Story {
        let office = Office::new();
        let mut phones = [office.phone(office.ada), office.phone(office.ben)];
        // A clock that is off loses, and is told so once a day.
        phones[1].clock_ms += i64::from(seed.is_multiple_of(3)) * 3_600_000;
        Story { office, phones, waiting: [Vec::new(), Vec::new()], dice: StdRng::seed_from_u64(seed) }
    }

    fn open(&mut self) {
        let firm = Write::put("customer", format!("account:{}", id("firm")));
        let first = self.phones[0].write("account", id("firm"), &[Write::put("name", "Firm")]);
        let sales = ["sale 0", "sale 1", "sale 2"].map(|name| {
            let fields = [Write::put("topic", name), firm.clone(), Write::put("est_value", r#"{"amount":"100"}"#)];
            self.phones[0].write("opportunity", id(name), &fields)
        });
        let lead = [Write::put("topic", "Pumps"), Write::put("last_name", "Lind"), Write::put("company_name", "Nordic")];
        let lead = self.phones[0].write("lead", id("lead"), &lead);
        let parts = std::iter::once(first).chain(sales).chain([lead]);
        for part in parts.collect::<Vec<_>>() {
            let intent = self.phones[0].intent(vec![part]);
            self.waiting[0].push(intent);
        }
        self.sync(0);
        self.sync(1);
    }

    fn sync(&mut self, who: usize) {
        let intents = std::mem::take(&mut self.waiting[who]);
        self.office.clock.advance(self.dice.random_range(1..90_000));
        let answers = self.phones[who].sync(&self.office, intents);
        assert!(answers.iter().all(|answer| !answer.status.stops_pushing()), "{answers:?}");
    }

    fn tap(&mut self, who: usize) {
        let sale = id(["sale 0", "sale 1", "sale 2"][self.dice.random_range(0..3)]);
        let dice = self.dice.random_range(1..1_000_000);
        let fresh = uuid::Uuid::from_u128(self.dice.random());
        let phone = &mut self.phones[who];
        phone.clock_ms += 1_000;
        let part = match self.dice.random_range(0..12) {
            0 => phone.write("account", id("firm"), &[Write::put("industry", format!("trade {dice}"))]),
            1 => {
                let now = format!("A firm of {dice} people");
                phone.write("account", id("firm"), &[Write::Text { field: "description".into(), now }])
            }
            2 => phone.write("opportunity", sale, &[Write::put("topic", format!("Pumps {dice}"))]),
            3 => phone.write("opportunity", sale, &[Write::put("est_value", json!({ "amount": dice.to_string() }).to_string())]),
            4 => act(phone, "opportunity", sale, "win", &json!({ "actual_close_date": "2026-11-23" })),
            5 => act(phone, "opportunity", sale, "lose", &json!({ "status_reason": "canceled" })),
            6 => phone.write("opportunity", sale, &[Write::put("actual_value", dice.to_string())]),
            7 => phone.write("lead", id("lead"), &[Write::put("company_name", format!("Nordic {dice}"))]),
            8 => act(phone, "lead", id("lead"), "disqualify", &json!({ "status_reason": "lost" })),
            9 => act(phone, "account", id("firm"), "delete", &json!({})),
            10 => phone.write("account", RecordId(fresh), &[Write::put("name", format!("Other {dice}"))]),
            _ => phone.write("account", id("firm"), &[Write::put("website", format!("{dice}.example"))]),
        };
        let mut parts = vec![part];
        if dice % 7 == 0 && parts[0].doc != sale.0 {
            parts.push(phone.write("opportunity", sale, &[Write::put("topic", format!("Bundled {dice}"))]));
        }
        let intent = self.phones[who].intent(parts);
        self.waiting[who].push(intent);
    }

    fn play(&mut self, turns: usize) {
        for _ in 0..turns {
            let who = self.dice.random_range(0..2);
            match self.dice.random_range(0..10) {
                0..7 => self.tap(who),
                7 | 8 => self.sync(who),
                _ => {
                    let role = if self.dice.random() { Role::Rep } else { Role::Manager };
                    let manager = Some("maya@example.com".to_owned());
                    let ada = NewUser { manager, team: Some("North".to_owned()), ..person("Ada", role) };
                    self.office.app.add_user(self.office.org, &ada).unwrap();
                }
            }
        }
        for who in [0, 1, 0] {
            self.sync(who);
        }
    }
}

/// Performs an action without asking anybody whether it is possible.
fn act(phone: &mut Phone, kind: &'static str, target: RecordId, verb: &str, args: &Value) -> Part {
    let turn = document::read(&phone.docs[&target].1).unwrap().next_turn();
    let action = id(&format!("{target}{verb}{turn}{:?}", phone.actor));
    let args = args.as_object().cloned().unwrap_or_default();
    let entry = Action { id: action, action: verb.to_owned(), by: phone.user, at: phone.clock_ms, turn, args };
    phone.write(kind, target, &[Write::put(key::action(action), serde_json::to_string(&entry).unwrap())])
}

fn replay(data: &Path, words: &[&str]) -> (Option<i32>, String) {
    let output = run(data, &[&["replay", "--org", "Acme", "--days", EVER], words].concat());
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

fn books(data: &Path, office: &Office) -> PathBuf {
    data.join("orgs").join(format!("{}.db", office.org))
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &there);
        } else {
            std::fs::copy(&path, there).unwrap();
        }
    }
}

/// A story that is known to have decisions of several rules.
fn eventful() -> Story {
    let mut story = Story::new(5);
    story.open();
    story.play(60);
    story
}

#[test]
fn the_same_log_gives_the_same_decisions_and_the_same_bytes() {
    for seed in 0..20 {
        let mut story = Story::new(seed);
        story.open();
        story.play(40);

        let report = story.office.app.replay(story.office.org, 0).unwrap();

        assert_eq!(report.differences, [], "seed {seed}");
        assert_eq!(report.inexact, 0);
        assert_eq!(report.decisions, story.office.app.org_metrics(story.office.org).unwrap().decisions);
        story.office.is_whole();
    }
}

#[test]
fn a_replay_finds_nothing_to_differ_and_leaves_the_organisation_alone() {
    let story = eventful();
    let office = &story.office;
    let path = books(office.dir.path(), office);
    let before = std::fs::read(&path).unwrap();

    let (code, said) = replay(office.dir.path(), &["--json"]);
    let (_, by_rule) = replay(office.dir.path(), &["--rules"]);

    let report: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &report["differences"]), (Some(0), &json!([])), "{said}");
    let rules: BTreeSet<&String> = report["rules"].as_object().unwrap().keys().collect();
    assert!(rules.len() >= 4, "{rules:?}");
    assert!(report["changes"].as_u64().unwrap() > 10 && report["as_it_was"].as_u64().unwrap() > 4, "{said}");
    assert!(by_rule.contains("INV-84 recorded v1, now v1: "), "{by_rule}");
    assert!(by_rule.ends_with(" 0 differ\n"), "{by_rule}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let mut ada = story.phones[0].clone();
    assert_eq!(ada.sync(office, Vec::new()), []);
}

#[test]
fn a_decision_that_was_tampered_with_is_found() {
    let story = eventful();
    let office = &story.office;
    let tampered = [
        ("UPDATE decision SET body = json_set(body, '$.version', 7) WHERE rowid = 1", "changed", "version 7 -> 1"),
        ("UPDATE decision SET body = json_set(body, '$.message', 'Nothing happened.') WHERE rowid = 1", "changed", "message"),
        ("UPDATE decision SET body = json_set(body, '$.outcome', 'held') WHERE rowid = 1", "changed", "outcome \"held\" -> "),
        ("UPDATE decision SET body = json_set(body, '$.rule', 'INV-99') WHERE rowid = 1", "changed", "rule \"INV-99\" -> "),
        ("DELETE FROM decision WHERE rowid = 1", "new", "would be: "),
        (
            "UPDATE decision SET id = zeroblob(16), body = json_set(body, '$.id', '00000000-0000-0000-0000-000000000000', \
          '$.field', 'nowhere') WHERE rowid = 1",
            "gone",
            "was: ",
        ),
        ("UPDATE answer SET status = 3, code = 'INV-99' WHERE seq > 0", "answer", "INV-99: "),
    ];
    office.app.close();
    for (sql, differs, what) in tampered {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(office.dir.path(), copy.path());
        let books = rusqlite::Connection::open(books(copy.path(), office)).unwrap();
        assert!(books.execute(sql, []).unwrap() > 0, "{sql}");
        drop(books);

        let (code, said) = replay(copy.path(), &[]);

        assert_eq!(code, Some(1), "{sql}");
        let found = said.lines().any(|line| line.contains(&format!("Z {differs} ")) && line.contains(what));
        assert!(found, "{sql}: {said}");
    }
}

#[test]
fn changes_from_before_the_moment_of_judging_was_kept_are_replayed_as_well_as_can_be() {
    let story = eventful();
    let office = &story.office;
    let books = rusqlite::Connection::open(books(office.dir.path(), office)).unwrap();
    books.execute("UPDATE change SET received_ms = NULL", []).unwrap();

    let (_, said) = replay(office.dir.path(), &[]);

    let intents = said.lines().last().unwrap().split(' ').next().unwrap();
    assert!(said.ends_with(&format!("; when {intents} were judged was not kept and is a guess\n")), "{said}");
}

#[test]
fn only_the_days_asked_for_are_compared() {
    let story = eventful();
    let office = &story.office;
    let all = office.app.replay(office.org, 0).unwrap();

    let last = office.app.replay(office.org, office.clock.now_ms()).unwrap();
    let none = office.app.replay(office.org, office.clock.now_ms() + 1).unwrap();

    assert!(last.intents + last.as_it_was < all.intents + all.as_it_was);
    assert_eq!((none.intents, none.as_it_was, none.decisions), (0, 0, 0));
}
