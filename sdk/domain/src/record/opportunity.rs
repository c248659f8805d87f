//! Opportunities: sales we are trying to win, with their product lines.

use super::declare::{part, priced, sales_line};
use super::sales::{LINE_ROLES, PriceBasis, Pricing, PropertyValue, Quantity};
use crate::constraint::{Scene, Test, billing, customers, lead, whole};
use crate::field::{Kind, choice, line, long_text, money, of, percent, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::owner;
use crate::permission::Access;
use crate::time::Timestamp;
use chrono::NaiveDate;
use rust_decimal::Decimal;

part! {
    /// What we expect a sale to be worth, and whether its lines or a person say so (INV-30).
    Estimate;
    /// The amount, where a person typed one.
    amount: Option<Decimal> = money();
    /// Whether the lines' total is the estimate.
    system_calculated: Option<bool> = of(Kind::Bool);
}

sales_line! {
    /// A product or a write-in that the customer may buy.
    OpportunityLine;
}

priced! {
    /// A sale we are trying to win.
    Opportunity is "opportunity", titled "topic", lifecycle &lifecycle::opportunity::OPPORTUNITY, access Access::Sales, lines OpportunityLine;

    /// What the customer would call it.
    topic: String = text(300).required().indexed();
    /// Who looks after it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// Who buys: an account or a contact; needed to win (INV-23).
    customer: Option<RecordRef> = reference(&["account", "contact"]).commercial().material().indexed();
    /// The person we talk to.
    contact: Option<RecordId> = reference(&["contact"]);
    /// Currency and price list, together.
    pricing: Option<Pricing> = of(Kind::Compound(Pricing::FIELDS)).commercial().material();
    /// What we expect it to be worth.
    est_value: Option<Estimate> = of(Kind::Compound(Estimate::FIELDS)).commercial().material();
    /// When we expect it to close.
    est_close_date: Option<NaiveDate> = of(Kind::Date).commercial().material().indexed();
    /// How likely we think it is, in percent.
    probability: Option<i64> = of(Kind::Integer { min: 0, max: 100 }).commercial();
    /// How promising it is.
    rating: Option<String> = choice(&["hot", "warm", "cold"]).commercial();
    /// How far the sale has come.
    stage: Option<String> = choice(&["qualify", "develop", "propose", "close"]).commercial().material().indexed();
    /// The day we first talked about it.
    engaged_on: Option<NaiveDate> = of(Kind::Date).past();
    /// What they can spend.
    budget_amount: Option<Decimal> = money();
    /// How badly they need it.
    need: Option<String> = choice(&["must_have", "should_have", "good_to_have", "no_need"]).commercial();
    /// When they want to buy.
    timeframe: Option<String> = choice(&["immediate", "this_quarter", "next_quarter", "this_year", "not_known"]).commercial();
    /// The number it has in the system it came from.
    external_number: Option<String> = text(40).indexed();
    /// What hurts.
    pain_points: String = long_text(20_000);
    /// What we propose.
    proposed_solution: String = long_text(20_000);
    /// Anything else worth knowing.
    description: String = long_text(20_000);
    /// The lead it came from (INV-20).
    originating_lead: Option<RecordId> = reference(&["lead"]).commercial().indexed();
    /// What it really brought; set by winning or losing (INV-26).
    actual_value: Option<Decimal> = money().server();
    /// The day it was won or lost; set by winning or losing (INV-26).
    actual_close_date: Option<NaiveDate> = of(Kind::Date).server().indexed();
    /// The competitor who got it.
    lost_to: Option<RecordId> = reference(&["competitor"]).server();
    /// Since when it is on hold; empty while it is not.
    on_hold_since: Option<Timestamp> = of(Kind::Time).server();
    /// How long it was on hold in all, in whole minutes; the time it is on hold now is not in it.
    on_hold_minutes: Option<i64> = of(Kind::Integer { min: 0, max: 200_000_000 }).server();

    constraint whole("opportunity.originating_lead", &["originating_lead"], Test::Holds(lead::made_of_it),
        "an opportunity names the lead whose qualification made it, and no other").rule("INV-20");
    constraint whole("opportunity.est_value", &["est_value", "lines"], Test::Holds(estimate_is_total),
        "the lines come to what somebody expects it to bring").rule("INV-30").quiet();
    constraint whole("opportunity.live_order", &["actual_value"], Test::Holds(billing::still_ordered),
        "a won sale that had orders still has one: reopen it, or say that it was lost").rule("INV-60").soft();
    constraint whole("opportunity.contact", &["contact", "customer"], Test::Holds(customers::contact_of_customer),
        "the person we talk to does not belong to another account than the customer").rule("INV-24").soft().follows(&["account"]);
    constraint customers::PRICE_LIST_IN_USE;
    constraint owner::LEFT_BEHIND;
}

/// The lines' total is the estimate, or there is only one of the two (INV-30).
fn estimate_is_total(scene: &Scene<'_>) -> bool {
    let total = scene.record.get("total_amount");
    total.is_none() || crate::view::expected_value(scene.record).as_ref() == total
}
