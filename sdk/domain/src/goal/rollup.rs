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

/// What one record is to a sum of a goal.
#[derive(Clone, Copy, Debug, Default)]
enum Part {
    /// It has nothing to do with it.
    #[default]
    Nothing,
    Adds(Share),
    /// A stated sum stands for it.
    Covered,
}

impl Part {
    /// Takes in what the record is to a goal below.
    fn absorb(&mut self, below: Part) {
        *self = match (*self, below) {
            (Part::Covered, _) | (_, Part::Covered) => Part::Covered,
            (_, Part::Adds(share)) => Part::Adds(share),
            (part, Part::Nothing) => part,
        };
    }
}

/// A record, by type and id.
type Key = (&'static str, String);

/// A count under way: it keeps what each record adds, so that one that changed is counted again alone.
#[derive(Clone, Debug)]
pub struct Count {
    plan: Plan,
    utc_offset: Duration,
    /// The goals, each before the one above it, and the place of that one.
    steps: Vec<(RecordId, Option<usize>)>,
    /// The records of each sum of each goal.
    records: BTreeMap<RecordId, [BTreeMap<Key, Share>; 3]>,
}

impl Plan {
    /// Counts. `today` is the organisation's day, `utc_offset_minutes` how far its clock is ahead of UTC.
    ///
    /// The order of the candidates does not matter, nor that one is given twice.
    #[must_use]
    pub fn roll_up(&self, candidates: &[Candidate], today: NaiveDate, utc_offset_minutes: i32) -> BTreeMap<RecordId, Rollup> {
        let mut count = Count::new(self.clone(), utc_offset_minutes);
        candidates.iter().for_each(|candidate| count.put(candidate));
        count.rollups(today)
    }
}

impl Count {
    /// A count of no records yet; `utc_offset_minutes` is how far the organisation's clock is ahead of UTC.
    #[must_use]
    pub fn new(plan: Plan, utc_offset_minutes: i32) -> Self {
        let goals: Vec<RecordId> = plan.order().into_iter().rev().collect();
        let places: BTreeMap<RecordId, usize> = goals.iter().enumerate().map(|(place, goal)| (*goal, place)).collect();
        let above = |goal: &RecordId| plan.parent(*goal).and_then(|parent| places.get(&parent).copied());
        let steps = goals.iter().map(|goal| (*goal, above(goal))).collect();
        Self { plan, utc_offset: Duration::minutes(i64::from(utc_offset_minutes)), steps, records: BTreeMap::new() }
    }

    /// What is counted, and how.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Counts a record as it is now, whatever it was before.
    pub fn put(&mut self, candidate: &Candidate) {
        let Some(id) = text(&candidate.body, "id") else { return };
        let key = (candidate.entity.name, id.to_owned());
        self.take_out(&key);
        let mut under_way: Vec<[Part; 3]> = vec![Default::default(); self.steps.len()];
        for (place, (goal, above)) in self.steps.iter().enumerate() {
            let Some(planned) = self.plan.goals.get(goal) else { continue };
            let mut parts = under_way.get_mut(place).map(std::mem::take).unwrap_or_default();
            for (sum, part) in Sum::ALL.into_iter().zip(&mut parts) {
                planned.count(sum, candidate, self.utc_offset, part);
            }
            let adds = |part: &Part| if let Part::Adds(share) = part { Some(*share) } else { None };
            if parts.iter().any(|part| adds(part).is_some()) {
                let sums = self.records.entry(*goal).or_default().iter_mut().zip(&parts);
                sums.for_each(|(records, part)| records.extend(adds(part).map(|share| (key.clone(), share))));
            }
            let above = above.filter(|_| !planned.goal.discarded).and_then(|above| under_way.get_mut(above));
            above.into_iter().flatten().zip(parts).for_each(|(above, part)| above.absorb(part));
        }
    }

    /// Counts a record no more.
    pub fn forget(&mut self, entity: &'static RecordType, id: RecordId) {
        self.take_out(&(entity.name, id.to_string()));
    }

    fn take_out(&mut self, key: &Key) {
        for sums in self.records.values_mut().flatten() {
            sums.remove(key);
        }
    }

    /// What the goals come to on the organisation's day.
    #[must_use]
    pub fn rollups(&self, today: NaiveDate) -> BTreeMap<RecordId, Rollup> {
        let none = Default::default();
        // What people stated, of a goal or of goals below.
        let mut under_way: Vec<[Decimal; 3]> = vec![Default::default(); self.steps.len()];
        let mut found = BTreeMap::new();
        for (place, (goal, above)) in self.steps.iter().enumerate() {
            let Some(planned) = self.plan.goals.get(goal) else { continue };
            let mut stated = under_way.get(place).copied().unwrap_or_default();
            for (sum, stated) in Sum::ALL.into_iter().zip(&mut stated) {
                *stated = planned.goal.stated(sum).unwrap_or(*stated);
            }
            found.insert(*goal, planned.rollup(self.records.get(goal).unwrap_or(&none), stated, today));
            let above = above.filter(|_| !planned.goal.discarded).and_then(|above| under_way.get_mut(above));
            above.into_iter().flatten().zip(stated).for_each(|(above, below)| *above = money::sum([*above, below]));
        }
        found
    }
}

impl Planned {
    /// What a record is to the goal, which is told what it is to the goals below.
    fn count(&self, sum: Sum, candidate: &Candidate, utc_offset: Duration, part: &mut Part) {
        for counted in self.counted.iter().filter(|counted| counted.source.sum == sum) {
            // A record that came from below, or by an earlier row, is counted already.
            if matches!(part, Part::Nothing)
                && self.takes(counted, candidate, utc_offset)
                && let Some(share) = self.share(counted, &candidate.body)
            {
                *part = Part::Adds(share);
            }
        }
        if self.goal.stated(sum).is_some() && matches!(part, Part::Adds(_)) {
            *part = Part::Covered;
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

    fn rollup(&self, records: &[BTreeMap<Key, Share>; 3], stated: [Decimal; 3], today: NaiveDate) -> Rollup {
        let amount = |(records, stated): (&BTreeMap<Key, Share>, Decimal)| {
            money::sum(records.values().map(|share| share.amount).chain([stated]))
        };
        let mut amounts = records.iter().zip(stated).map(amount);
        let mut next = || amounts.next().unwrap_or_default();
        let (reached, in_progress, custom) = (next(), next(), next());
        let counted: BTreeSet<&Key> = records.iter().flat_map(BTreeMap::keys).collect();
        let unconverted = records.iter().flatten().filter(|(_, share)| !share.converted).map(|(key, _)| key);
        let unconverted: BTreeSet<&Key> = unconverted.collect();
        let by_today = |target: Decimal, days: Days| money::pro_rata(target, days.elapsed(today), days.count());
        let percentage = |target: Option<Decimal>| money::percentage(reached, target?).map(|exact| exact.normalize());
        Rollup {
            days: self.days,
            actual: reached.normalize(),
            in_progress: in_progress.normalize(),
            custom: custom.normalize(),
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
