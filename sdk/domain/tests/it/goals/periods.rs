//! The days of fiscal periods.

use super::day;
use chrono::NaiveDate;
use fieldbook_domain::goal::periods::{self, Calendar, Days, TEMPLATE_NAMES, TEMPLATES, Template};
use proptest::prelude::*;

#[test]
fn fiscal_periods_have_the_days_of_their_codes() {
    let calendar = |template: &str, start: &str| Calendar { year_start: day(start), template: Template::named(template) };
    let span = |calendar: &Calendar, code: i64| {
        let days = calendar.days(2026, code).unwrap();
        format!("{} {}", days.from, days.to)
    };

    assert_eq!(span(&calendar("annual", "2020-04-01"), 301), "2026-04-01 2027-03-31");
    assert_eq!(span(&calendar("semester", "2020-04-01"), 202), "2026-10-01 2027-03-31");
    assert_eq!(span(&calendar("quarter", "2030-01-01"), 1), "2026-01-01 2026-03-31");
    assert_eq!(span(&calendar("month", "2020-01-01"), 102), "2026-02-01 2026-02-28");
    assert_eq!(span(&calendar("month", "2020-01-31"), 102), "2026-02-28 2026-03-30");
    assert_eq!(span(&calendar("four_week_13", "2020-01-01"), 401), "2026-01-01 2026-01-28");
    assert_eq!(span(&calendar("four_week_13", "2020-01-01"), 413), "2026-12-03 2026-12-31");
    assert_eq!(span(&Calendar::default(), 4), "2026-10-01 2026-12-31");
    assert_eq!(TEMPLATES.iter().map(|template| template.name).collect::<Vec<_>>(), TEMPLATE_NAMES);
    assert_eq!(periods::YEAR, 301);
}

proptest! {
    #[test]
    fn periods_cover_the_year_without_a_gap(year in 1950..2150_i64, month in 1..=12_u32, first in 1..=31_u32) {
        let Some(year_start) = NaiveDate::from_ymd_opt(2024, month, first) else { return Ok(()) };
        for template in TEMPLATES {
            let calendar = Calendar { year_start, template: Some(template) };
            let days: Vec<Days> = template.codes().map(|code| calendar.days(year, code).unwrap()).collect();
            let whole = calendar.days(year, periods::YEAR).unwrap();
            prop_assert_eq!(days[0].from, whole.from);
            prop_assert_eq!(days[days.len() - 1].to, whole.to);
            prop_assert!(days.windows(2).all(|two| two[0].to.succ_opt() == Some(two[1].from)));
            prop_assert_eq!(calendar.days(year + 1, periods::YEAR).unwrap().from, whole.to.succ_opt().unwrap());
        }
    }
}
