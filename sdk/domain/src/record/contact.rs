//! Contacts: the people we talk to.

use super::declare::record;
use crate::constraint::{Test, whole};
use crate::field::{Kind, choice, long_text, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::owner;
use crate::permission::Access;
use chrono::NaiveDate;

record! {
    /// A person we talk to, at most at one account (INV-04).
    Contact is "contact", titled "last_name", lifecycle &lifecycle::party::CONTACT, access Access::Sales;

    /// Family name.
    last_name: String = text(50).required().indexed();
    /// Given name.
    first_name: Option<String> = text(50);
    /// How to address them.
    salutation: Option<String> = text(20);
    /// What they do.
    job_title: Option<String> = text(100);
    /// Who looks after them: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// The company they work for.
    account: Option<RecordId> = reference(&["account"]).commercial().material().indexed();
    /// The address by which mail is matched to them.
    email: Option<String> = of(Kind::Email).material().indexed();
    /// Office telephone.
    business_phone: Option<String> = of(Kind::Phone).material();
    /// Mobile telephone.
    mobile_phone: Option<String> = of(Kind::Phone).material();
    /// Their superior.
    manager: Option<RecordId> = reference(&["contact"]).indexed();
    /// Their part in a purchase.
    role: Option<String> = choice(&["decision_maker", "influencer", "employee"]);
    /// How they like to be reached.
    preferred_method: Option<String> = choice(&["any", "email", "phone", "mail"]);
    /// Do not write e-mail.
    do_not_email: Option<bool> = of(Kind::Bool);
    /// Do not telephone.
    do_not_phone: Option<bool> = of(Kind::Bool);
    /// Birthday.
    birthday: Option<NaiveDate> = of(Kind::Date);
    /// Street and house number.
    address_line1: Option<String> = text(250);
    /// Town.
    city: Option<String> = text(80);
    /// Country.
    country: Option<String> = text(80);
    /// The lead they came from.
    originating_lead: Option<RecordId> = reference(&["lead"]);
    /// The contact that took their place, where two of one person were merged (INV-09).
    merged_into: Option<RecordId> = reference(&["contact"]).server().indexed();
    /// Anything else worth knowing.
    description: String = long_text(20_000);

    constraint whole("contact.manager", &["manager"], Test::Tree,
        "nobody is their own superior, directly or through others, and superiors are at most 10 deep");
    constraint owner::LEFT_BEHIND;
}
