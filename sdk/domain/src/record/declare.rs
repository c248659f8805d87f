//! The declaration form: a struct, its doc comments and one line per field say everything there is to say.
//!
//! It is the only macro of the workspace (ADR 0002): a struct plus a table beside it would name every field twice.

/// Declares a record type: the struct an app sees and the [`super::RecordType`] all mechanisms read.
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $name:ident is $kind:literal, titled $title:literal, lifecycle $lifecycle:expr, access $access:expr;
        $( $(#[doc = $fdoc:literal])+ $field:ident : $ty:ty = $spec:expr; )*
        $( collection $(#[doc = $cdoc:literal])+ $children:ident of $child:ty; )*
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            /// Identifies the record.
            pub id: $crate::ids::RecordId,
            /// Where the record is in its lifecycle; derived, never written.
            #[serde(default, skip_serializing)]
            pub state: String,
            /// The state's reason; derived, never written.
            #[serde(default, skip_serializing)]
            pub status_reason: String,
            $( $(#[doc = $fdoc])+ #[serde(default)] pub $field: $ty, )*
            $( $(#[doc = $cdoc])+ #[serde(default)] pub $children: Vec<$child>, )*
        }

        impl $name {
            /// An empty record with this id, to be filled in and created.
            #[must_use]
            pub fn new(id: $crate::ids::RecordId) -> Self {
                Self {
                    id,
                    state: String::new(),
                    status_reason: String::new(),
                    $( $field: Default::default(), )*
                    $( $children: Vec::new(), )*
                }
            }
        }

        impl $crate::record::Record for $name {
            const TYPE: &'static $crate::record::RecordType = &$crate::record::RecordType {
                name: $kind,
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
            };
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
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name {
            $(
                /// Identifies the child within its record.
                pub $id: $crate::ids::RecordId,
            )?
            $( $(#[doc = $fdoc])+ #[serde(default)] pub $field: $ty, )*
        }

        impl $name {
            /// The fields, in order.
            pub const FIELDS: &'static [$crate::field::Field] =
                &[ $( $spec.named(stringify!($field), concat!($($fdoc),+)), )* ];
        }
    };
}

pub(crate) use {part, record};
