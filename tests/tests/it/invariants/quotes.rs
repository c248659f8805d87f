//! Quotes and what comes of them: INV-28, INV-29, INV-30, INV-32 to INV-40.

use fieldbook_domain::ids::RecordId;
use fieldbook_tests::world::{Phone, Shop, World};

mod ordering;
mod prices;
mod revising;
mod sales;
mod sending;

/// A sale with a draft of eight hoses.
fn drafted(world: &World, ada: &Phone) -> (Shop, RecordId) {
    let shop = world.shop(ada);
    let quote = shop.quote(ada);
    (shop, quote)
}

/// The same, sent.
fn offered(world: &World, ada: &Phone) -> (Shop, RecordId) {
    let shop = world.shop(ada);
    let quote = shop.offer(ada);
    (shop, quote)
}

fn place(phone: &Phone, kind: &str, id: RecordId) -> String {
    let body = phone.sees(kind, id);
    let word = |field: &str| body[field].as_str().unwrap_or("").to_owned();
    format!("{}/{}", word("state"), word("status_reason"))
}

/// Maya answers what waits, without a network; then everybody meets.
fn answer(world: &World, rule: &str, choice: &str, phones: &[&Phone]) {
    let maya = world.phone("Maya");
    maya.decide(&maya.held(rule), choice);
    world.sync(&maya);
    world.level(phones);
    world.level(&[&maya]);
    world.assert_agreement(phones);
}
