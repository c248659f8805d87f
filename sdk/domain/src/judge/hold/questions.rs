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
    /// Who answers it; nobody but an administrator answers for their own work.
    pub who: Who,
    /// The answers.
    pub choices: &'static [Choice],
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
    Holding { rule: "INV-09", asks: "Are the two one and the same?", who: Who::Manager, choices: &[
        release("same", "They are one; the merge takes effect."),
        refuse("different", "They stay two."),
    ] },
    Holding { rule: "INV-25", asks: "Was the sale won or lost?", who: Who::Manager, choices: &[
        release("won", "The customer bought; the loss is overruled."),
        refuse("lost", "The loss stands."),
    ] },
    Holding { rule: "INV-28", asks: "Is the sale lost although an offer is with the customer?", who: Who::Manager, choices: &[
        release("lost", "It is lost, and the offer is closed."),
        refuse("open", "The offer stands and the sale goes on."),
    ] },
    Holding { rule: "INV-35", asks: "Does the offer hold that the customer has already seen?", who: Who::Manager, choices: &[
        release("honour", "We honour it as the customer has it."),
        refuse("correct", "It is a draft again, to be corrected."),
    ] },
    Holding { rule: "INV-36", asks: "Did the customer order twice?", who: Who::Manager, choices: &[
        release("keep_both", "The customer wants both orders."),
        refuse("cancel", "The second order is a mistake."),
    ] },
    Holding { rule: "INV-38", asks: "The customer accepted an offer while its next revision was sent: which of them holds?", who: Who::Manager, choices: &[
        release("order", "The order holds, and the next revision is closed."),
        refuse("offer", "The next revision holds, and there is no order yet."),
    ] },
    Holding { rule: "INV-39", asks: "May the customer still accept an offer that has expired?", who: Who::Manager, choices: &[
        release("confirm", "The order holds."),
        refuse("refuse", "The offer has expired."),
    ] },
    Holding { rule: "INV-54", asks: "Is this invoice billed as well?", who: Who::Finance, choices: &[
        release("bill", "It is billed; the order must have that much left."),
        refuse("drop", "It is not billed; billing the order again bills what is left."),
    ] },
    Holding { rule: "INV-57", asks: "Is it a duplicate?", who: Who::Finance, choices: &[
        release("another", "It is another payment; both count."),
        refuse("same", "It is the same payment; it counts once."),
    ] },
    Holding { rule: "INV-58", asks: "Is a credit note due?", who: Who::Finance, choices: &[
        release("cancel", "The money goes back; the invoice is canceled."),
        refuse("paid", "The invoice stays paid."),
    ] },
    Holding { rule: "AUTHORITY", asks: "Did this happen as it was reported?", who: Who::Finance, choices: &[
        release("confirm", "It happened."),
        refuse("deny", "It did not happen."),
    ] },
    Holding { rule: "INV-14", asks: "Somebody did this who may no longer do it: take it over?", who: Who::Manager, choices: &[
        release("take_over", "It is taken over as it was done."),
        refuse("leave", "It is left out."),
    ] },
    Holding { rule: "INV-15", asks: "May it be sold at the price that was typed?", who: Who::Manager, choices: &[
        release("approve", "It is sold at the price that was typed."),
        refuse("deny", "The price stays as it is."),
    ] },
    Holding { rule: "INV-16", asks: "May the customer have this discount?", who: Who::Manager, choices: &[
        release("approve", "The customer has it; the offer is active."),
        refuse("deny", "The offer stays a draft."),
    ] },
];

/// What a rule asks.
#[must_use]
pub fn holding(rule: &str) -> Option<&'static Holding> {
    HOLDS.iter().find(|holding| holding.rule == rule)
}
