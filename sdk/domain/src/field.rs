//! What a field may hold: the one mechanism that checks a value, on the phone and on the server alike.

use crate::money;
use crate::refusal::Refusal;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

mod check;

/// Which values a field takes and how they merge.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// One line of text of at most `max` characters; merges as a whole.
    Text {
        /// Most characters.
        max: usize,
    },
    /// Long text, merged letter by letter.
    LongText {
        /// Most characters.
        max: usize,
    },
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A web address.
    Url,
    /// Yes or no.
    Bool,
    /// A whole number between `min` and `max`.
    Integer {
        /// Least value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// A decimal from 0 to [`money::AMOUNT_MAX`] with at most `scale` decimal places.
    Decimal {
        /// Most decimal places.
        scale: u32,
    },
    /// A decimal of either sign, as far from 0 as an amount may be, with at most `scale` decimal places.
    Signed {
        /// Most decimal places.
        scale: u32,
    },
    /// A percentage from 0 to `max` with at most four decimal places.
    Percent {
        /// Largest value.
        max: i64,
    },
    /// A calendar day, `2026-11-23`.
    Date,
    /// A moment, RFC 3339 in UTC.
    Time,
    /// One of these words; words a newer app knows are kept as they are.
    Choice(&'static [&'static str]),
    /// A reference: one type is stored as its id, several as `type:id`.
    Ref(&'static [&'static str]),
    /// A child of the same record, or of the record it was copied from, by its id.
    Line,
    /// A file's content, by the hash of its bytes; the bytes travel beside the documents (ADR 0010).
    Blob,
    /// Values valid only together, in one atomic register.
    Compound(&'static [Field]),
}

/// When a field freezes (`domain.md` section 0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freeze {
    /// F0: always open.
    Open,
    /// F1: descriptive; a concurrent edit still lands on a frozen record.
    Descriptive,
    /// F2: commercial; frozen with the record.
    Commercial,
    /// F3: only the server writes or derives it (INV-84).
    Server,
}

impl Freeze {
    /// The class as the domain spells it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Freeze::Open => "F0",
            Freeze::Descriptive => "F1",
            Freeze::Commercial => "F2",
            Freeze::Server => "F3",
        }
    }
}

/// One field of a record type, a child collection or an action's arguments.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name in Rust, documents, JSON and SQL.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// When it freezes.
    pub freeze: Freeze,
    /// The record cannot be saved without it.
    pub required: bool,
    /// A collision on it is told to both authors and the owner.
    pub material: bool,
    /// People filter or sort by it, so the projection indexes it.
    pub indexed: bool,
    /// It says when something happened, so it cannot lie in the future (INV-80).
    pub past: bool,
    /// The phone works it out while it writes; nobody types it, and a collision on it is nobody's news.
    pub computed: bool,
    /// Whether the office writes it down, so that it is not worked out anew from the record each time.
    pub office: bool,
    /// What must hold between the parts of a compound value.
    pub rule: Option<PartsRule>,
}

/// What must hold between the parts of a compound value, checked wherever the value itself is: on the phone that writes
/// it and by the server that lets it in.
#[derive(Clone, Copy, Debug)]
pub struct PartsRule {
    /// Stable code of the refusal: the invariant where it has one.
    pub code: &'static str,
    /// What must hold, as the end of a sentence that starts with the field: `when ends before it starts`.
    pub otherwise: &'static str,
    /// Whether it does; the parts are in their one spelling already.
    pub holds: fn(&Map<String, Value>) -> bool,
}

/// A field holding `kind`; descriptive, optional, neither material nor indexed until said otherwise.
#[must_use]
pub const fn of(kind: Kind) -> Field {
    let freeze = Freeze::Descriptive;
    let (required, material, indexed, past, computed, office, rule) = (false, false, false, false, false, false, None);
    Field { name: "", doc: "", kind, freeze, required, material, indexed, past, computed, office, rule }
}

/// One line of text.
#[must_use]
pub const fn text(max: usize) -> Field {
    of(Kind::Text { max })
}

/// Long text merged letter by letter.
#[must_use]
pub const fn long_text(max: usize) -> Field {
    of(Kind::LongText { max })
}

/// An amount of money.
#[must_use]
pub const fn money() -> Field {
    of(Kind::Decimal { scale: 4 }).commercial()
}

/// A percentage up to 100.
#[must_use]
pub const fn percent() -> Field {
    of(Kind::Percent { max: 100 })
}

/// A child of the same record, or of the record it was copied from.
#[must_use]
pub const fn line() -> Field {
    of(Kind::Line)
}

/// A reference to one of `types`.
#[must_use]
pub const fn reference(types: &'static [&'static str]) -> Field {
    of(Kind::Ref(types))
}

/// One of `words`.
#[must_use]
pub const fn choice(words: &'static [&'static str]) -> Field {
    of(Kind::Choice(words))
}

impl Field {
    /// Names the field; the declaration does this.
    #[must_use]
    pub const fn named(mut self, name: &'static str, doc: &'static str) -> Self {
        self.name = name;
        self.doc = doc;
        self
    }

    /// The record cannot be saved without it.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// A collision on it is told to both authors and the owner.
    #[must_use]
    pub const fn material(mut self) -> Self {
        self.material = true;
        self
    }

    /// The projection indexes it.
    #[must_use]
    pub const fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// It cannot lie in the future.
    #[must_use]
    pub const fn past(mut self) -> Self {
        self.past = true;
        self
    }

    /// The phone works it out.
    #[must_use]
    pub const fn computed(mut self) -> Self {
        self.computed = true;
        self
    }

    /// Its parts only go together like this.
    #[must_use]
    pub const fn rule(mut self, rule: PartsRule) -> Self {
        self.rule = Some(rule);
        self
    }

    /// F0.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.freeze = Freeze::Open;
        self
    }

    /// F2.
    #[must_use]
    pub const fn commercial(mut self) -> Self {
        self.freeze = Freeze::Commercial;
        self
    }

    /// F3.
    #[must_use]
    pub const fn server(mut self) -> Self {
        self.freeze = Freeze::Server;
        self
    }

    /// F3, written down by the office.
    #[must_use]
    pub const fn office(mut self) -> Self {
        self.office = true;
        self.server()
    }

    /// Whether it, or a part of it, names other records.
    #[must_use]
    pub fn refers(&self) -> bool {
        let inside = matches!(self.kind, Kind::Compound(parts) if parts.iter().any(Field::refers));
        inside || matches!(self.kind, Kind::Ref(_))
    }

    /// Whether the value lives in an Automerge text rather than a register.
    #[must_use]
    pub fn is_long_text(&self) -> bool {
        matches!(self.kind, Kind::LongText { .. })
    }

    /// Brings a JSON value to its one spelling, or says why it cannot be kept.
    ///
    /// # Errors
    /// A refusal naming this field, with a code such as `field.too_long`.
    pub fn check(&self, value: &Value) -> Result<Value, Refusal> {
        check::value(self, value)
    }

    /// Reads what a person typed, for example `12.50`, `yes` or a date, and checks it.
    ///
    /// # Errors
    /// As [`Field::check`].
    pub fn parse(&self, typed: &str) -> Result<Value, Refusal> {
        check::typed(self, typed)
    }
}

/// Sets one part of a compound from what a person typed, keeping its other parts.
///
/// Without a part's name the first part is meant; yes-or-no parts say how the value came about and are cleared by that.
/// The part alone is checked: whether all parts go together is seen when the value is whole, on saving.
///
/// # Errors
/// As [`Field::check`] for the part; also an unknown part's name.
pub fn set_part(field: &Field, current: Option<&Value>, part: Option<&str>, typed: &str) -> Result<Value, Refusal> {
    let Kind::Compound(parts) = field.kind else { return field.parse(typed) };
    let mut object: Map<String, Value> = current.and_then(Value::as_object).cloned().unwrap_or_default();
    let chosen = match part {
        Some(name) => parts.iter().find(|p| p.name == name),
        None => {
            object.retain(|_, value| !value.is_boolean());
            parts.first()
        }
    };
    let Some(chosen) = chosen else {
        let names: Vec<&str> = parts.iter().map(|p| p.name).collect();
        let message = format!("{} has the parts {}", field.name, names.join(", "));
        return Err(Refusal::field("field.unknown_part", field.name, message));
    };
    let part = Field { required: false, ..*chosen }.parse(typed)?;
    if part.is_null() {
        object.remove(chosen.name);
    } else {
        object.insert(chosen.name.to_owned(), part);
    }
    Ok(if object.is_empty() { Value::Null } else { Value::Object(object) })
}

/// Whether of two parts, days, moments or whole numbers, the first is no later or larger than the second; true while one
/// of them is missing.
#[must_use]
pub fn in_order(parts: &Map<String, Value>, first: &str, second: &str) -> bool {
    match (parts.get(first), parts.get(second)) {
        (Some(Value::String(first)), Some(Value::String(second))) => first <= second,
        (Some(first), Some(second)) => match (first.as_i64(), second.as_i64()) {
            (Some(first), Some(second)) => first <= second,
            _ => true,
        },
        _ => true,
    }
}

/// Reads a decimal out of a JSON value as [`Field::check`] spells it.
#[must_use]
pub fn decimal(value: Option<&Value>) -> Option<Decimal> {
    value.and_then(Value::as_str).and_then(money::parse)
}
