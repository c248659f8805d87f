//! Leads: somebody who may become a customer.

use super::declare::record;
use crate::field::{Kind, choice, long_text, money, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::permission::Access;
use chrono::NaiveDate;
use rust_decimal::Decimal;

record! {
    /// Somebody who may become a customer.
    Lead is "lead", titled "topic", lifecycle &lifecycle::lead::LEAD, access Access::Sales;

    /// What it is about.
    topic: String = text(300).required().indexed();
    /// Family name of the person.
    last_name: Option<String> = text(50).indexed();
    /// Given name of the person.
    first_name: Option<String> = text(50);
    /// What they do.
    job_title: Option<String> = text(100);
    /// The company they work for.
    company_name: Option<String> = text(100).indexed();
    /// Who looks after it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// E-mail address.
    email: Option<String> = of(Kind::Email).material().indexed();
    /// Office telephone.
    business_phone: Option<String> = of(Kind::Phone).material();
    /// Mobile telephone.
    mobile_phone: Option<String> = of(Kind::Phone).material();
    /// Web address.
    website: Option<String> = of(Kind::Url);
    /// Town.
    city: Option<String> = text(80);
    /// Country.
    country: Option<String> = text(80);
    /// Where the lead came from.
    source: Option<String> = choice(&["advertisement", "referral", "partner", "trade_show", "web", "word_of_mouth", "other"]);
    /// Line of business.
    industry: Option<String> = text(100);
    /// How promising it is.
    rating: Option<String> = choice(&["hot", "warm", "cold"]).indexed();
    /// Number of people who work there.
    employees: Option<i64> = of(Kind::Integer { min: 0, max: 10_000_000 });
    /// What they can spend.
    budget_amount: Option<Decimal> = money();
    /// How badly they need it.
    need: Option<String> = choice(&["must_have", "should_have", "good_to_have", "no_need"]).commercial();
    /// When they want to buy.
    timeframe: Option<String> = choice(&["immediate", "this_quarter", "next_quarter", "this_year", "not_known"]).commercial();
    /// Whether we talk to the person who decides.
    decision_maker: Option<bool> = of(Kind::Bool).commercial();
    /// What we think it may be worth.
    est_value: Option<Decimal> = money().material();
    /// When we think it may close.
    est_close_date: Option<NaiveDate> = of(Kind::Date).commercial().material();
    /// The currency of its amounts.
    currency: Option<String> = choice(crate::pricing::currency::CURRENCIES).commercial();
    /// The customer, where they are one already.
    parent_account: Option<RecordId> = reference(&["account"]).commercial().indexed();
    /// The person, where we know them already.
    parent_contact: Option<RecordId> = reference(&["contact"]).commercial();
    /// The lead that took its place, where two of one person were merged (INV-09).
    merged_into: Option<RecordId> = reference(&["lead"]).server().indexed();
    /// Anything else worth knowing.
    description: String = long_text(20_000);
}
