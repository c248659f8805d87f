//! The phone's SDK as Swift, Kotlin and Python see it. A thin layer: it holds no rule.
//!
//! [`book::Book`] is the object an app holds; its methods are those of `fieldbook_device::Book`, with
//! [`AnyRecord`](fieldbook_domain::record::AnyRecord) where Rust is generic. The typed faces (`create(account)`,
//! `OpportunityAction.win(…)`) are written by `bindings/bindgen` from the tables of the domain.
//!
//! Every call runs on the runtime of `background.rs`, which turns a panic into [`error::FieldbookError::Bug`]. What calls back
//! into the app is in `listen.rs`. `value.rs` holds what a field may hold, `shown.rs` what an app is shown, `timeline.rs` what happened around a record.

pub mod background;
pub mod book;
pub mod cancel;
pub mod error;
pub mod listen;
pub mod query;
pub mod shown;
pub mod timeline;
pub mod value;

uniffi::setup_scaffolding!();

/// The domain says how these cross; ids need no such line because their type is the domain's own.
mod crossing {
    use chrono::NaiveDate;
    use fieldbook_domain::time::Timestamp;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    uniffi::use_remote_type!(fieldbook_domain::Uuid);
    uniffi::use_remote_type!(fieldbook_domain::Decimal);
    uniffi::use_remote_type!(fieldbook_domain::NaiveDate);
    uniffi::use_remote_type!(fieldbook_domain::Timestamp);
}
