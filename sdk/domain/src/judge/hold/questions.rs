//! What is asked about what the office holds back, and what the answers do, as a table.

use crate::permission::Who;

/// What a choice makes of what is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// It takes effect, with everything that came with it.
    Release,
    /// It never takes effect; it stays readable.
    Refuse,
}

/// One thing that can be decided.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// The word for it.
    pub name: &'static str,
    /// What it means.
    pub says: &'static str,
    /// What it does.
    pub does: Does,
}

/// What a rule asks when it holds something back.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The rule.
    pub rule: &'static str,
    /// The question.
    pub asks: &'static str,
    /// What somebody must be to answer it, besides leading those it is about ([`super::may_answer`]).
    pub who: Who,
    /// Whether those who look after the sale answer it as well.
    pub owner: bool,
    /// The answers.
    pub choices: &'static [Choice],
}

const fn ask(rule: &'static str, asks: &'static str, who: Who, choices: &'static [Choice]) -> Holding {
    Holding { rule, asks, who, owner: false, choices }
}

impl Holding {
    /// Those who look after the sale answer it as well.
    const fn or_the_owner(self) -> Holding {
        Holding { owner: true, ..self }
    }
}

const fn release(name: &'static str, says: &'static str) -> Choice {
    Choice { name, says, does: Does::Release }
}

const fn refuse(name: &'static str, says: &'static str) -> Choice {
    Choice { name, says, does: Does::Refuse }
}

/// Every question.
#[rustfmt::skip]
pub const HOLDS: &[Holding] = &[
    ask("INV-09", "Are the two one and the same?", Who::Manager, &[
        release("same", "They are one; the merge takes effect."),
        refuse("different", "They stay two."),
    ]),
    ask("INV-25", "Was the sale won or lost?", Who::Manager, &[
        release("won", "The customer bought; the loss is overruled."),
        refuse("lost", "The loss stands."),
    ]),
    ask("INV-28", "Is the sale lost although an offer is with the customer?", Who::Manager, &[
        release("lost", "It is lost, and the offer is closed."),
        refuse("open", "The offer stands and the sale goes on."),
    ]),
    ask("INV-35", "Does the offer hold that the customer has already seen?", Who::Manager, &[
        release("honour", "We honour it as the customer has it."),
        refuse("correct", "It is a draft again, to be corrected."),
    ]),
    ask("INV-36", "Did the customer order twice?", Who::Manager, &[
        release("keep_both", "The customer wants both orders."),
        refuse("cancel", "The second order is a mistake."),
    ]),
    ask("INV-38", "The customer accepted an offer while its next revision was sent: which of them holds?", Who::Manager, &[
        release("order", "The order holds, and the next revision is closed."),
        refuse("offer", "The next revision holds, and there is no order yet."),
    ]).or_the_owner(),
    ask("INV-39", "May the customer still accept an offer that has expired?", Who::Manager, &[
        release("confirm", "The order holds."),
        refuse("refuse", "The offer has expired."),
    ]),
    ask("INV-54", "Is this invoice billed as well?", Who::Finance, &[
        release("bill", "It is billed; the order must have that much left."),
        refuse("drop", "It is not billed; billing the order again bills what is left."),
    ]),
    ask("INV-57", "Is it a duplicate?", Who::Finance, &[
        release("another", "It is another payment; both count."),
        refuse("same", "It is the same payment; it counts once."),
    ]),
    ask("INV-58", "Is a credit note due?", Who::Finance, &[
        release("cancel", "The money goes back; the invoice is canceled."),
        refuse("paid", "The invoice stays paid."),
    ]),
    ask("AUTHORITY", "Did this happen as it was reported?", Who::Finance, &[
        release("confirm", "It happened."),
        refuse("deny", "It did not happen."),
    ]),
    ask("INV-14", "Somebody did this who may no longer do it: take it over?", Who::Manager, &[
        release("take_over", "It is taken over as it was done."),
        refuse("leave", "It is left out."),
    ]),
    ask("INV-15", "May it be sold at the price that was typed?", Who::Manager, &[
        release("approve", "It is sold at the price that was typed."),
        refuse("deny", "The price stays as it is."),
    ]),
    ask("INV-16", "May the customer have this discount?", Who::Manager, &[
        release("approve", "The customer has it; the offer is active."),
        refuse("deny", "The offer stays a draft."),
    ]),
];

/// What a rule asks.
#[must_use]
pub fn holding(rule: &str) -> Option<&'static Holding> {
    HOLDS.iter().find(|holding| holding.rule == rule)
}
