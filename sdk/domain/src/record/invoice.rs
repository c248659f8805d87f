//! Invoices: what a customer has to pay.

use super::declare::{priced, sales_document, sales_line};
use super::sales::{Address, LINE_ROLES, LineShare, PriceBasis, Pricing, PropertyValue, Quantity, SHIP_METHODS};
use crate::constraint::{Test, billing, chain, whole};
use crate::field::{Kind, choice, line, long_text, money, of, percent, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::permission::Access;
use chrono::NaiveDate;
use rust_decimal::Decimal;

sales_line! {
    /// A product or a write-in that the customer has to pay for.
    InvoiceLine;
    /// The day it was handed over.
    delivered_on: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The carrier's number for it.
    tracking_number: Option<String> = text(100);
    /// Its part of the order line.
    share: Option<LineShare> = of(Kind::Compound(LineShare::FIELDS)).commercial().computed();
}

sales_document! {
    /// What a customer has to pay.
    Invoice is "invoice", lifecycle &lifecycle::invoice::INVOICE, access Access::Billing, lines InvoiceLine;

    /// Its number; the office gives it when it is issued (INV-56).
    invoice_number: Option<String> = text(40).server().indexed();
    /// What it says on top: `pro_forma` until the office issues it (INV-56).
    paper_title: Option<String> = choice(&["pro_forma", "invoice"]).server();
    /// The number it goes by on paper until the office issues it; it follows from the invoice and is never another's.
    provisional_number: Option<String> = text(40).server().indexed();
    /// The order it settles.
    order: Option<RecordId> = reference(&["order"]).commercial().indexed();
    /// Whether its prices stay whatever the catalogue says (INV-53).
    prices_locked: Option<bool> = of(Kind::Bool).server();
    /// The day it has to be paid by.
    due_date: Option<NaiveDate> = of(Kind::Date).commercial().material().indexed();
    /// The day the goods were handed over.
    date_delivered: Option<NaiveDate> = of(Kind::Date).commercial();
    /// The day it was issued.
    issued_on: Option<NaiveDate> = of(Kind::Date).server().indexed();
    /// What was paid; follows from the payments.
    amount_paid: Option<Decimal> = money().server();
    /// What is still to be paid.
    amount_due: Option<Decimal> = money().server();
    /// What was paid too much (INV-57).
    amount_overpaid: Option<Decimal> = money().server();

    constraint whole("pricing.order", &["order"], Test::Holds(chain::one_currency),
        "an invoice is in the currency of the order it settles").rule("INV-40");
    constraint whole("invoice.order", &["order"], Test::Holds(billing::of_what_stands),
        "an invoice settles an order that was not canceled").rule("INV-52");
    constraint whole("invoice.overpaid", &["amount_overpaid"], Test::Holds(billing::not_overpaid),
        "a customer pays no more than the invoice says: pay the rest back or count it elsewhere").rule("INV-57").soft();
}
