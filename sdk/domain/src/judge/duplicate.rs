//! INV-08: two contacts with one e-mail address are both kept and told; where nothing tells them apart they become one.

use super::bench::{Bench, Ruling};
use super::{Arrival, merge};
use crate::action::Records;
use crate::alias;
use crate::body::{is_active, shown, text};
use crate::ids::RecordRef;
use crate::raw::Raw;
use crate::record::RecordType;
use serde_json::Value;
use uuid::Uuid;

const EMAIL: &str = "email";

/// Looks for others with the address of a contact that is new, got it, or is in use again.
pub(super) fn judge(bench: &mut Bench<'_>, arrival: &Arrival) {
    let wrote = |field: &str| arrival.fields().any(|(key, _)| key == field);
    let woken = !arrival.before.exists() || wrote(EMAIL) || !arrival.new_actions().is_empty();
    if arrival.kind.name != "contact" || !woken {
        return;
    }
    let target = arrival.target();
    let Some(email) = address(bench, &target) else { return };
    let mut others = Records::referring(bench, "contact", EMAIL, &email);
    others.retain(|other| *other != target && address(bench, other).as_ref() == Some(&email));
    others.sort_by_key(|other| age(bench, other));
    for other in others {
        let (older, younger) =
            if age(bench, &other) < age(bench, &target) { (other, target.clone()) } else { (target.clone(), other) };
        let one = is_one(arrival.kind, &bench.raw(&older).unwrap_or_default(), &bench.raw(&younger).unwrap_or_default());
        tell(bench, arrival, &older, &younger, &email, one);
        if one {
            merge::perform(bench, &younger, &older, arrival.stamp.user);
        }
        if one && younger == target {
            return;
        }
    }
}

/// The address of a contact in use.
fn address(bench: &Bench<'_>, contact: &RecordRef) -> Option<String> {
    let body = shown(contact, bench).filter(|body| is_active(body))?;
    text(&body, EMAIL).map(str::to_owned)
}

/// Which of two came first does not depend on which arrived first.
fn age(bench: &Bench<'_>, contact: &RecordRef) -> (Option<i64>, RecordRef) {
    (bench.raw(contact).and_then(|raw| raw.created_ms), contact.clone())
}

/// Whether two records say the same of one person, wherever both say something.
fn is_one(kind: &'static RecordType, one: &Raw, other: &Raw) -> bool {
    let agree = ["last_name", "account"].iter().all(|field| one.get(field) == other.get(field));
    let typed = |key: &str| key == "owner" || alias::moves(kind, key);
    let registers = one.registers.keys().filter(|key| typed(key));
    let differs = registers.filter(|key| one.get(key).zip(other.get(key)).is_some_and(|(one, other)| one != other)).count();
    let empty = |text: Option<&String>| text.is_none_or(String::is_empty);
    let apart = |(field, text): (&String, &String)| {
        let theirs = other.texts.get(field);
        !text.is_empty() && !empty(theirs) && theirs != Some(text)
    };
    agree && differs == 0 && !one.texts.iter().any(apart)
}

fn tell(bench: &mut Bench<'_>, arrival: &Arrival, older: &RecordRef, younger: &RecordRef, email: &str, one: bool) {
    let mut told = bench.owners(older);
    told.extend(bench.owners(younger));
    let (was, is) = (bench.title(younger), bench.title(older));
    let message = if one {
        format!("{was} was entered twice with the address {email} and nothing that differs; the two are one contact now.")
    } else {
        format!("{was} and {is} have the same e-mail address, {email}. If they are one person, merge them.")
    };
    let once = Uuid::new_v5(&older.id.0, format!("INV-08/{younger}/{email}").as_bytes());
    let ruling = Ruling {
        field: Some(EMAIL.to_owned()),
        kept: Value::from(older.to_string()),
        lost: Value::from(younger.to_string()),
        told,
        salvage: if one { "" } else { "merge" },
        ..Ruling::of("INV-08", younger.clone(), arrival.stamp.user, message)
    };
    bench.tell_as(once, ruling);
}
