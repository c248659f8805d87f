//! What letting something through must not break, and what follows when it took effect.

use super::super::Decision;
use super::super::bench::Bench;
use super::super::hold::Held;
use super::{moved, over};
use crate::ids::{RecordId, RecordRef};
use crate::raw::{Outcome, Raw};
use crate::record;
use crate::view;

/// Why what a rule held cannot be let through as things are now; it goes on waiting.
pub(in crate::judge) fn objection(bench: &Bench<'_>, decision: &Decision, held: &Held) -> Option<String> {
    match decision.rule.as_str() {
        "INV-54" => {
            let invoices = held.parts.iter().filter(|part| part.record.kind == "invoice");
            let over =
                invoices.filter_map(|part| over::exceeding(bench, part.record.id, &*as_made(bench, &part.record)?)).next()?;
            Some(format!("it bills more of {} than is left, {}", bench.title(&over.order), over::remain(&over.left)))
        }
        "INV-58" => {
            let payments = moved(bench, &decision.record, "record_payment");
            let another = payments.iter().any(|payment| payment.id.to_string() != decision.winner);
            another.then(|| "another payment of it counts".to_owned())
        }
        _ => None,
    }
}

/// A record as it is behind its withholding.
fn as_made(bench: &Bench<'_>, target: &RecordRef) -> Option<crate::body::Whole> {
    let kind = record::find(&target.kind)?;
    let raw: Raw = bench.raw(target)?;
    Some(view::of(kind, target.id, &raw).body)
}

/// Settles what a release that took effect leaves behind.
pub(in crate::judge) fn carried_out(bench: &mut Bench<'_>, decision: &Decision) {
    // The invoice is canceled: what was paid of it does not count, whichever of the two came first.
    if let ("INV-58", Ok(payment)) = (decision.rule.as_str(), decision.winner.parse::<RecordId>()) {
        bench.verdict(&decision.record, payment, "INV-58", Outcome::Rejected, false);
    }
}
