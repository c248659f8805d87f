//! Every implemented invariant, played by two real phones offline against a real server, in both orders of arrival.

use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{Phone, World};
use serde_json::{Value, json};

mod activities;
mod authority;
mod billing;
mod catalogue;
mod children;
mod customers;
mod devices;
mod floods;
mod generic;
mod goals;
pub(crate) mod hostile;
mod leads;
mod lines;
mod merging;
mod opportunities;
mod quotes;
mod relations;
mod security_roles;
mod shop;
mod slices;
mod tampering;

/// Plays a collision twice: Ada's phone arrives first, then Ben's does. Each time all phones must agree in the end.
///
/// `set_up` runs while both are level and returns what the story is about; `collide` runs while both are cut off.
fn in_both_orders<S>(
    set_up: impl Fn(&World, &Phone) -> S,
    collide: impl Fn(&World, &S, &Phone, &Phone),
    check: impl Fn(&World, &S, &Phone, &Phone),
) {
    in_both_orders_of(["Ada", "Ben"], set_up, collide, check);
}

/// The same between two phones of these people.
fn in_both_orders_of<S>(
    people: [&str; 2],
    set_up: impl Fn(&World, &Phone) -> S,
    collide: impl Fn(&World, &S, &Phone, &Phone),
    check: impl Fn(&World, &S, &Phone, &Phone),
) {
    for ada_first in [true, false] {
        let world = World::new();
        let [ada, ben] = people.map(|person| world.phone(person));
        let story = set_up(&world, &ada);
        world.level(&[&ada, &ben]);

        collide(&world, &story, &ada, &ben);
        let order = if ada_first { [&ada, &ben] } else { [&ben, &ada] };
        world.sync(order[0]);
        world.pass(1_000, &[]);
        world.sync(order[1]);

        world.level(&[&ada, &ben]);
        world.assert_agreement(&[&ada, &ben]);
        check(&world, &story, &ada, &ben);
    }
}

fn account(phone: &Phone, name: &str) -> RecordId {
    phone.create("account", json!({ "name": name }))
}

fn lead(phone: &Phone) -> RecordId {
    phone.create(
        "lead",
        json!({
            "topic": "Pumps for the new plant", "last_name": "Lind", "first_name": "Eva", "company_name": "Nordic Pumps",
            "email": "eva@nordic.example", "est_value": "48000", "currency": "EUR"
        }),
    )
}

fn opportunity(phone: &Phone) -> RecordId {
    let customer = account(phone, "Globex");
    phone.create(
        "opportunity",
        json!({ "topic": "Forty pumps", "customer": format!("account:{customer}"), "est_value": { "amount": "50000" } }),
    )
}

fn text(value: &str) -> Value {
    Value::from(value)
}
