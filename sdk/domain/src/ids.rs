//! Record ids and references. Ids are made by the caller; records made by an action derive theirs.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Identifies one record of any type: UUIDv7 made on the device, or UUIDv5 when an action made the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(pub Uuid);

impl RecordId {
    /// The id of the record that an action on `self` makes in the given `role`, equal on every device (INV-01, INV-20).
    #[must_use]
    pub fn derived(self, role: &str) -> RecordId {
        RecordId(Uuid::new_v5(&self.0, role.as_bytes()))
    }

    /// Its last eight digits, to be printed and told over the telephone.
    #[must_use]
    pub fn short(self) -> String {
        let digits = self.0.simple().to_string().to_uppercase();
        digits.chars().skip(24).collect()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RecordId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(RecordId)
    }
}

/// One record with its type, written `account:0192…` wherever a reference may point at several types.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
pub struct RecordRef {
    /// The record type's name, for example `account`.
    pub kind: String,
    /// The record's id.
    pub id: RecordId,
}

impl RecordRef {
    /// Names the record of type `kind` with this id.
    pub fn new(kind: impl Into<String>, id: RecordId) -> Self {
        RecordRef { kind: kind.into(), id }
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id)
    }
}

/// Why a text is not a reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a reference is written type:id, for example account:0192a3f0-0000-7000-8000-000000000000")]
pub struct NotAReference;

impl FromStr for RecordRef {
    type Err = NotAReference;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, id) = text.split_once(':').ok_or(NotAReference)?;
        let id = id.parse().map_err(|_| NotAReference)?;
        Ok(RecordRef::new(kind, id))
    }
}

impl Serialize for RecordRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
