//! When the occurrences of a series of appointments take place. Pure: the office and every phone work out the same.

use crate::record::activity::{Recurrence, RecurringAppointment, SeriesException};
use crate::time::Timestamp;
use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta, Weekday};

/// One occurrence of a series as the series has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The day, by which exceptions name it.
    pub day: NaiveDate,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
}

/// The occurrences that touch the time from `from` to before `to`, in order; those that do not take place, and those an
/// appointment of their own stands for, are left out.
///
/// A month or year that lacks the day takes its last day, as calendars do. A series without its first day, pattern or time
/// has no occurrence.
#[must_use]
pub fn expand(series: &RecurringAppointment, from: Timestamp, to: Timestamp) -> Vec<Slot> {
    let Some(recurrence) = &series.recurrence else { return Vec::new() };
    let Some((minute, minutes)) = recurrence.minute_of_day.zip(recurrence.duration_minutes) else { return Vec::new() };
    let elsewhere = |day: NaiveDate| series.exceptions.iter().any(|exception| is_excepted(exception, day));
    let slot = |day: NaiveDate| {
        let midnight = day.and_hms_opt(0, 0, 0)?.and_utc();
        let start = midnight.checked_add_signed(TimeDelta::try_minutes(minute)?)?;
        Some(Slot { day, start, end: start.checked_add_signed(TimeDelta::try_minutes(minutes)?)? })
    };
    days(recurrence)
        .take_while(|day| *day <= to.date_naive())
        .filter_map(slot)
        .filter(|slot| slot.start < to && (slot.end > from || slot.start >= from) && !elsewhere(slot.day))
        .collect()
}

/// Whether a series, its exceptions aside, takes place on this day.
#[must_use]
pub(crate) fn occurs(recurrence: &Recurrence, day: NaiveDate) -> bool {
    days(recurrence).take_while(|there| *there <= day).any(|there| there == day)
}

fn is_excepted(exception: &SeriesException, day: NaiveDate) -> bool {
    exception.slot == Some(day) && (exception.deleted == Some(true) || exception.appointment.is_some())
}

/// The days of a series, from its first to its last, for ever if it has none.
fn days(recurrence: &Recurrence) -> impl Iterator<Item = NaiveDate> {
    let first = recurrence.starts_on.unwrap_or_default();
    let known = recurrence.starts_on.is_some();
    let last = recurrence.ends_on.unwrap_or(NaiveDate::MAX);
    let most = recurrence.count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let turns = (0_u32..).map_while(move |turn| turn_of(recurrence, first, turn).filter(|_| known));
    turns.flatten().skip_while(move |day| *day < first).take_while(move |day| *day <= last).take(most)
}

/// The days of the `turn`-th day, week, month or year of a series; `None` where no calendar goes, or without a pattern.
fn turn_of(recurrence: &Recurrence, first: NaiveDate, turn: u32) -> Option<Vec<NaiveDate>> {
    let interval = recurrence.interval.and_then(|every| u32::try_from(every).ok()).unwrap_or(1).max(1);
    let steps = turn.checked_mul(interval)?;
    let one = |day: NaiveDate| vec![day];
    match recurrence.pattern.as_deref()? {
        "daily" => first.checked_add_days(Days::new(steps.into())).map(one),
        "weekly" => week(recurrence, first, steps),
        "monthly" => first.checked_add_months(Months::new(steps)).map(one),
        "yearly" => first.checked_add_months(Months::new(steps.checked_mul(12)?)).map(one),
        _ => None,
    }
}

fn week(recurrence: &Recurrence, first: NaiveDate, steps: u32) -> Option<Vec<NaiveDate>> {
    let monday = first.checked_sub_days(Days::new(first.weekday().num_days_from_monday().into()))?;
    let monday = monday.checked_add_days(Days::new(u64::from(steps).checked_mul(7)?))?;
    let chosen = weekdays(recurrence, first);
    chosen.into_iter().map(|day| monday.checked_add_days(Days::new(day.num_days_from_monday().into()))).collect()
}

fn weekdays(recurrence: &Recurrence, first: NaiveDate) -> Vec<Weekday> {
    let all = [
        (recurrence.monday, Weekday::Mon),
        (recurrence.tuesday, Weekday::Tue),
        (recurrence.wednesday, Weekday::Wed),
        (recurrence.thursday, Weekday::Thu),
        (recurrence.friday, Weekday::Fri),
        (recurrence.saturday, Weekday::Sat),
        (recurrence.sunday, Weekday::Sun),
    ];
    let chosen: Vec<Weekday> = all.into_iter().filter(|(on, _)| *on == Some(true)).map(|(_, day)| day).collect();
    if chosen.is_empty() { vec![first.weekday()] } else { chosen }
}
