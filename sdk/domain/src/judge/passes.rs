//! The order in which the judge looks at a case, as the table that is run.
//!
//! A pass is done for every part of the case before the next one begins, and within a pass the looks are taken part by part, in the
//! order of their rows. Every look reads the records as the looks before it left them. The order goes from what people did to what
//! follows from it: first which actions stand, then which fields, then what is derived of both. That is why one run is enough: no
//! look changes what an earlier one decided by.

use super::bench::Bench;
use super::{
    Arrival, activities, authority, billing, catalogue, children, clock, collide, conflict, constraint, decide, deletion,
    discount, dismiss, duplicate, follow, freeze, inactive, lines, merge, missing, offer, owned, ownership, price, property,
    qualified, reprice, won,
};

/// A look at one part.
type Look = fn(&mut Bench<'_>, &Arrival);

/// A look at the whole case.
type Whole = fn(&mut Bench<'_>);

/// One step of a judgement.
pub(super) struct Pass {
    /// Why it comes where it comes.
    why: &'static str,
    /// What is looked at, part by part, with the rules it is about.
    parts: &'static [(&'static str, Look)],
    /// What is looked at then, once.
    whole: &'static [(&'static str, Whole)],
}

/// A gate puts the whole case aside and says whether it did; then nothing else is looked at.
type Gate = fn(&mut Bench<'_>) -> bool;

/// What is looked at before anything is put aside: what only the office writes is not kept for later either.
const FIRST: &[(&str, Look)] = &[("INV-84", owned::judge)];

/// What keeps a case from being looked at: somebody's word comes before a record that has yet to arrive, which needs nobody's.
const GATES: &[(&str, Gate)] = &[("INV-14", authority::judge), ("INV-11", missing::hold)];

/// Everything that is looked at.
#[rustfmt::skip]
const PASSES: &[Pass] = &[
    Pass { why: "What its author could never have written or done is out of the way before anything is weighed against it.",
        parts: &[
            ("LIFECYCLE AUTHORITY INV-14 INV-15 INV-16", collide::never_legal),
        ], whole: &[] },
    Pass { why: "What has to wait is held before actions meet: nothing yields to what does not take effect.",
        parts: &[
            ("what was built on something held", follow::judge),
            ("INV-16",                  discount::judge),
            ("INV-28 INV-35 INV-36 INV-38 INV-39", offer::before),
        ], whole: &[] },
    Pass { why: "What is left of the actions meets those its author did not see: fact over intent.",
        parts: &[
            ("INV-15",                  price::judge),
            ("INV-09 INV-18 to INV-21 INV-25 INV-26 INV-31 INV-38 INV-51 to INV-54 INV-57 to INV-59 INV-68", collide::judge),
        ], whole: &[] },
    Pass { why: "Only now it is known which of the records that actions made are there.",
        parts: &[
            ("INV-25",                  won::judge),
            ("INV-53",                  billing::locked),
            ("INV-52 INV-54",           billing::creation),
        ], whole: &[] },
    Pass { why: "Answers let in what earlier cases put aside; everything below judges the records with it.",
        parts: &[
            ("whatever is held",        decide::judge),
            ("INV-83",                  dismiss::judge),
        ], whole: &[] },
    Pass { why: "Which actions stand is settled; what records are called, and which of them they name, follows.",
        parts: &[
            ("INV-29 INV-32 INV-33 INV-37 INV-40", offer::settle),
            ("INV-10",                  inactive::judge),
            ("INV-09",                  merge::judge),
            ("INV-19 INV-20",           qualified::judge),
        ], whole: &[] },
    Pass { why: "What is deleted or closed keeps its fields closed; the others meet; lines and prices follow the fields that stand, \
                 and what must hold of them together is tested last.",
        parts: &[
            ("INV-06 INV-07",           deletion::judge),
            ("INV-22 INV-27 INV-34 INV-50 INV-59 FREEZE", freeze::judge),
            ("INV-61",                  billing::stamp),
            ("FCR and what is named after it", conflict::judge),
            ("INV-44 INV-45 INV-47",    lines::judge),
            ("INV-48",                  property::judge),
            ("INV-07, of entries",      children::judge),
            ("INV-41 INV-42 PRICE",     reprice::judge),
            ("INV-71 INV-73 INV-74",    activities::judge),
            ("INV-20 INV-64 INV-67 INV-78", catalogue::judge),
            ("what declarations say",   constraint::judge),
            ("INV-28 INV-29",           offer::after),
            ("INV-08",                  duplicate::judge),
        ],
        whole: &[("INV-51 INV-55 INV-57 INV-60", billing::settle)] },
    Pass { why: "Who looks after what depends on what is open; what waited for a record comes in when that record is settled.",
        parts: &[
            ("INV-12 INV-13",           ownership::judge),
            ("INV-11",                  missing::release),
        ],
        whole: &[
            ("INV-09, let through on another record", merge::released),
            ("INV-09, in what was put or brought back", merge::revived),
            ("INV-80",                  clock::judge),
        ] },
];

/// Runs the table.
pub(super) fn run(bench: &mut Bench<'_>) {
    let case = bench.case;
    for arrival in &case.arrivals {
        FIRST.iter().for_each(|(_, look)| look(bench, arrival));
    }
    if GATES.iter().any(|(_, gate)| gate(bench)) {
        return case.arrivals.iter().for_each(|arrival| merge::rename(bench, arrival));
    }
    for pass in PASSES {
        for arrival in &case.arrivals {
            pass.parts.iter().for_each(|(_, look)| look(bench, arrival));
        }
        pass.whole.iter().for_each(|(_, look)| look(bench));
    }
}

/// The passes in words, for the documentation: why each comes where it comes, and what it is about.
pub(crate) fn in_words() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    let about = |pass: &Pass| {
        let parts = pass.parts.iter().map(|(rules, _)| *rules);
        parts.chain(pass.whole.iter().map(|(rules, _)| *rules)).collect()
    };
    let first = FIRST.iter().map(|(rule, _)| *rule).collect();
    let first = ("What only the office writes is put back before anything is kept for later.", first);
    let gates = GATES.iter().map(|(rule, _)| *rule).collect();
    let gates = ("A case that waits as a whole, for somebody's word or for a record, is not looked at further.", gates);
    [first, gates].into_iter().chain(PASSES.iter().map(move |pass| (pass.why, about(pass))))
}
