//! Orders: what a customer has bought.

use super::declare::{priced, sales_document, sales_line};
use super::sales::{Address, LINE_ROLES, PriceBasis, Pricing, PropertyValue, Quantity, SHIP_METHODS};
use crate::body::id;
use crate::constraint::{Scene, Test, billing, customers, each, whole};
use crate::field::{Kind, choice, line, long_text, money, of, percent, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::permission::Access;
use chrono::NaiveDate;
use rust_decimal::Decimal;

sales_line! {
    /// A product or a write-in that the customer bought.
    OrderLine;
    /// The day the customer wants it.
    requested_delivery: Option<NaiveDate> = of(Kind::Date).commercial();
    /// Who sold it.
    sales_rep: Option<RecordId> = reference(&["user"]).commercial();
    /// How many went out; follows from what was shipped.
    quantity_shipped: Option<Decimal> = of(Kind::Decimal { scale: 5 }).server();
    /// How many the customer no longer wants.
    quantity_cancelled: Option<Decimal> = of(Kind::Decimal { scale: 5 }).server();
    /// How many went out that nobody ordered: raise the order or have them back (INV-51).
    quantity_overshipped: Option<Decimal> = of(Kind::Decimal { scale: 5 }).server();
    /// How many still have to go out.
    quantity_backordered: Option<Decimal> = of(Kind::Decimal { scale: 5 }).server();
}

sales_document! {
    /// What a customer has bought.
    SalesOrder is "order", lifecycle &lifecycle::order::ORDER, access Access::Sales, lines OrderLine;

    /// Its number; a provisional one until the office has it (INV-32).
    order_number: Option<String> = text(40).commercial().computed().indexed();
    /// The number its phone gave it before the office did; it stays, for whoever has it on paper (INV-32).
    provisional_number: Option<String> = text(40).commercial().computed().indexed();
    /// The quote the customer accepted.
    quote: Option<RecordId> = reference(&["quote"]).commercial().indexed();
    /// Whether its prices stay whatever the catalogue says (INV-53).
    prices_locked: Option<bool> = of(Kind::Bool).server();
    /// How urgent it is.
    priority: Option<String> = choice(&["low", "normal", "high"]).commercial();
    /// The day the back office took it over.
    submit_date: Option<NaiveDate> = of(Kind::Date).server();
    /// The day everything, or the last part of it, went out.
    date_fulfilled: Option<NaiveDate> = of(Kind::Date).server().indexed();
    /// How much of it went out.
    fulfilment_status: Option<String> = choice(&["none", "partial", "complete"]).server().indexed();

    constraint customers::PRICE_LIST_IN_USE;
    constraint whole("order.quote", &["quote"], Test::Holds(is_of_quote),
        "the order of a quote is made by accepting it: choose create_order on the quote").rule("INV-37");
    constraint each("order.overshipped", "lines", &["quantity_overshipped"], Test::Holds(billing::as_ordered),
        "no more of a line went out than was ordered: raise the order or have the rest back").rule("INV-51").soft();
}

/// An order that names a quote has the id that follows from it, so that there is one (INV-37).
fn is_of_quote(scene: &Scene<'_>) -> bool {
    id(scene.record, "quote").is_none_or(|quote| quote.derived("order") == scene.id)
}
