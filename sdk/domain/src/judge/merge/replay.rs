//! What was typed into a record that somebody merged meanwhile is typed into the one that stays.

use super::{RULE, WHY};
use crate::alias;
use crate::ids::{RecordId, RecordRef};
use crate::judge::bench::{Bench, Ruling};
use crate::judge::conflict::{field_name, settle_typed};
use crate::judge::{Arrival, Stamp};
use crate::key::{self, Key};
use crate::raw::{Action, Scalar};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A value somebody typed into the alias.
struct Typed<'a> {
    key: &'a str,
    value: Scalar,
    /// What stood there for them, or what the merge took over from there.
    seen: Option<Scalar>,
    stamp: &'a Stamp,
}

/// The part edits what had become an alias without its author seeing it.
pub(super) fn late(bench: &mut Bench<'_>, arrival: &Arrival, merge: &Action, root: &RecordRef) {
    let mut moved = Moved::default();
    for (key, value) in arrival.fields() {
        let seen = arrival.seen.get(key).cloned();
        moved.take(key, type_in(bench, arrival, root, &Typed { key, value: value.clone(), seen, stamp: &arrival.stamp }));
    }
    for field in &arrival.texts {
        let now = arrival.after.texts.get(field).cloned().unwrap_or_default();
        moved.take(field, write_in(bench, root, field, &now, arrival.seen.texts.get(field), Some(&arrival.stamp)));
    }
    tell(bench, arrival, merge, root, &arrival.stamp, &moved);
}

/// The part merges what others had edited without its author seeing it.
pub(super) fn unseen(bench: &mut Bench<'_>, arrival: &Arrival, merge: &Action, root: &RecordRef) {
    let target = arrival.target();
    let mut by_author: BTreeMap<(RecordId, String), (Stamp, Moved)> = BTreeMap::new();
    for (key, value) in &arrival.before.registers {
        if arrival.seen.registers.get(key) == Some(value) || arrival.fields().any(|(written, _)| written == key) {
            continue;
        }
        let Some(stamp) = bench.world.credit(&target, key) else { continue };
        if stamp.user.0.is_nil() || stamp.device == arrival.stamp.device {
            continue;
        }
        let seen = arrival.seen.get(key).filter(|_| took_over(bench, arrival, root, key)).cloned();
        let landed = type_in(bench, arrival, root, &Typed { key, value: value.clone(), seen, stamp: &stamp });
        let author = by_author.entry((stamp.user, stamp.device.to_string()));
        author.or_insert_with(|| (stamp, Moved::default())).1.take(key, landed);
    }
    for (field, now) in arrival.before.texts.iter().filter(|(field, now)| arrival.seen.texts.get(*field) != Some(*now)) {
        write_in(bench, root, field, now, arrival.seen.texts.get(field), None);
    }
    for (stamp, moved) in by_author.into_values() {
        tell(bench, arrival, merge, root, &stamp, &moved);
    }
}

/// Whether the merge itself put the value there; one that somebody typed is theirs, even where it is the alias's too.
fn took_over(bench: &Bench<'_>, arrival: &Arrival, root: &RecordRef, key: &str) -> bool {
    let own = &arrival.stamp;
    bench.credit(root, key).is_some_and(|stamp| stamp.device == own.device && stamp.at_ms == own.at_ms)
}

/// What became of a value.
enum Landed {
    /// Nothing had to be done.
    Nowhere,
    /// It stands on the record that stays.
    Stands,
    /// It stands there, and what somebody else had typed there is kept beside it.
    Over(RecordId),
    /// Another value stands there; it is kept beside that one.
    Beside(Scalar),
}

#[derive(Default)]
struct Moved {
    fields: Vec<String>,
    kept: serde_json::Map<String, Value>,
    /// Who had typed what is kept beside it now.
    overruled: Vec<RecordId>,
}

impl Moved {
    fn take(&mut self, key: &str, landed: Landed) {
        match landed {
            Landed::Nowhere => {}
            Landed::Stands => self.fields.push(field_name(key)),
            Landed::Over(author) => {
                self.fields.push(field_name(key));
                self.overruled.push(author);
            }
            Landed::Beside(stands) => {
                self.fields.push(field_name(key));
                self.kept.insert(key.to_owned(), stands.to_json());
            }
        }
    }
}

/// Where the record that stays holds nothing, or what it took over from the alias, the value stands there; else the field
/// conflict rule decides.
fn type_in(bench: &mut Bench<'_>, arrival: &Arrival, root: &RecordRef, typed: &Typed<'_>) -> Landed {
    let Typed { key, value, seen, stamp } = typed;
    let names_root = alias::named(arrival.kind, key, value).contains(root);
    if !alias::moves(arrival.kind, key) || names_root {
        return Landed::Nowhere;
    }
    settle_typed(bench, root, key, seen.as_ref());
    let stands = bench.raw(root).and_then(|raw| raw.get(key).cloned());
    if stands.as_ref() == Some(value) || (stands.is_none() && value.is_null()) {
        return Landed::Nowhere;
    }
    if value.is_null() && (stands != *seen || is_needed(arrival, key)) {
        return Landed::Nowhere;
    }
    if alias::hangs_below_itself(arrival.kind, root, key, value, bench) {
        bench.alternative_from(&format!("/{}", arrival.id), root, key, value, Some(stamp), RULE);
        return Landed::Beside(stands.unwrap_or(Scalar::Null));
    }
    let Some(stands) = stands.filter(|stands| Some(stands) != seen.as_ref()) else {
        bench.put(root, key, value.clone(), Some((*stamp).clone()), WHY);
        return Landed::Stands;
    };
    let Some(other) = bench.credit(root, key) else { return Landed::Nowhere };
    let origin = format!("/{}", arrival.id);
    let order = |stamp: &Stamp| Reverse((!stamp.clock_off, stamp.at_ms, stamp.seq, stamp.change.clone()));
    if order(stamp) < order(&other) {
        bench.put(root, key, value.clone(), Some((*stamp).clone()), WHY);
        // One for each change: what stood before that is another value.
        bench.alternative_from(&format!("{origin}/stood/{}", other.change), root, key, &stands, Some(&other), "FCR");
        return Landed::Over(other.user);
    }
    bench.alternative_from(&origin, root, key, value, Some(stamp), "FCR");
    Landed::Beside(stands)
}

/// The same for a long text.
fn write_in(
    bench: &mut Bench<'_>,
    root: &RecordRef,
    field: &str,
    now: &str,
    seen: Option<&String>,
    stamp: Option<&Stamp>,
) -> Landed {
    let stands = bench.raw(root).and_then(|raw| raw.texts.get(field).cloned()).unwrap_or_default();
    if stands == now {
        return Landed::Nowhere;
    }
    if stands.is_empty() || Some(&stands) == seen {
        bench.put_text(root, field, now, WHY);
        return Landed::Stands;
    }
    if let Some(stamp) = stamp {
        bench.alternative(root, field, &Scalar::Str(now.to_owned()), Some(stamp), "FCR");
    }
    Landed::Beside(Scalar::Str(stands))
}

fn is_needed(arrival: &Arrival, key: &str) -> bool {
    matches!(key::parse(arrival.kind, key), Key::Field(field) if field.required)
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, merge: &Action, root: &RecordRef, stamp: &Stamp, moved: &Moved) {
    if moved.fields.is_empty() {
        return;
    }
    let gone = bench.title(&arrival.target());
    let message = format!(
        "{} merged {gone} into {} while {} changed {}. The change is on {} now{}{}.",
        bench.name(merge.by),
        bench.title(root),
        bench.name(stamp.user),
        moved.fields.join(", "),
        bench.title(root),
        if moved.kept.is_empty() { "" } else { "; where a later value stands, it is kept beside it" },
        if moved.overruled.is_empty() { "" } else { "; what stood there is kept beside it" },
    );
    let mut told = vec![stamp.user, merge.by];
    told.extend(&moved.overruled);
    let ruling = Ruling {
        field: Some(moved.fields.join(", ")),
        kept: Value::Object(moved.kept.clone()),
        lost: json!({ "merged": arrival.target().to_string() }),
        winner: merge.id.to_string(),
        loser: stamp.change.clone(),
        told,
        salvage: if moved.kept.is_empty() && moved.overruled.is_empty() { "" } else { "choose" },
        ..Ruling::of(RULE, root.clone(), stamp.user, message)
    };
    bench.decide(ruling);
}
