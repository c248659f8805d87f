//! What the typed faces are written from: each record type with its fields and actions, as the tables declare them.

use std::collections::BTreeSet;

use fieldbook_domain::field::{Field, Kind};
use fieldbook_domain::record::{RECORD_TYPES, RecordType};
use heck::{ToLowerCamelCase, ToUpperCamelCase};

/// One record type.
pub(crate) struct Record {
    /// Its declaration.
    pub(crate) declared: &'static RecordType,
    /// The name in documents, `price_list`.
    pub(crate) kind: &'static str,
    /// The name of the struct, `PriceList`.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) doc: &'static str,
    /// What a list can be filtered and sorted by.
    pub(crate) fields: Vec<Member>,
    /// What can be done to it.
    pub(crate) actions: Vec<Action>,
}

/// Something with a name and a value: a field of a record, an argument of an action.
pub(crate) struct Member {
    /// The name in documents; a part of a compound is `pricing.currency`.
    pub(crate) path: String,
    /// The name in Swift and Kotlin, `pricingCurrency`.
    pub(crate) name: String,
    /// What it means.
    pub(crate) doc: String,
    /// What it holds.
    pub(crate) holds: Holds,
    /// The words it takes, where it takes only some.
    pub(crate) words: &'static [&'static str],
}

/// One action with its arguments.
pub(crate) struct Action {
    /// The verb.
    pub(crate) verb: &'static str,
    /// What it means.
    pub(crate) doc: &'static str,
    /// What a person may say with it.
    pub(crate) arguments: Vec<Member>,
    /// Whether only the office does it, wherever it starts; typed calls then go there by themselves.
    pub(crate) only_at_office: bool,
}

/// The variants of `FieldValue` that hold something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    Flag,
    Number,
    Amount,
    Day,
    Moment,
    Link,
    Reference,
}

/// The record types, in the order of their list.
pub(crate) fn records() -> Vec<Record> {
    RECORD_TYPES.iter().copied().map(Record::of).collect()
}

impl Record {
    fn of(kind: &'static RecordType) -> Self {
        let common = [
            ("id", "Identifies the record.", Holds::Link),
            ("state", "Where the record is in its lifecycle.", Holds::Text),
            ("status_reason", "The state's reason.", Holds::Text),
            ("created_at", "When it was created.", Holds::Moment),
            ("modified_at", "When it was last changed.", Holds::Moment),
        ];
        let common = common.into_iter().map(|(path, doc, holds)| Member::new(path.to_owned(), doc, holds, &[]));
        let actions = kind.lifecycle.actions.iter().map(|action| Action {
            verb: action.name,
            doc: action.doc,
            arguments: action.asked().flat_map(|arg| Member::of("", &arg.field)).collect(),
            only_at_office: kind.lifecycle.only_at_office(action.name),
        });
        Self {
            declared: kind,
            kind: kind.name,
            name: kind.struct_name,
            doc: kind.doc.trim(),
            fields: common.chain(kind.fields.iter().flat_map(|field| Member::of("", field))).collect(),
            actions: actions.collect(),
        }
    }

    /// The name of many of them, `Opportunities`.
    pub(crate) fn plural(&self) -> String {
        match (self.name.strip_suffix('y'), self.name.split_once("Of")) {
            (Some(stem), _) => format!("{stem}ies"),
            (None, Some((counted, of))) => format!("{counted}sOf{of}"),
            (None, None) => format!("{}s", self.name),
        }
    }

    /// The sets of words of its states and fields, by the name of the set: `State`, `Stage`, `Rating`.
    pub(crate) fn words(&self) -> Vec<(String, Vec<&'static str>)> {
        let mut states: Vec<&'static str> = self.declared.lifecycle.states.iter().map(|state| state.name).collect();
        // A state that is frozen for some reasons only stands in the table twice.
        let mut seen = BTreeSet::new();
        states.retain(|state| seen.insert(*state));
        let chosen = self.fields.iter().filter(|field| !field.words.is_empty());
        let mut sets = vec![("State".to_owned(), states)];
        sets.extend(chosen.map(|field| (field.path.to_upper_camel_case(), field.words.to_vec())));
        sets
    }
}

impl Member {
    fn new(path: String, doc: &str, holds: Holds, words: &'static [&'static str]) -> Self {
        Self { name: path.to_lower_camel_case(), path, doc: doc.trim().to_owned(), holds, words }
    }

    /// The field itself, or each part of a compound.
    fn of(within: &str, field: &Field) -> Vec<Self> {
        let path = format!("{within}{}", field.name);
        let mut words: &[&str] = &[];
        let holds = match field.kind {
            Kind::Compound(parts) => return parts.iter().flat_map(|part| Self::of(&format!("{path}."), part)).collect(),
            Kind::Text { .. } | Kind::LongText { .. } | Kind::Email | Kind::Phone | Kind::Url | Kind::Blob => Holds::Text,
            Kind::Choice(choices) => {
                words = choices;
                Holds::Text
            }
            Kind::Bool => Holds::Flag,
            Kind::Integer { .. } => Holds::Number,
            Kind::Decimal { .. } | Kind::Signed { .. } | Kind::Percent { .. } => Holds::Amount,
            Kind::Date => Holds::Day,
            Kind::Time => Holds::Moment,
            Kind::Ref([_]) | Kind::Line => Holds::Link,
            Kind::Ref(_) => Holds::Reference,
        };
        vec![Self::new(path, field.doc, holds, words)]
    }
}

/// A name that a language takes, whose own words these are; both languages put them in backticks.
pub(crate) fn escaped(name: &str, reserved: &[&str]) -> String {
    if reserved.contains(&name) { format!("`{name}`") } else { lettered(name) }
}

/// No name starts with a digit.
pub(crate) fn lettered(name: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name.to_owned() }
}
