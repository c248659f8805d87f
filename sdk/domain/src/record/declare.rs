//! The declaration form: a struct, its doc comments and one line per field say everything there is to say.
//!
//! These are the only macros of the workspace (ADR 0002): a struct plus a table beside it would name every field twice.

mod priced;

/// Declares a record type: the struct an app sees and the [`super::RecordType`] all mechanisms read.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident is $kind:literal, titled $title:literal, lifecycle $lifecycle:expr, access $access:expr;
        $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $spec:expr; )*
        $( collection $(#[doc = $cdoc:literal])+ $children:ident of $child:ty; )*
        $( constraint $constraint:expr; )*
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
        pub struct $name {
            /// Identifies the record.
            pub id: $crate::ids::RecordId,
            $(
                $(#[doc = $fdoc])+
                #[cfg_attr(feature = "uniffi", uniffi(default))]
                pub $field: $ty,
            )*
            $(
                $(#[doc = $cdoc])+
                #[cfg_attr(feature = "uniffi", uniffi(default))]
                pub $children: Vec<$child>,
            )*
            /// Where the record is in its lifecycle; derived, never written.
            #[serde(skip_serializing)]
            #[cfg_attr(feature = "uniffi", uniffi(default))]
            pub state: String,
            /// The state's reason; derived, never written.
            #[serde(skip_serializing)]
            #[cfg_attr(feature = "uniffi", uniffi(default))]
            pub status_reason: String,
            /// When it was created; derived, never written.
            #[serde(skip_serializing)]
            #[cfg_attr(feature = "uniffi", uniffi(default))]
            pub created_at: Option<$crate::time::Timestamp>,
            /// When it was last changed; derived, never written.
            #[serde(skip_serializing)]
            #[cfg_attr(feature = "uniffi", uniffi(default))]
            pub modified_at: Option<$crate::time::Timestamp>,
            /// Whether work on it waits to be sent; derived, never written.
            #[serde(skip_serializing)]
            #[cfg_attr(feature = "uniffi", uniffi(default))]
            pub pending: bool,
            /// Whether it was deleted; derived, never written.
            #[serde(skip_serializing)]
            #[cfg_attr(feature = "uniffi", uniffi(default))]
            pub deleted: bool,
        }

        impl $name {
            /// An empty record with this id, to be filled in and created.
            #[must_use]
            pub fn new(id: $crate::ids::RecordId) -> Self {
                Self {
                    id,
                    $( $field: Default::default(), )*
                    $( $children: Vec::new(), )*
                    state: String::new(),
                    status_reason: String::new(),
                    created_at: None,
                    modified_at: None,
                    pending: false,
                    deleted: false,
                }
            }
        }

        $crate::record::declare::read_by_fields!($name);

        impl $crate::record::Record for $name {
            const TYPE: &'static $crate::record::RecordType = &$crate::record::RecordType {
                name: $kind,
                struct_name: stringify!($name),
                doc: concat!($($doc),+),
                fields: &[ $( $spec.named(stringify!($field), concat!($($fdoc),+)), )* ],
                collections: &[ $( $crate::record::Collection {
                    name: stringify!($children),
                    fields: <$child>::FIELDS,
                    doc: concat!($($cdoc),+),
                }, )* ],
                lifecycle: $lifecycle,
                access: $access,
                title: $title,
                constraints: &[ $( $constraint, )* ],
            };

            fn read(body: serde_json::Map<String, serde_json::Value>) -> Result<Self, serde_json::Error> {
                Self::of_fields($crate::record::read::Fields::new(body))
            }
        }

        impl $name {
            fn of_fields(mut fields: $crate::record::read::Fields) -> Result<Self, serde_json::Error> {
                let mut made = Self::new(fields.required("id")?);
                $( fields.fill(stringify!($field), &mut made.$field)?; )*
                $( fields.fill(stringify!($children), &mut made.$children)?; )*
                fields.fill("state", &mut made.state)?;
                fields.fill("status_reason", &mut made.status_reason)?;
                fields.fill("created_at", &mut made.created_at)?;
                fields.fill("modified_at", &mut made.modified_at)?;
                fields.fill("pending", &mut made.pending)?;
                fields.fill("deleted", &mut made.deleted)?;
                Ok(made)
            }
        }
    };
}

/// Declares a child of a record or a compound value: a struct and its fields.
macro_rules! part {
    (
        $(#[doc = $doc:literal])+
        $name:ident $(keyed by $id:ident)?;
        $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $spec:expr; )*
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "uniffi", derive(uniffi::Record))]
        pub struct $name {
            $(
                /// Identifies the child within its record.
                pub $id: $crate::ids::RecordId,
            )?
            $(
                $(#[doc = $fdoc])+
                #[cfg_attr(feature = "uniffi", uniffi(default))]
                pub $field: $ty,
            )*
        }

        impl $name {
            /// The fields, in order.
            pub const FIELDS: &'static [$crate::field::Field] =
                &[ $( $spec.named(stringify!($field), concat!($($fdoc),+)), )* ];

            fn of_fields(mut fields: $crate::record::read::Fields) -> Result<Self, serde_json::Error> {
                let mut made = Self {
                    $( $id: fields.required(stringify!($id))?, )?
                    $( $field: Default::default(), )*
                };
                $( fields.fill(stringify!($field), &mut made.$field)?; )*
                Ok(made)
            }
        }

        $crate::record::declare::read_by_fields!($name);
    };
}

/// Lets serde read a struct by its `of_fields`.
macro_rules! read_by_fields {
    ( $name:ident ) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(format: D) -> Result<Self, D::Error> {
                $crate::record::read::structure(format, Self::of_fields)
            }
        }
    };
}

/// Lists the record types, once: [`super::RECORD_TYPES`] and [`super::AnyRecord`] are this list.
macro_rules! record_types {
    ( $( $module:ident :: $name:ident, )* ) => {
        /// The list of record types. Order is the order of the documentation and of a first upload.
        pub const RECORD_TYPES: &[&RecordType] = &[ $( $module::$name::TYPE, )* ];

        /// A record of any type, for callers that cannot be generic.
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
        pub enum AnyRecord {
            $(
                /// A record of the type of this name.
                $name {
                    /// The record.
                    record: $module::$name,
                },
            )*
        }

        impl AnyRecord {
            /// The record's type.
            #[must_use]
            pub fn kind(&self) -> &'static RecordType {
                match self { $( Self::$name { .. } => $module::$name::TYPE, )* }
            }

            /// The record's id.
            #[must_use]
            pub fn id(&self) -> RecordId {
                match self { $( Self::$name { record } => record.id, )* }
            }

            /// The record as the JSON every mechanism works on, derived values left out.
            ///
            /// # Errors
            /// What serde gives.
            pub fn to_json(&self) -> Result<Value, serde_json::Error> {
                match self { $( Self::$name { record } => serde_json::to_value(record), )* }
            }

            /// Reads a record of this type as a person sees it; `None` if there is no such type.
            ///
            /// # Errors
            /// What serde gives where a newer app keeps something the struct cannot hold.
            pub fn from_json(kind: &str, body: Map<String, Value>) -> Result<Option<Self>, serde_json::Error> {
                $(
                    if kind == $module::$name::TYPE.name {
                        return Ok(Some(Self::$name { record: $module::$name::read(body)? }));
                    }
                )*
                Ok(None)
            }
        }
    };
}

pub(crate) use priced::{priced, sales_document, sales_line};
pub(crate) use {part, read_by_fields, record, record_types};
