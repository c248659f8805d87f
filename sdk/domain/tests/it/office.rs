//! What only the office does: a phone plans nothing of it, and numbers come without gaps.

use crate::book::Nothing;
use fieldbook_domain::action::{self, Author, Available, Numbers, Place, Planned, Wish};
use fieldbook_domain::document::Write;
use fieldbook_domain::field::{Field, text};
use fieldbook_domain::ids::{RecordId, RecordRef};
use fieldbook_domain::lifecycle::{ActionSpec, Arg, Effect, Fill, Guard, Lifecycle, Move, Reason, State};
use fieldbook_domain::permission::{Access, Deleting, Role, Who};
use fieldbook_domain::raw::{Raw, Scalar};
use fieldbook_domain::record::{RecordType, find};
use fieldbook_domain::refusal::Refusal;
use fieldbook_domain::view;
use serde_json::{Value, json};
use std::cell::Cell;
use uuid::Uuid;

/// Counts on from where it stands.
#[derive(Debug, Default)]
struct Counter(Cell<u64>);

impl Numbers for Counter {
    fn next(&self, series: &str) -> u64 {
        assert_eq!(series, "invoice");
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

fn id(n: u128) -> RecordId {
    RecordId(Uuid::from_u128(n))
}

fn author(role: Role) -> Author {
    Author { user: id(1), role, now_ms: 1_700_000_000_000 }
}

fn act(
    kind: &'static RecordType,
    raw: &Raw,
    (verb, args): (&str, Value),
    role: Role,
    place: Place<'_>,
) -> Result<Vec<Planned>, Refusal> {
    let wish =
        Wish { action: verb, id: id(u128::from(raw.next_turn().unsigned_abs()) + 100), args: args.as_object().unwrap(), place };
    action::act(kind, id(7), raw, &wish, &author(role), &Nothing)
}

/// Writes a plan into the record it is about.
fn write(raw: &mut Raw, planned: &[Planned]) {
    raw.touch(1_700_000_000_000);
    for write in planned.iter().flat_map(|part| &part.writes) {
        if let Write::Put { key, value } = write {
            raw.set(key, value.clone());
        }
    }
}

fn sale(closed: (&str, Value)) -> (&'static RecordType, Raw) {
    let kind = find("opportunity").unwrap();
    let mut raw = Raw::default();
    raw.touch(1_700_000_000_000);
    raw.set("customer", Scalar::from(format!("account:{}", id(9))));
    let planned = act(kind, &raw, closed, Role::Rep, Place::Phone).unwrap();
    write(&mut raw, &planned);
    (kind, raw)
}

fn offered(kind: &'static RecordType, raw: &Raw, role: Role, verb: &str) -> Available {
    let offers = action::available(kind, id(7), &view::of(kind, id(7), raw), &author(role), &Nothing);
    offers.into_iter().find(|offer| offer.action == verb).unwrap()
}

#[test]
fn a_phone_offers_what_the_office_does_and_plans_nothing_of_it() {
    let (kind, raw) = sale(("win", json!({"actual_value": "100"})));

    let offer = offered(kind, &raw, Role::Manager, "reopen");
    let refused = act(kind, &raw, ("reopen", json!({})), Role::Manager, Place::Phone).unwrap_err();
    let planned = act(kind, &raw, ("reopen", json!({})), Role::Manager, Place::Office(&Counter::default())).unwrap();

    assert!(offer.possible && offer.office, "{offer:?}");
    assert_eq!(
        (refused.code.as_str(), refused.message.as_str()),
        ("opportunity.reopen.office", "reopen needs the office: connect and try again")
    );
    let mut reopened = raw;
    write(&mut reopened, &planned);
    assert_eq!(view::of(kind, id(7), &reopened).folded.state, "open");
}

#[test]
fn the_same_action_is_the_phones_where_its_row_is() {
    let (kind, raw) = sale(("lose", json!({"reason": "canceled"})));

    let offer = offered(kind, &raw, Role::Rep, "reopen");

    assert!(offer.possible && !offer.office);
    assert!(act(kind, &raw, ("reopen", json!({})), Role::Rep, Place::Phone).is_ok());
    assert!(!kind.lifecycle.only_at_office("reopen") && !kind.lifecycle.only_at_office("no_such_action"));
    assert!(find("product").unwrap().lifecycle.only_at_office("retire"));
}

#[test]
fn who_may_not_do_it_is_told_that_and_not_to_connect() {
    let (kind, raw) = sale(("win", json!({})));

    let here = act(kind, &raw, ("reopen", json!({})), Role::Rep, Place::Phone).unwrap_err();
    let there = act(kind, &raw, ("reopen", json!({})), Role::Rep, Place::Office(&Counter::default())).unwrap_err();

    assert_eq!((here.code.as_str(), &here), ("opportunity.reopen.permission", &there));
    assert!(!offered(kind, &raw, Role::Rep, "reopen").possible);
}

/// A bill whose number only the office gives.
static BILL: RecordType = RecordType {
    name: "bill",
    struct_name: "Bill",
    doc: "A bill.",
    fields: BILL_FIELDS,
    collections: &[],
    constraints: &[],
    lifecycle: &Lifecycle {
        initial: "draft",
        states: &[
            State { name: "draft", reasons: &["new"], frozen: false },
            State { name: "issued", reasons: &["billed"], frozen: true },
        ],
        actions: &[
            ActionSpec { name: "issue", doc: "Sends it out.", args: &[NUMBER] },
            ActionSpec { name: "take_back", doc: "Makes it a draft again.", args: &[] },
        ],
        moves: &[
            Move {
                action: "issue",
                from: "draft",
                to: "issued",
                reason: Reason::Is("billed"),
                who: Who::Rep,
                proposed_by: None,
                needs: &[NAMED],
                then: &[Effect::Stamp("bill_number", "bill_number")],
                office: true,
            },
            Move {
                action: "take_back",
                from: "issued",
                to: "draft",
                reason: Reason::Is("new"),
                who: Who::Rep,
                proposed_by: None,
                needs: &[],
                then: &[],
                office: true,
            },
        ],
        facts: &[],
        delete: Deleting::By(Who::Manager),
    },
    access: Access::Sales,
    title: "name",
};

const BILL_FIELDS: &[Field] =
    &[text(100).named("name", "What it is for."), text(100).server().named("bill_number", "Its number.")];
const NUMBER: Arg =
    Arg { field: text(100).named("bill_number", "Its number."), fill: Fill::Number { series: "invoice", prefix: "INV-" } };
const NAMED: Guard = Guard { code: "name", name: "a name", holds: |attempt| attempt.has("name") };

fn numbered(raw: &Raw) -> Option<Value> {
    view::of(&BILL, id(7), raw).body.get("bill_number").cloned()
}

#[test]
fn numbers_are_given_in_turn_and_none_is_lost_on_a_refusal() {
    let counter = Counter::default();
    let issue = |raw: &Raw| act(&BILL, raw, ("issue", json!({})), Role::Rep, Place::Office(&counter));
    let mut first = Raw::default();
    first.touch(1_700_000_000_000);
    let unnamed = issue(&first).unwrap_err();
    first.set("name", Scalar::from("Pumps"));
    let mut second = first.clone();

    let planned = issue(&first).unwrap();
    write(&mut first, &planned);
    let again = issue(&first).unwrap_err();
    let planned = issue(&second).unwrap();
    write(&mut second, &planned);

    assert_eq!((unnamed.code.as_str(), again.code.as_str()), ("bill.issue.name", "bill.issue.state"));
    assert_eq!((numbered(&first), numbered(&second)), (Some(json!("INV-000001")), Some(json!("INV-000002"))));
}

#[test]
fn a_record_keeps_the_number_it_has() {
    let counter = Counter::default();
    let mut raw = Raw::default();
    raw.touch(1_700_000_000_000);
    raw.set("name", Scalar::from("Pumps"));
    for verb in ["issue", "take_back", "issue"] {
        let planned = act(&BILL, &raw, (verb, json!({})), Role::Rep, Place::Office(&counter)).unwrap();
        write(&mut raw, &planned);
    }

    assert_eq!((numbered(&raw), counter.0.get()), (Some(json!("INV-000001")), 1));
}

#[test]
fn nobody_types_a_number_and_a_phone_fills_none() {
    let mut raw = Raw::default();
    raw.touch(1_700_000_000_000);
    raw.set("name", Scalar::from("Pumps"));
    let typed = json!({"bill_number": "INV-000007"});

    let here = act(&BILL, &raw, ("issue", typed.clone()), Role::Rep, Place::Phone).unwrap_err();
    let there = act(&BILL, &raw, ("issue", typed), Role::Rep, Place::Office(&Counter::default())).unwrap_err();
    let offline = act(&BILL, &raw, ("issue", json!({})), Role::Rep, Place::Phone).unwrap_err();

    assert_eq!((here.code.as_str(), there.code.as_str()), ("bill.issue.argument", "bill.issue.argument"));
    assert_eq!(offline.code, "bill.issue.office");
    let offer = offered(&BILL, &raw, Role::Rep, "issue");
    assert!(offer.office && offer.possible && offer.arguments.is_empty(), "{offer:?}");
}

#[test]
fn the_check_finds_numbers_given_twice_and_left_out() {
    let target = |n: u128| RecordRef::new("invoice", RecordId(Uuid::from_u128(n)));
    let found = |numbers: &[&str]| {
        let targets: Vec<RecordRef> = (1..=numbers.len()).map(|n| target(n as u128)).collect();
        let given = targets.iter().zip(numbers.iter().copied());
        fieldbook_domain::invariant::misnumbered(given).into_iter().map(|(_, message)| message).collect::<Vec<_>>()
    };

    assert_eq!(found(&["INV-000002", "INV-000001", "INV-000003"]), Vec::<String>::new());
    assert_eq!(found(&["INV-000001", "INV-000003"]), ["no invoice has the number before INV-000003"]);
    assert_eq!(found(&["INV-000001", "INV-000002", "INV-000002"]), ["INV-000002 is given twice"]);
}
