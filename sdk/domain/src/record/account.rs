//! Accounts: the companies we sell to.

use super::declare::record;
use crate::constraint::{Test, catalogue, customers, whole};
use crate::field::{Kind, choice, long_text, money, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::permission::Access;
use rust_decimal::Decimal;

record! {
    /// A company we sell to or want to sell to.
    Account is "account", titled "name", lifecycle &lifecycle::party::ACCOUNT, access Access::Sales;

    /// What the company is called.
    name: String = text(160).required().indexed();
    /// Our or their number for it.
    account_number: Option<String> = text(20).indexed();
    /// Who looks after it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// The company it belongs to; the links form a tree (INV-02).
    parent_account: Option<RecordId> = reference(&["account"]).commercial().material().indexed();
    /// The person to ask first.
    primary_contact: Option<RecordId> = reference(&["contact"]);
    /// Main e-mail address.
    email: Option<String> = of(Kind::Email).material();
    /// Main telephone number.
    phone: Option<String> = of(Kind::Phone).material();
    /// Second telephone number.
    other_phone: Option<String> = of(Kind::Phone);
    /// Web address.
    website: Option<String> = of(Kind::Url);
    /// Street and house number.
    address_line1: Option<String> = text(250);
    /// Town.
    city: Option<String> = text(80).indexed();
    /// State or province.
    state_or_province: Option<String> = text(50);
    /// Postal code.
    postal_code: Option<String> = text(20);
    /// Country.
    country: Option<String> = text(80).indexed();
    /// Line of business.
    industry: Option<String> = text(100).indexed();
    /// How we class the customer.
    category: Option<String> = choice(&["preferred", "standard"]);
    /// Number of people who work there.
    employees: Option<i64> = of(Kind::Integer { min: 0, max: 10_000_000 });
    /// Yearly revenue, in millions of the organisation's currency.
    revenue: Option<Decimal> = of(Kind::Decimal { scale: 4 });
    /// The year it was founded.
    year_established: Option<i64> = of(Kind::Integer { min: 1000, max: 2200 });
    /// How much they may owe us.
    credit_limit: Option<Decimal> = money();
    /// No more goods until they pay.
    credit_hold: Option<bool> = of(Kind::Bool).commercial();
    /// When they pay.
    payment_terms: Option<String> = choice(&["net_30", "2_10_net_30", "net_45", "net_60"]).commercial();
    /// The price list they buy from unless a document says otherwise.
    default_price_list: Option<RecordId> = reference(&["price_list"]).commercial().indexed();
    /// The sales territory it lies in.
    territory: Option<RecordId> = reference(&["territory"]).indexed();
    /// Do not write e-mail.
    do_not_email: Option<bool> = of(Kind::Bool);
    /// Do not telephone.
    do_not_phone: Option<bool> = of(Kind::Bool);
    /// The lead it came from.
    originating_lead: Option<RecordId> = reference(&["lead"]);
    /// The account that took its place, where two of one company were merged (INV-09).
    merged_into: Option<RecordId> = reference(&["account"]).server().indexed();
    /// How many opportunities it and the accounts below it have open; worked out when somebody asks (INV-03).
    open_deals: Option<i64> = of(Kind::Integer { min: 0, max: 10_000_000 }).server();
    /// What those are expected to bring; worked out when somebody asks (INV-03).
    open_revenue: Option<Decimal> = money().server();
    /// Anything else worth knowing.
    description: String = long_text(20_000);

    constraint whole("account.parent_account", &["parent_account"], Test::Tree,
        "an account does not belong to itself, directly or through others, and accounts are at most 10 deep").rule("INV-02");
    constraint whole("account.primary_contact", &["primary_contact"], Test::Holds(customers::primary_contact),
        "the person to ask first is there and in use").rule("INV-05").soft().follows(&["state"]);
    constraint whole("account.default_price_list", &["default_price_list"], Test::Holds(catalogue::default_list_in_use),
        "the price list they usually buy from is in use").rule("INV-10").soft().follows(&["state"]);
}
