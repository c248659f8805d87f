//! Quotes and what comes of them: INV-28, INV-29, INV-30, INV-32 to INV-40.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::judge::Decision;
use fieldbook_domain::raw::Outcome;
use fieldbook_tests::world::{Phone, Shop, World};
use serde_json::json;

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

/// The one decision of a rule that waits for Maya.
fn held(maya: &Phone, rule: &str) -> Decision {
    let told = maya.told(rule);
    let mut waiting = told.into_iter().filter(|decision| decision.outcome == Outcome::Held);
    let one = waiting.next().unwrap();
    assert!(waiting.next().is_none(), "one question is asked once");
    one
}

/// Maya answers what waits, without a network; then everybody meets.
fn answer(world: &World, rule: &str, choice: &str, phones: &[&Phone]) {
    let maya = world.phone("Maya");
    let item = held(&maya, rule);
    maya.act(&item.record.kind, item.record.id, "decide", json!({ "item": item.id, "choice": choice }));
    world.sync(&maya);
    world.level(phones);
    world.level(&[&maya]);
    world.assert_agreement(phones);
}
