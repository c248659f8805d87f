//! INV-80: a phone whose clock is off is told, and its claims do not win.

use super::bench::{Bench, Ruling};
use crate::ids::RecordRef;
use crate::time;
use uuid::Uuid;

/// Tells the author, once a day for each phone, that times were taken from the server's clock.
pub(super) fn judge(bench: &mut Bench<'_>) {
    let Some(arrival) = bench.case.arrivals.iter().find(|arrival| arrival.stamp.clock_off) else { return };
    let author = bench.case.author;
    let message = "This phone's clock is off by more than ten minutes. Your work was kept, at the time the office received it; \
                   where somebody else wrote the same field, theirs stands. Set the clock and sync again."
        .to_owned();
    let today = time::date_of(bench.case.now_ms);
    let once = Uuid::new_v5(&arrival.stamp.device, format!("INV-80/{today}").as_bytes());
    let ruling =
        Ruling { salvage: "clock", ..Ruling::of("INV-80", RecordRef::new(arrival.kind.name, arrival.id), author, message) };
    bench.decide_as(once, ruling);
}
