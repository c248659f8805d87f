//! What no app can do: it says what a person can do, and leaves the item to them.

use super::{Wreck, two};
use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{DAY_MS, World, refer};
use serde_json::{Value, json};

/// Ben's phone is a year ahead.
fn a_year_ahead() -> Wreck {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    ben.clock.advance(365 * DAY_MS);
    let _ = ben.create("account", json!({ "name": "Acme" }));
    Wreck::of(world, [ben, ada], "INV-80", "clock")
}

#[test]
fn clock_is_refused_with_what_to_set() {
    let wreck = a_year_ahead();

    assert_eq!(wreck.refused(), "salvage.by_hand");
    let said = wreck.try_tap(&wreck.mine, None).unwrap_err().to_string();
    assert!(said.contains("automatic"), "{said}");
}

#[test]
fn clock_needs_no_more_once_it_was_set_and_the_item_is_put_away() {
    let wreck = a_year_ahead();
    wreck.mine.clock.advance(-365 * DAY_MS);
    let before = wreck.world.decisions().len();

    let _ = wreck.mine.create("account", json!({ "name": "Globex" }));
    wreck.meet();
    wreck.mine.book.dismiss(wreck.item).unwrap();

    assert_eq!(wreck.world.decisions().len(), before, "nothing more is said about it");
    assert!(wreck.mine.book.inbox().unwrap().is_empty());
}

/// Ada and Ben want Maya at the same hour.
fn double_booked() -> (Wreck, RecordId) {
    let world = World::new();
    let [ben, ada] = two(&world, ["Ben", "Ada"]);
    let maya = refer("user", world.user("Maya"));
    let meeting = |phone: &fieldbook_tests::world::Phone, start: &str, end: &str| {
        let attendee = json!({ "id": phone.user.derived(start), "party": maya, "part": "required" });
        phone.create(
            "appointment",
            json!({ "subject": format!("At {start}"), "when": hours(start, end), "attendees": [attendee] }),
        )
    };
    let _ = meeting(&ada, "10:00", "11:00");
    let mine = meeting(&ben, "10:30", "12:00");
    world.sync(&ada);
    (Wreck::of(world, [ben, ada], "INV-73", "move"), mine)
}

fn hours(start: &str, end: &str) -> Value {
    json!({ "start": format!("2026-03-04T{start}:00Z"), "end": format!("2026-03-04T{end}:00Z") })
}

#[test]
fn move_is_refused_as_only_a_person_knows_when_else() {
    let (wreck, _) = double_booked();

    assert_eq!(wreck.refused(), "salvage.by_hand");
    let said = wreck.try_tap(&wreck.mine, None).unwrap_err().to_string();
    assert!(said.contains("At 10:30") && said.contains("Maya"), "{said}");
}

#[test]
fn move_is_done_by_hand_and_the_item_put_away() {
    let (wreck, mine) = double_booked();

    wreck.mine.set("appointment", mine, json!({ "when": hours("13:00", "14:00") }));
    wreck.mine.book.dismiss(wreck.item).unwrap();
    wreck.meet();

    assert_eq!(wreck.other().field("appointment", mine, "when")["start"], "2026-03-04T13:00:00.000Z");
    assert!(wreck.mine.book.inbox().unwrap().is_empty());
    assert_eq!(wreck.world.decisions().len(), 1, "what was moved away clashes with nothing");
}
