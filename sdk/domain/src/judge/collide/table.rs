//! Which of two incompatible concurrent actions stands: fact over intent, as data.

/// What the losing action leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// The action itself, overruled, in the document.
    Action,
    /// Also a note on the record.
    Note,
    /// Also a note, and a task for the record's owner.
    NoteAndTask,
}

/// One row: of two actions that did not see each other, `stronger` stands.
#[derive(Debug)]
pub(crate) struct Collision {
    pub(crate) kind: &'static str,
    pub(crate) stronger: &'static str,
    pub(crate) weaker: &'static str,
    pub(crate) rule: &'static str,
    /// Beyond this many days between the claims the stronger one is held for a manager, and the weaker one stands; but not a win
    /// with an order.
    pub(crate) within_days: Option<u64>,
    pub(crate) keeps: Keeps,
    pub(crate) because: &'static str,
    pub(crate) salvage: &'static str,
}

#[rustfmt::skip]
pub(crate) const COLLISIONS: &[Collision] = &[
    Collision { kind: "lead", stronger: "qualify", weaker: "disqualify", rule: "INV-18", within_days: None, keeps: Keeps::Note,
                because: "somebody talked to them and a sale is under way", salvage: "" },
    Collision { kind: "opportunity", stronger: "win", weaker: "lose", rule: "INV-25", within_days: Some(7), keeps: Keeps::Action,
                because: "a customer who bought is a fact", salvage: "reopen" },
    Collision { kind: "opportunity", stronger: "reopen", weaker: "lose", rule: "INV-31", within_days: None, keeps: Keeps::NoteAndTask,
                because: "who reopened it knew it had been closed", salvage: "again" },
    Collision { kind: "quote", stronger: "create_order", weaker: "revise", rule: "INV-38", within_days: None, keeps: Keeps::Action,
                because: "the customer said yes", salvage: "" },
    Collision { kind: "quote", stronger: "create_order", weaker: "close", rule: "INV-38", within_days: None, keeps: Keeps::Action,
                because: "the customer said yes", salvage: "" },
    Collision { kind: "quote", stronger: "create_order", weaker: "supersede", rule: "INV-38", within_days: None, keeps: Keeps::Action,
                because: "the customer said yes", salvage: "" },
    Collision { kind: "quote", stronger: "revise", weaker: "close", rule: "INV-38", within_days: None, keeps: Keeps::Action,
                because: "somebody is at work on the next offer", salvage: "again" },
    Collision { kind: "task", stronger: "complete", weaker: "cancel", rule: "INV-68", within_days: None, keeps: Keeps::Action,
                because: "work that was done is a fact", salvage: "" },
    Collision { kind: "phone_call", stronger: "complete", weaker: "cancel", rule: "INV-68", within_days: None, keeps: Keeps::Action,
                because: "a conversation that was had is a fact", salvage: "" },
    Collision { kind: "email", stronger: "complete", weaker: "cancel", rule: "INV-68", within_days: None, keeps: Keeps::Action,
                because: "a message that was sent is a fact", salvage: "" },
    Collision { kind: "appointment", stronger: "complete", weaker: "cancel", rule: "INV-68", within_days: None, keeps: Keeps::Action,
                because: "a meeting that took place is a fact", salvage: "" },
    Collision { kind: "recurring_appointment", stronger: "complete", weaker: "cancel", rule: "INV-68", within_days: None, keeps: Keeps::Action,
                because: "meetings that took place are a fact", salvage: "" },
];

/// The invariant that settles the same action performed twice.
pub(crate) fn same_action_rule(kind: &str, action: &str) -> &'static str {
    match (kind, action) {
        ("lead", "qualify") => "INV-20",
        (_, "merge") => "INV-09",
        ("opportunity", "win" | "lose") => "INV-26",
        ("email", "send" | "retry") => "INV-72",
        ("quote", "revise") => "INV-33",
        ("quote", "create_order") => "INV-37",
        _ => "INV-81",
    }
}
