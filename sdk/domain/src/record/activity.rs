//! Tasks and notes, and what all activities have in common.

use super::attachment::Attachment;
use super::declare::record;
use crate::field::{Kind, choice, long_text, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::owner;
use crate::permission::Access;
use crate::time::Timestamp;

mod appointment;
mod email;
mod phone_call;

pub use appointment::{Appointment, Attendee, MeetingTime, Recurrence, RecurringAppointment, SeriesException};
pub use email::{EmailMessage, MailParty};
pub use phone_call::{CallParty, PhoneCall};

/// The record types an activity may be about; one that is not declared is only a word.
pub const REGARDING: &[&str] = &["account", "contact", "lead", "opportunity", "quote", "order", "invoice", "competitor", "task"];

/// The record types that take part in an activity.
pub const PARTIES: &[&str] = &["account", "contact", "lead", "user"];

record! {
    /// Something somebody has to do.
    TaskActivity is "task", titled "subject", lifecycle &lifecycle::task::TASK, access Access::Sales;

    /// What has to be done.
    subject: String = text(200).required().indexed();
    /// Who does it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// What it is about.
    regarding: Option<RecordRef> = reference(REGARDING).commercial().material().indexed();
    /// When it is due.
    due: Option<Timestamp> = of(Kind::Time).commercial().material().indexed();
    /// When work on it starts.
    start: Option<Timestamp> = of(Kind::Time).commercial();
    /// How urgent it is.
    priority: Option<String> = choice(&["low", "normal", "high"]).commercial();
    /// How far it is, in percent.
    percent_complete: Option<i64> = of(Kind::Integer { min: 0, max: 100 }).commercial();
    /// How long it takes, in minutes.
    duration_minutes: Option<i64> = of(Kind::Integer { min: 0, max: 1_000_000 }).commercial();
    /// When it was done; set by completing or cancelling it.
    actual_end: Option<Timestamp> = of(Kind::Time).server();
    /// The company of the contact it is about, as it was when the task closed (INV-70).
    rolled_up_to: Option<RecordId> = reference(&["account"]).server().indexed();
    /// Anything else worth knowing.
    description: String = long_text(20_000);

    constraint owner::LEFT_BEHIND;
}

record! {
    /// Something worth remembering about a record.
    Note is "note", titled "title", lifecycle &lifecycle::party::ALWAYS_OPEN, access Access::Sales;

    /// In a few words.
    title: Option<String> = text(500).open();
    /// What it is about.
    regarding: Option<RecordRef> = reference(REGARDING).open().indexed();
    /// Who wrote it.
    owner: Option<RecordRef> = reference(&["user", "team"]).open();
    /// In full.
    text: String = long_text(100_000).open();

    collection
    /// Files that belong to it.
    attachments of Attachment;
}
