//! Appointments, and series of them.

use super::{PARTIES, REGARDING};
use crate::field::{Kind, PartsRule, choice, in_order, long_text, of, reference, text};
use crate::ids::{RecordId, RecordRef};
use crate::lifecycle;
use crate::owner;
use crate::permission::Access;
use crate::record::declare::{part, record};
use crate::time::Timestamp;
use chrono::NaiveDate;

part! {
    /// When an appointment starts and ends; one register, so that two people moving it never mix (INV-69).
    MeetingTime;
    /// When it starts.
    start: Option<Timestamp> = of(Kind::Time).required();
    /// When it ends.
    end: Option<Timestamp> = of(Kind::Time).required();
    /// Whether it takes whole days.
    all_day: Option<bool> = of(Kind::Bool);
}

/// INV-69.
const ENDS_AFTER_START: PartsRule =
    PartsRule { code: "INV-69", otherwise: "ends before it starts", holds: |parts| in_order(parts, "start", "end") };

part! {
    /// Somebody who comes, or should.
    Attendee keyed by id;
    /// Who: an account, a contact, a lead or a user.
    party: Option<RecordRef> = reference(PARTIES).required().commercial().material();
    /// Whether they invite, must come or may come.
    part: Option<String> = choice(&["organiser", "required", "optional"]).required().commercial();
    /// The company they came for; filled in when the appointment closes (INV-70).
    account: Option<RecordId> = reference(&["account"]);
}

record! {
    /// A meeting at a time and a place.
    Appointment is "appointment", titled "subject", lifecycle &lifecycle::appointment::APPOINTMENT, access Access::Sales;

    /// What it is about, in a few words.
    subject: String = text(200).required().indexed();
    /// Who keeps it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// The record it is about.
    regarding: Option<RecordRef> = reference(REGARDING).commercial().material().indexed();
    /// From when to when.
    when: Option<MeetingTime> = of(Kind::Compound(MeetingTime::FIELDS)).rule(ENDS_AFTER_START).commercial().material();
    /// Where.
    location: Option<String> = text(200).commercial();
    /// The series it is an occurrence of.
    series: Option<RecordId> = reference(&["recurring_appointment"]).commercial().indexed();
    /// When it was over; set by completing or cancelling it.
    actual_end: Option<Timestamp> = of(Kind::Time).server();
    /// The company of the contact it is about, as it was when the appointment closed (INV-70).
    rolled_up_to: Option<RecordId> = reference(&["account"]).server().indexed();
    /// Anything else worth knowing.
    description: String = long_text(20_000);

    collection
    /// Who comes.
    attendees of Attendee;

    constraint owner::LEFT_BEHIND;
}

part! {
    /// How a series repeats; one register, because every part means something only beside the others.
    Recurrence;
    /// By days, weeks, months or years.
    pattern: Option<String> = choice(&["daily", "weekly", "monthly", "yearly"]).required();
    /// Every so many of them; else each.
    interval: Option<i64> = of(Kind::Integer { min: 1, max: 999 });
    /// Weekly: on Mondays. Without any weekday it is the one of the first day.
    monday: Option<bool> = of(Kind::Bool);
    /// Weekly: on Tuesdays.
    tuesday: Option<bool> = of(Kind::Bool);
    /// Weekly: on Wednesdays.
    wednesday: Option<bool> = of(Kind::Bool);
    /// Weekly: on Thursdays.
    thursday: Option<bool> = of(Kind::Bool);
    /// Weekly: on Fridays.
    friday: Option<bool> = of(Kind::Bool);
    /// Weekly: on Saturdays.
    saturday: Option<bool> = of(Kind::Bool);
    /// Weekly: on Sundays.
    sunday: Option<bool> = of(Kind::Bool);
    /// The first day it may fall on; months and years repeat its day.
    starts_on: Option<NaiveDate> = of(Kind::Date).required();
    /// The last day it may fall on; without it the series has no end.
    ends_on: Option<NaiveDate> = of(Kind::Date);
    /// How often it takes place at most.
    count: Option<i64> = of(Kind::Integer { min: 1, max: 999 });
    /// When it starts, in minutes after midnight in UTC.
    minute_of_day: Option<i64> = of(Kind::Integer { min: 0, max: 1_439 }).required();
    /// How long it takes, in minutes.
    duration_minutes: Option<i64> = of(Kind::Integer { min: 0, max: 10_080 }).required();
}

/// A series that ended before it began has no occurrence.
const ENDS_AFTER_FIRST: PartsRule = PartsRule {
    code: "recurrence.range",
    otherwise: "ends before it starts",
    holds: |parts| in_order(parts, "starts_on", "ends_on"),
};

part! {
    /// One occurrence that is not like the others.
    SeriesException keyed by id;
    /// The day it would have taken place on.
    slot: Option<NaiveDate> = of(Kind::Date).required().commercial();
    /// Whether it does not take place.
    deleted: Option<bool> = of(Kind::Bool).commercial();
    /// The appointment that takes its place.
    appointment: Option<RecordId> = reference(&["appointment"]).commercial();
}

record! {
    /// An appointment that repeats; the office keeps its occurrences.
    RecurringAppointment is "recurring_appointment", titled "subject", lifecycle &lifecycle::appointment::SERIES, access Access::Sales;

    /// What it is about, in a few words.
    subject: String = text(200).required().indexed();
    /// Who keeps it: a user or a team.
    owner: Option<RecordRef> = reference(&["user", "team"]).commercial().material().indexed();
    /// The record it is about.
    regarding: Option<RecordRef> = reference(REGARDING).commercial().material().indexed();
    /// How it repeats.
    recurrence: Option<Recurrence> =
        of(Kind::Compound(Recurrence::FIELDS)).rule(ENDS_AFTER_FIRST).commercial().material();
    /// Where.
    location: Option<String> = text(200).commercial();
    /// When the series was closed.
    actual_end: Option<Timestamp> = of(Kind::Time).server();
    /// Anything else worth knowing.
    description: String = long_text(20_000);

    collection
    /// Who comes.
    attendees of Attendee;
    collection
    /// The occurrences that are not like the others.
    exceptions of SeriesException;

    constraint owner::LEFT_BEHIND;
}
