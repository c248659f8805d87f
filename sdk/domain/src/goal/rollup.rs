//! Counting: each record once for a goal and once in the goals above it, stated sums before counted ones (INV-77, INV-79).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Map, Value};

use super::periods::Days;
use super::plan::{Counted, Plan, Planned};
use super::{Sum, at, number, text};
use crate::ids::RecordId;
use crate::money;
use crate::pricing::currency;
use crate::record::RecordType;
use crate::refusal::Refusal;
use crate::time;

/// A record that may count.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its record type.
    pub entity: &'static RecordType,
    /// The record as a person sees it.
    pub body: Map<String, Value>,
}

/// How far a goal has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Rollup {
    /// The days that count, where the period is one.
    pub days: Option<Days>,
    /// Reached.
    pub actual: Decimal,
    /// Under way.
    pub in_progress: Decimal,
    /// The metric's third sum.
    pub custom: Decimal,
    /// How much of the target is reached, in percent; nothing where the target is nothing.
    pub percentage: Option<Decimal>,
    /// How much of the stretch target is reached, in percent.
    pub stretch_percentage: Option<Decimal>,
    /// What would be reached today by somebody who comes as far every day.
    pub target_today: Option<Decimal>,
    /// Whether a manager stated what was reached.
    pub overridden: bool,
    /// How many records are in the sums.
    pub records: u64,
    /// How many of them are in another currency without saying at which rate; they were taken as they are.
    pub unconverted: u64,
    /// Why some of it could not be counted.
    pub problem: Option<Refusal>,
}

/// What one record adds to a sum.
#[derive(Clone, Copy, Debug)]
struct Share {
    amount: Decimal,
    converted: bool,
}

/// A sum under way up the tree.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// What people stated, of this goal or of goals below.
    stated: Decimal,
    /// The records counted, by their place among the candidates.
    records: BTreeMap<usize, Share>,
    /// The records a stated sum stands for.
    covered: BTreeSet<usize>,
}

impl Tally {
    fn amount(&self) -> Decimal {
        money::sum(self.records.values().map(|share| share.amount).chain([self.stated]))
    }

    /// Takes in what a goal below came to.
    fn absorb(&mut self, below: Tally) {
        self.stated = money::sum([self.stated, below.stated]);
        self.records.extend(below.records);
        self.covered.extend(below.covered);
    }

    /// Lets a stated sum stand for everything counted.
    fn state(&mut self, amount: Decimal) {
        self.covered.extend(std::mem::take(&mut self.records).into_keys());
        self.stated = amount;
    }
}

/// The candidates, each once, and how their moments become days.
struct Held<'c> {
    candidates: Vec<&'c Candidate>,
    utc_offset: Duration,
}

impl Plan {
    /// Counts. `today` is the organisation's day, `utc_offset_minutes` how far its clock is ahead of UTC.
    ///
    /// The order of the candidates does not matter, nor that one is given twice.
    #[must_use]
    pub fn roll_up(&self, candidates: &[Candidate], today: NaiveDate, utc_offset_minutes: i32) -> BTreeMap<RecordId, Rollup> {
        let once: BTreeMap<(&str, &str), &Candidate> = candidates
            .iter()
            .filter_map(|candidate| Some(((candidate.entity.name, text(&candidate.body, "id")?), candidate)))
            .collect();
        let utc_offset = Duration::minutes(i64::from(utc_offset_minutes));
        let held = Held { candidates: once.into_values().collect(), utc_offset };
        let mut found: BTreeMap<RecordId, Rollup> = BTreeMap::new();
        let mut under_way: BTreeMap<RecordId, [Tally; 3]> = BTreeMap::new();
        for goal in self.order().into_iter().rev() {
            let Some(planned) = self.goals.get(&goal) else { continue };
            let mut tallies = under_way.remove(&goal).unwrap_or_default();
            for (sum, tally) in Sum::ALL.into_iter().zip(&mut tallies) {
                planned.count(sum, &held, tally);
            }
            found.insert(goal, planned.rollup(&tallies, today));
            if let Some(parent) = self.parent(goal).filter(|_| !planned.goal.discarded) {
                let above = under_way.entry(parent).or_default();
                above.iter_mut().zip(tallies).for_each(|(above, tally)| above.absorb(tally));
            }
        }
        found
    }
}

impl Planned {
    /// Adds the goal's own records to what came from below.
    fn count(&self, sum: Sum, held: &Held<'_>, tally: &mut Tally) {
        for counted in self.counted.iter().filter(|counted| counted.source.sum == sum) {
            for (place, candidate) in held.candidates.iter().enumerate() {
                // A record that came from below, or by an earlier row, is counted already.
                if !tally.records.contains_key(&place)
                    && self.takes(counted, candidate, held.utc_offset)
                    && let Some(share) = self.share(counted, &candidate.body)
                {
                    tally.records.insert(place, share);
                }
            }
        }
        let covered = std::mem::take(&mut tally.covered);
        tally.records.retain(|place, _| !covered.contains(place));
        tally.covered = covered;
        if let Some(stated) = self.goal.stated(sum) {
            tally.state(stated);
        }
    }

    fn takes(&self, Counted { source, filter }: &Counted, candidate: &Candidate, utc_offset: Duration) -> bool {
        let body = &candidate.body;
        let is = |wanted: &Option<String>, name: &str| wanted.is_none() || wanted.as_deref() == text(body, name);
        source.entity.name == candidate.entity.name
            && is(&source.state, "state")
            && is(&source.status, "status_reason")
            && (self.goal.everybodys || (self.goal.owner.is_some() && self.goal.owner.as_deref() == text(body, "owner")))
            && self.days.zip(day(body, &source.date, utc_offset)).is_some_and(|(days, day)| days.contains(day))
            && filter.as_ref().is_none_or(|filter| filter.takes(candidate.entity.name, body))
    }

    fn share(&self, counted: &Counted, body: &Map<String, Value>) -> Option<Share> {
        let amount = counted.source.value(body)?;
        if !self.is_money || counted.source.attribute.is_none() {
            return Some(Share { amount, converted: true });
        }
        let rate = at(body, "exchange_rate").and_then(number).filter(|rate| *rate > Decimal::ZERO);
        let own = text(body, "currency").or_else(|| text(body, "pricing.currency"));
        let foreign = own.zip(self.currency.as_deref()).is_some_and(|(own, ours)| own != ours);
        let precision = self.currency.as_deref().map_or(money::MONEY_SCALE, currency::precision);
        let amount = currency::base_amount(amount, rate.unwrap_or(Decimal::ONE), precision).ok()?;
        Some(Share { amount, converted: rate.is_some() || !foreign })
    }

    fn rollup(&self, tallies: &[Tally; 3], today: NaiveDate) -> Rollup {
        let [actual, in_progress, custom] = tallies;
        let reached = actual.amount();
        let counted: BTreeSet<usize> = tallies.iter().flat_map(|tally| tally.records.keys().copied()).collect();
        let shares = tallies.iter().flat_map(|tally| &tally.records);
        let unconverted: BTreeSet<usize> = shares.filter(|(_, share)| !share.converted).map(|(place, _)| *place).collect();
        let by_today = |target: Decimal, days: Days| money::pro_rata(target, days.elapsed(today), days.count());
        let percentage = |target: Option<Decimal>| money::percentage(reached, target?).map(|exact| exact.normalize());
        Rollup {
            days: self.days,
            actual: reached.normalize(),
            in_progress: in_progress.amount().normalize(),
            custom: custom.amount().normalize(),
            percentage: percentage(self.goal.target),
            stretch_percentage: percentage(self.goal.stretch_target),
            target_today: self.goal.target.zip(self.days).and_then(|(target, days)| Some(by_today(target, days)?.normalize())),
            overridden: self.goal.overridden,
            records: u64::try_from(counted.len()).unwrap_or(u64::MAX),
            unconverted: u64::try_from(unconverted.len()).unwrap_or(u64::MAX),
            problem: self.problem.clone(),
        }
    }
}

/// The day a record counts on: a day as it stands, a moment by the organisation's clock.
fn day(body: &Map<String, Value>, name: &str, utc_offset: Duration) -> Option<NaiveDate> {
    let text = text(body, name)?;
    time::parse_date(text).or_else(|| Some(time::parse(text)?.checked_add_signed(utc_offset)?.date_naive()))
}
