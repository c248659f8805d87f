//! The record types: each is declared once, in its own file below, and everything else follows from that.
//!
//! Adding a record type: one file `record/<name>.rs`, one line in the list below, its lifecycle row set in
//! `lifecycle/`; then regenerate `docs/records.md` and `docs/lifecycles.md`.

use crate::constraint::Constraint;
use crate::field::Field;
use crate::ids::RecordId;
use crate::lifecycle::Lifecycle;
use crate::permission::Access;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

mod declare;
mod read;

pub mod account;
pub mod activity;
pub mod attachment;
pub mod catalogue;
pub mod competitor;
pub mod contact;
pub mod goal;
pub mod invoice;
pub mod lead;
pub mod literature;
pub mod opportunity;
pub mod order;
pub mod people;
pub mod price_list;
pub mod quote;
pub mod sales;

/// A set of children kept under `<name>/<uuid>/<field>`, so that two people may add one at once.
#[derive(Debug)]
pub struct Collection {
    /// The name in documents and JSON.
    pub name: &'static str,
    /// The fields of a child.
    pub fields: &'static [Field],
    /// When the whole collection freezes.
    pub doc: &'static str,
}

/// Everything the product knows about one record type.
#[derive(Debug)]
pub struct RecordType {
    /// The name in documents, JSON, SQL and on the wire.
    pub name: &'static str,
    /// The name of its struct in Rust, Swift and Kotlin.
    pub struct_name: &'static str,
    /// What it is, in words a seller uses.
    pub doc: &'static str,
    /// Its fields, common ones excluded.
    pub fields: &'static [Field],
    /// Its child collections.
    pub collections: &'static [Collection],
    /// Its lifecycle.
    pub lifecycle: &'static Lifecycle,
    /// Who may write it.
    pub access: Access,
    /// The field that names it in lists and sentences.
    pub title: &'static str,
    /// What must hold of several of its fields, or of other records, together.
    pub constraints: &'static [Constraint],
}

impl RecordType {
    /// The declared field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The child collection of this name.
    #[must_use]
    pub fn collection(&self, name: &str) -> Option<&'static Collection> {
        self.collections.iter().find(|collection| collection.name == name)
    }
}

/// A record type as a Rust struct; the struct and its [`RecordType`] come from one declaration.
pub trait Record: Serialize + DeserializeOwned {
    /// The declaration.
    const TYPE: &'static RecordType;

    /// Reads a record as a person sees it.
    ///
    /// # Errors
    /// What serde gives where a newer app keeps something the struct cannot hold.
    fn read(body: Map<String, Value>) -> Result<Self, serde_json::Error>;
}

declare::record_types! {
    people::BusinessUnit,
    people::SecurityRole,
    people::Territory,
    people::User,
    people::Team,
    account::Account,
    contact::Contact,
    lead::Lead,
    opportunity::Opportunity,
    quote::Quote,
    order::SalesOrder,
    invoice::Invoice,
    competitor::Competitor,
    price_list::TransactionCurrency,
    catalogue::UnitGroup,
    catalogue::UnitOfMeasure,
    catalogue::Product,
    catalogue::ProductRelationship,
    price_list::PriceList,
    price_list::PriceListItem,
    price_list::DiscountList,
    goal::FiscalCalendar,
    goal::GoalMetric,
    goal::RollupQuery,
    goal::Goal,
    literature::SalesLiterature,
    activity::TaskActivity,
    activity::PhoneCall,
    activity::EmailMessage,
    activity::RecurringAppointment,
    activity::Appointment,
    activity::Note,
}

/// Version of the declarations; a phone tells it to the server, so that an app too old for a change is told to upgrade.
pub const SCHEMA_VERSION: u32 = 1;

/// Looks a record type up by name.
#[must_use]
pub fn find(name: &str) -> Option<&'static RecordType> {
    RECORD_TYPES.iter().copied().find(|kind| kind.name == name)
}

/// The fields that constraints of other records look at.
pub(crate) fn followed() -> impl Iterator<Item = &'static str> {
    RECORD_TYPES.iter().flat_map(|kind| kind.constraints).flat_map(|constraint| constraint.follows.iter().copied())
}

/// The id that follows from a record's fields, where there can be one record with these only (INV-62).
#[must_use]
pub fn id_in(kind: &RecordType, fields: &Map<String, Value>) -> Option<RecordId> {
    (kind.name == price_list::PriceListItem::TYPE.name).then(|| price_list::PriceListItem::id_in(fields)).flatten()
}
