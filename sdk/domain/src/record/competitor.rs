//! Competitors: who else sells to our customers.

use super::declare::record;
use crate::field::{Kind, long_text, money, of, text};
use crate::lifecycle;
use crate::permission::Access;
use rust_decimal::Decimal;

record! {
    /// Somebody who sells to the same customers.
    Competitor is "competitor", titled "name", lifecycle &lifecycle::party::PARTY, access Access::Sales;

    /// What the company is called.
    name: String = text(100).required().indexed();
    /// Web address.
    website: Option<String> = of(Kind::Url);
    /// The product we meet most often.
    key_product: Option<String> = text(200);
    /// The revenue they report.
    reported_revenue: Option<Decimal> = money();
    /// Stock exchange symbol.
    ticker: Option<String> = text(10);
    /// How often they win against us, in percent.
    win_percentage: Option<i64> = of(Kind::Integer { min: 0, max: 100 });
    /// What they are like.
    overview: String = long_text(2_000);
    /// What they do well.
    strengths: String = long_text(2_000);
    /// What they do badly.
    weaknesses: String = long_text(2_000);
    /// Where we could beat them.
    opportunities: String = long_text(2_000);
    /// Where they could beat us.
    threats: String = long_text(2_000);
}
