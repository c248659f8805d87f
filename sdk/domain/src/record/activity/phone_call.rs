//! Phone calls.

use super::{PARTIES, REGARDING};
use crate::field::{Kind, choice, long_text, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::owner;
use crate::permission::Access;
use crate::record::declare::{part, record};
use crate::time::Timestamp;

part! {
    /// Somebody on the telephone.
    CallParty keyed by id;
    /// Who: an account, a contact, a lead or a user.
    party: Option<RecordRef> = reference(PARTIES).required().commercial().material();
    /// Which end of the line: who calls, or who is called.
    part: Option<String> = choice(&["from", "to"]).required().commercial();
    /// The company they spoke for; filled in when the call closes (INV-70).
    account: Option<RecordId> = reference(&["account"]);
}

record! {
    /// A conversation by telephone, to be had or had.
    PhoneCall is "phone_call", titled "subject", lifecycle &lifecycle::phone_call::PHONE_CALL, access Access::Sales;

    /// What it is about, in a few words.
    subject: String = text(200).required().indexed();
    /// Who makes it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// The record it is about.
    regarding: Option<RecordRef> = reference(REGARDING).commercial().material().indexed();
    /// Whether they call us or we call them.
    direction: Option<String> = choice(&["incoming", "outgoing"]).commercial();
    /// The number that is called, or that called.
    phone_number: Option<String> = of(Kind::Phone).commercial();
    /// When it is due.
    due: Option<Timestamp> = of(Kind::Time).commercial().material().indexed();
    /// How long it takes or took, in minutes.
    duration_minutes: Option<i64> = of(Kind::Integer { min: 0, max: 10_000 }).commercial();
    /// Whether nobody answered and a message was left.
    left_voicemail: Option<bool> = of(Kind::Bool).commercial();
    /// How urgent it is.
    priority: Option<String> = choice(&["low", "normal", "high"]).commercial();
    /// When it was had; set by completing or cancelling it.
    actual_end: Option<Timestamp> = of(Kind::Time).server();
    /// The company of the contact it is about, as it was when the call closed (INV-70).
    rolled_up_to: Option<RecordId> = reference(&["account"]).server().indexed();
    /// What was said.
    description: String = long_text(20_000);

    collection
    /// Who talks to whom.
    parties of CallParty;

    constraint owner::LEFT_BEHIND;
}
