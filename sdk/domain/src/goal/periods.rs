//! The days of a fiscal period: a year, or a half, quarter, month or four weeks of it.
//!
//! A fiscal year is named for the calendar year it starts in. The periods of a year cover it without a gap; of thirteen periods
//! of four weeks the last one takes the day or two that are left.

use chrono::{Datelike, Days as Span, Months, NaiveDate};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{at, text};
use crate::refusal::Refusal;
use crate::time;

/// A stretch of days; both ends count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Days {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Days {
    /// Whether a day is one of them.
    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.from <= day && day <= self.to
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> i64 {
        (self.to - self.from).num_days().saturating_add(1)
    }

    /// How many of them have come by this day, itself included.
    #[must_use]
    pub fn elapsed(&self, today: NaiveDate) -> i64 {
        (today - self.from).num_days().saturating_add(1).clamp(0, self.count())
    }
}

/// How a year is divided.
#[derive(Debug)]
pub struct Template {
    /// The word of the field that holds one.
    pub name: &'static str,
    /// The code of the first period; the others follow.
    pub first_code: u32,
    /// How many periods a year has.
    pub periods: u32,
    /// How long one is.
    pub length: Length,
}

/// How long a fiscal period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many months.
    Months(u32),
    /// So many days.
    Days(u32),
}

/// The words of the field that holds a template.
pub const TEMPLATE_NAMES: &[&str] = &["annual", "semester", "quarter", "month", "four_week_13"];

/// The templates.
#[rustfmt::skip]
pub const TEMPLATES: &[Template] = &[
    Template { name: "annual",       first_code: 301, periods: 1,  length: Length::Months(12) },
    Template { name: "semester",     first_code: 201, periods: 2,  length: Length::Months(6) },
    Template { name: "quarter",      first_code: 1,   periods: 4,  length: Length::Months(3) },
    Template { name: "month",        first_code: 101, periods: 12, length: Length::Months(1) },
    Template { name: "four_week_13", first_code: 401, periods: 13, length: Length::Days(28) },
];

/// The code of the year itself, a period under every template.
pub const YEAR: i64 = 301;

impl Template {
    /// The template of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Template> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// The codes of its periods, in order.
    pub fn codes(&self) -> impl Iterator<Item = i64> + use<> {
        let first = i64::from(self.first_code);
        first..first.saturating_add(i64::from(self.periods))
    }

    /// Which of its periods has this code, counted from none.
    fn place(&self, code: i64) -> Option<u32> {
        u32::try_from(code).ok()?.checked_sub(self.first_code).filter(|place| *place < self.periods)
    }
}

/// An organisation's fiscal calendar; calendar years by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Calendar {
    /// The first day of some fiscal year.
    pub year_start: NaiveDate,
    /// How a year is divided; an organisation that did not say may use any period.
    pub template: Option<&'static Template>,
}

impl Calendar {
    /// Reads a record of the type `fiscal_calendar`.
    #[must_use]
    pub fn read(body: &Map<String, Value>) -> Option<Self> {
        let year_start = text(body, "year_start").and_then(time::parse_date)?;
        Some(Calendar { year_start, template: Some(Template::named(text(body, "template")?)?) })
    }

    /// The days of a period.
    ///
    /// # Errors
    /// `goal.period`: there is no such period, or the calendar is divided otherwise.
    pub fn days(&self, fiscal_year: i64, code: i64) -> Result<Days, Refusal> {
        let of_code = |template: &&Template| template.place(code).is_some();
        let Some(template) = TEMPLATES.iter().find(of_code) else {
            return Err(wrong(format!("there is no fiscal period {code}: choose 1-4, 101-112, 201-202, 301 or 401-413")));
        };
        if let Some(own) = self.template.filter(|own| own.name != template.name && code != YEAR) {
            let message = format!("the fiscal calendar is divided by {}, so it has no period {code}", own.name);
            return Err(wrong(message));
        }
        let days = template.place(code).and_then(|place| self.stretch(fiscal_year, template, place));
        days.ok_or_else(|| wrong(format!("the fiscal year {fiscal_year} is in no calendar")))
    }

    fn stretch(&self, fiscal_year: i64, template: &Template, place: u32) -> Option<Days> {
        let year = i32::try_from(fiscal_year).ok()?;
        let next = place.checked_add(1)?;
        let (from, until) = match template.length {
            Length::Months(months) => {
                (self.month(year, months.checked_mul(place)?)?, self.month(year, months.checked_mul(next)?)?)
            }
            Length::Days(days) => {
                let first = self.month(year, 0)?;
                let day = |place: u32| first.checked_add_days(Span::new(u64::from(days.checked_mul(place)?)));
                let last = next == template.periods;
                (day(place)?, if last { self.month(year, 12)? } else { day(next)? })
            }
        };
        Some(Days { from, to: until.pred_opt()? })
    }

    /// The day that begins so many months after a fiscal year.
    fn month(&self, year: i32, months: u32) -> Option<NaiveDate> {
        // Counted from the day the calendar gives: a year that starts on the 31st starts months that have none on their last.
        let years = year.checked_sub(self.year_start.year())?;
        let months = years.checked_mul(12)?.checked_add(i32::try_from(months).ok()?)?;
        match u32::try_from(months) {
            Ok(ahead) => self.year_start.checked_add_months(Months::new(ahead)),
            Err(_) => self.year_start.checked_sub_months(Months::new(months.unsigned_abs())),
        }
    }
}

/// The days of a goal's period.
///
/// # Errors
/// `goal.period`, with what is wrong with it.
pub(crate) fn days_of(period: Option<&Map<String, Value>>, calendar: &Calendar) -> Result<Days, Refusal> {
    let Some(period) = period else { return Err(wrong("the goal has no period: give it one".to_owned())) };
    let whole = |name: &str| at(period, name).and_then(Value::as_i64);
    let day = |name: &str| text(period, name).and_then(time::parse_date);
    // Where nobody said which, two days are a custom period.
    let custom = match text(period, "kind") {
        Some(kind) => kind == "custom",
        None => whole("fiscal_period").is_none(),
    };
    if custom {
        let (Some(from), Some(to)) = (day("from"), day("to")) else {
            return Err(wrong("a custom period needs its first and its last day, period.from and period.to".to_owned()));
        };
        return if from <= to { Ok(Days { from, to }) } else { Err(wrong(format!("the period ends on {to}, before it starts"))) };
    }
    match (whole("fiscal_year"), whole("fiscal_period")) {
        (Some(year), Some(code)) => calendar.days(year, code),
        _ => Err(wrong("a fiscal period needs period.fiscal_year and period.fiscal_period".to_owned())),
    }
}

fn wrong(message: String) -> Refusal {
    Refusal::field("goal.period", "period", message)
}
