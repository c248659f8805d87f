//! Records that may be the same person or company: found, told, never blocked (INV-08).

use serde::Serialize;

use crate::action::Records;
use crate::body::{Body, shown, text};
use crate::ids::{RecordId, RecordRef};
use crate::record;
use crate::view;

/// A record that may be the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct Duplicate {
    /// The record.
    #[serde(serialize_with = "spelled")]
    pub record: RecordRef,
    /// Its name for people.
    pub title: String,
    /// What is the same, in words.
    pub same: &'static str,
}

/// Where to look: fields of the record at hand, and of which other records they should differ from which field.
struct Rule {
    kinds: &'static [&'static str],
    field: &'static str,
    others: &'static [&'static str],
    theirs: &'static str,
    /// Other fields that must agree as well.
    and: &'static [&'static str],
    same: &'static str,
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule { kinds: &["contact", "lead"], field: "email",        others: &["contact", "lead"], theirs: "email",     and: &[], same: "the e-mail address" },
    Rule { kinds: &["lead"],            field: "last_name",    others: &["lead"],            theirs: "last_name", and: &["first_name", "company_name"], same: "name and company" },
    Rule { kinds: &["lead"],            field: "company_name", others: &["account"],         theirs: "name",      and: &[], same: "the company's name" },
    Rule { kinds: &["account"],         field: "name",         others: &["account"],         theirs: "name",      and: &[], same: "the name" },
];

/// What only one record of a type holds, as its constraints say.
const UNIQUE: &[(&str, &str)] = &[("product", "product_number"), ("currency", "iso_code")];

/// Whether records are found by what this field of this type holds, so that it is worth an index.
#[must_use]
pub fn matches(kind: &str, field: &str) -> bool {
    RULES.iter().any(|rule| rule.theirs == field && rule.others.contains(&kind)) || UNIQUE.contains(&(kind, field))
}

/// The records that may be the same as one of this type with these fields, itself left out.
#[must_use]
pub fn of(kind: &str, id: Option<RecordId>, body: &Body, records: &dyn Records) -> Vec<Duplicate> {
    let mut found: Vec<Duplicate> = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.kinds.contains(&kind)) {
        let Some(own) = text(body, rule.field) else { continue };
        for target in rule.others.iter().flat_map(|other| records.referring(other, rule.theirs, own)) {
            let itself = target.kind == kind && Some(target.id) == id;
            let known = found.iter().any(|duplicate| duplicate.record == target);
            let made_of_it = |other: &Body| id.is_some_and(|id| text(other, "originating_lead") == Some(&id.to_string()));
            let Some(other) = shown(&target, records).filter(|other| !itself && !known && !made_of_it(other)) else { continue };
            let agree = |field: &&str| match (text(body, field), text(&other, field)) {
                (Some(own), Some(theirs)) => own.to_lowercase() == theirs.to_lowercase(),
                (own, theirs) => own.is_none() && theirs.is_none(),
            };
            if rule.and.iter().all(agree) {
                let title = record::find(&target.kind).map(|kind| view::title(kind, &other)).unwrap_or_default();
                found.push(Duplicate { record: target, title, same: rule.same });
            }
        }
    }
    found
}

fn spelled<S: serde::Serializer>(record: &RecordRef, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(record)
}
