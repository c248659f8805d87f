//! How long a sale is on hold (`domain.md` 2.2).

use crate::book::{Book, NOW, USER, id, kind};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::view;
use proptest::prelude::*;
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;

fn sale() -> (Book, RecordId) {
    let mut book = Book::of(Role::Admin);
    book.create("account", "acme", json!({"name": "Acme"}));
    let sale = book.create("opportunity", "sale", json!({"topic": "Pumps", "customer": format!("account:{}", id("acme"))}));
    (book, sale)
}

#[test]
fn the_time_a_sale_is_on_hold_adds_up_to_the_second() {
    let (mut book, sale) = sale();
    for _ in 0..4 {
        book.act("opportunity", sale, "hold", json!({}));
        book.now_ms += MINUTE / 2;
        assert!(book.get("opportunity", sale).contains_key("on_hold_since"));
        book.act("opportunity", sale, "resume", json!({}));
        book.now_ms += 90 * MINUTE;
    }

    let body = book.get("opportunity", sale);

    assert_eq!((&body["on_hold_minutes"], body.get("on_hold_since")), (&json!(2), None));
}

#[test]
fn closing_a_sale_ends_its_hold() {
    for (verb, args) in [("win", json!({})), ("lose", json!({"reason": "canceled"}))] {
        let (mut book, sale) = sale();
        book.act("opportunity", sale, "hold", json!({}));
        book.now_ms += 125 * MINUTE;
        book.act("opportunity", sale, verb, args);
        book.now_ms += 500 * MINUTE;
        let closed = book.get("opportunity", sale);
        book.at_office("opportunity", sale, "reopen").unwrap();

        assert_eq!((&closed["on_hold_minutes"], closed.get("on_hold_since")), (&json!(125), None), "{verb}");
        assert_eq!(book.get("opportunity", sale)["on_hold_minutes"], 125);
    }
}

#[test]
fn of_a_hold_only_what_the_office_believes_counts() {
    let (mut book, sale) = sale();
    let held = book.act("opportunity", sale, "hold", json!({}));
    book.now_ms += 10 * MINUTE;
    book.act("opportunity", sale, "resume", json!({}));
    let raw = book.raw_mut("opportunity", sale);
    let verdict = json!({"outcome": "adjusted", "rule": "INV-80", "version": 2, "at": NOW + 4 * MINUTE});
    raw.set(&format!("verdicts/{held}"), Scalar::Str(verdict.to_string()));

    assert_eq!(book.get("opportunity", sale)["on_hold_minutes"], 6);
}

#[test]
fn a_clock_that_was_set_back_takes_nothing_away() {
    let (mut book, sale) = sale();
    book.act("opportunity", sale, "hold", json!({}));
    book.now_ms -= 600 * MINUTE;
    book.act("opportunity", sale, "resume", json!({}));

    assert_eq!(book.get("opportunity", sale)["on_hold_minutes"], 0);
}

proptest! {
    /// The same actions with the same verdicts give the same time, in whatever order they were put into the document.
    #[test]
    fn time_on_hold_is_the_same_however_actions_came(
        steps in prop::collection::vec((0_usize..4, -40_000_i64..400_000, prop::bool::weighted(0.2)), 1..12),
        seed in any::<u64>(),
    ) {
        let verbs = ["hold", "resume", "lose", "reopen"];
        let mut entries: Vec<(String, Scalar)> = Vec::new();
        let (mut at, mut on_hold, mut expected) = (NOW, None, 0_i64);
        let mut state = "in_progress";
        for (turn, (verb, later, withheld)) in steps.iter().enumerate() {
            at += later;
            let (verb, action) = (verbs[*verb], id(&format!("act {turn}")));
            let entry = json!({"action": verb, "by": USER, "at": at, "turn": turn + 1, "args": {"reason": "canceled"}});
            entries.push((format!("actions/{action}"), Scalar::Str(entry.to_string())));
            if *withheld {
                let verdict = json!({"outcome": "rejected", "rule": "X", "version": 1});
                entries.push((format!("verdicts/{action}"), Scalar::Str(verdict.to_string())));
                continue;
            }
            state = match (verb, state) {
                ("hold", "in_progress") => { on_hold = Some(at); "on_hold" }
                ("resume", "on_hold") => { expected += on_hold.take().map_or(0, |from: i64| (at - from).max(0)); "in_progress" }
                ("lose", "in_progress" | "on_hold") => { expected += on_hold.take().map_or(0, |from: i64| (at - from).max(0)); "lost" }
                ("reopen", "lost") => "in_progress",
                (_, state) => state,
            };
        }
        let mut raw = Raw::default();
        raw.touch(NOW);
        let turn = usize::try_from(seed % 97).unwrap() % entries.len();
        entries.rotate_left(turn);
        if seed % 2 == 0 { entries.reverse(); }
        entries.into_iter().for_each(|(key, value)| raw.set(&key, value));

        let body = view::of(kind("opportunity"), id("sale"), &raw).body;

        let minutes = body.get("on_hold_minutes").and_then(Value::as_i64).unwrap_or(0);
        prop_assert_eq!(minutes, expected / MINUTE);
        prop_assert_eq!(body.contains_key("on_hold_since"), on_hold.is_some());
    }
}
