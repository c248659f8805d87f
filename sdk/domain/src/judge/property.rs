//! INV-48: what a line says of its product is a value the property allows.
//!
//! An honest phone checks it by the same function; what it could not know is a definition that changed meanwhile.

use super::Arrival;
use super::bench::{Bench, Ruling};
use crate::body::{self, text};
use crate::ids::RecordId;
use crate::key::{self, Key};
use crate::pricing::property;
use crate::raw::{Outcome, Scalar};
use crate::refusal::Refusal;
use crate::view;

const RULE: &str = "INV-48";

/// Puts back the values a part wrote that their properties do not allow.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let target = arrival.target();
    for (key, value) in arrival.fields() {
        let Key::Child { collection, id, field: "value", .. } = key::parse(arrival.kind, key) else { continue };
        let stands = bench.raw(&target).is_some_and(|raw| raw.get(key) == Some(value));
        if collection.name != "properties" || !stands || value.is_null() {
            continue;
        }
        let Some(refusal) = not_allowed(bench, arrival, id) else { continue };
        bench.put_back(arrival, key, "INV-48 put back");
        bench.alternative(&target, key, value, Some(&arrival.stamp), RULE);
        tell(bench, arrival, key, value, &refusal);
    }
}

/// Why a value may not be what it is. A line that was copied, or priced as an earlier version, says what was allowed then.
fn not_allowed(bench: &Bench<'_>, arrival: &Arrival, said: RecordId) -> Option<Refusal> {
    let shown = view::of(arrival.kind, arrival.id, &bench.raw(&arrival.target())?).body;
    let said = body::child(&shown, "properties", said)?;
    let line = body::child(&shown, "lines", body::id(said, "line")?)?;
    let product = body::id(line, "product")?;
    if line.contains_key("source_line") || property::is_of_earlier_version(line, bench) {
        return None;
    }
    let definitions = property::definitions(product, bench);
    let definition = definitions.iter().find(|known| text(known, "name") == text(said, "name"))?;
    let value = text(said, "value")?;
    match property::check(definition, value) {
        Ok(spelled) if spelled == value => None,
        Ok(spelled) => Some(Refusal::new("property.format", format!("it is spelled {spelled}"))),
        Err(refusal) => Some(refusal),
    }
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, key: &str, value: &Scalar, refusal: &Refusal) {
    let (target, author) = (arrival.target(), arrival.stamp.user);
    let said = value.to_json();
    let message = format!(
        "{} wrote {} on {}, but {}. It was put back and is kept beside it.",
        bench.name(author),
        said.as_str().unwrap_or_default(),
        bench.title(&target),
        refusal.message,
    );
    bench.decide(Ruling {
        outcome: Outcome::Rejected,
        field: Some(key.to_owned()),
        kept: arrival.stood(key).to_json(),
        lost: said,
        loser: arrival.stamp.change.clone(),
        ..Ruling::of(RULE, target, author, message)
    });
}
