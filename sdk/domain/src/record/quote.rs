//! Quotes: what we offer a customer, at which price.

use super::declare::{priced, sales_document, sales_line};
use super::sales::{Address, LINE_ROLES, PriceBasis, Pricing, PropertyValue, Quantity, SHIP_METHODS};
use crate::approval;
use crate::constraint::{Test, customers, whole};
use crate::field::{Kind, choice, line, long_text, money, of, percent, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::owner;
use crate::permission::Access;
use chrono::NaiveDate;
use rust_decimal::Decimal;

sales_line! {
    /// A product or a write-in that we offer.
    QuoteLine;
    /// The day the customer wants it.
    requested_delivery: Option<NaiveDate> = of(Kind::Date).commercial();
    /// Who sold it.
    sales_rep: Option<RecordId> = reference(&["user"]).commercial();
}

sales_document! {
    /// What we offer a customer; once active, exactly what the customer received (INV-34).
    Quote is "quote", lifecycle &lifecycle::quote::QUOTE, access Access::Sales, lines QuoteLine;

    /// Its number; all revisions of an offer carry the same one. Provisional until the office has it (INV-32).
    quote_number: Option<String> = text(40).commercial().computed().indexed();
    /// The number its phone gave it before the office did; it stays, for whoever has it on paper (INV-32).
    provisional_number: Option<String> = text(40).commercial().computed().indexed();
    /// Which revision of the offer it is, from 0.
    revision: Option<i64> = of(Kind::Integer { min: 0, max: 10_000 }).commercial().computed();
    /// The revision it takes the place of.
    predecessor: Option<RecordId> = reference(&["quote"]).commercial().computed().indexed();
    /// The first day the offer holds.
    effective_from: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The last day the offer holds.
    effective_to: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The day the customer has to answer by.
    expires_on: Option<NaiveDate> = of(Kind::Date).commercial().material();
    /// When the customer received it; set by activating it.
    activated_on: Option<NaiveDate> = of(Kind::Date).server().indexed();
    /// The day it was closed.
    closed_on: Option<NaiveDate> = of(Kind::Date).server().indexed();

    constraint whole("quote.effective", &["effective_from", "effective_to"], Test::Ordered,
        "the last day an offer holds is not before the first");
    constraint customers::PRICE_LIST_IN_USE;
    constraint owner::LEFT_BEHIND;
    constraint approval::PRICE_WAITS;
    constraint approval::NEEDS_APPROVAL;
}
