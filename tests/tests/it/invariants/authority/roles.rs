//! What a role may do: the back office bills and takes money, a rep deletes what is theirs and still a draft.

use super::Staff;
use fieldbook_domain::document::Write;
use fieldbook_domain::raw::Outcome;
use fieldbook_sync::message::Status;
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::{MONDAY_MS, Phone};
use serde_json::{Value, json};

#[test]
fn the_back_office_bills_and_takes_money_and_edits_nothing_else() {
    let staff = Staff::new();
    let (ada, fay) = (&staff.ada, staff.world.phone("Fay"));
    let quote = staff.draft();
    ada.act("quote", quote, "activate", json!({}));
    ada.act("quote", quote, "create_order", json!({}));
    let order = quote.derived("order");
    staff.world.level(&[ada, &fay]);

    let refused = [
        fay.try_set("order", order, json!({ "description": "x" })).unwrap_err(),
        fay.try_act("order", order, "fulfil", json!({})).map(|_| ()).unwrap_err(),
        fay.try_act("order", order, "delete", json!({})).map(|_| ()).unwrap_err(),
        fay.book.create("note", json!({ "title": "x" }).as_object().unwrap().clone()).map(|_| ()).unwrap_err(),
    ];
    let account = fay.user.derived("account");
    let forged = Rogue::of(&staff.world, fay.user, 0).write_and_push("account", account, &[Write::put("name", "Acme")]);
    let invoice = fay.act("order", order, "create_invoice", json!({})).derived("invoice");
    fay.set("invoice", invoice, json!({ "description": "Thank you" }));
    staff.world.level(&[&fay]);
    staff.world.at_office(&fay, "invoice", invoice, "issue").unwrap();
    fay.act("invoice", invoice, "record_payment", json!({ "amount": "98.8" }));

    staff.world.sync(&fay);
    staff.agree();
    let codes = refused.map(|error| error.code().to_owned());
    assert_eq!(codes, ["order.permission", "order.permission", "order.delete.permission", "note.permission"]);
    assert_eq!((forged.status, forged.code.as_str()), (Status::Refused, "account.permission"));
    assert_eq!(ada.field("invoice", invoice, "status_reason"), "complete");
    assert_eq!(ada.field("order", order, "state"), "invoiced");
}

#[test]
fn a_payment_a_rep_reports_counts_once_the_back_office_confirms_it() {
    for (choice, state, paid) in [("confirm", "paid", json!("50")), ("deny", "active", Value::Null)] {
        let staff = Staff::new();
        let (ada, ben, fay) = (&staff.ada, &staff.ben, staff.world.phone("Fay"));
        let invoice = staff.world.issued(ada);
        staff.level();
        ada.act("invoice", invoice, "record_payment", json!({ "amount": "50" }));
        assert_eq!(ada.field("invoice", invoice, "amount_paid"), "50", "Ada sees what she reported");
        staff.world.level(&[ada, &fay, &staff.maya]);
        assert_eq!(fay.field("invoice", invoice, "amount_paid"), Value::Null, "nothing counts until somebody confirms it");
        let held = fay.told("AUTHORITY");
        assert_eq!((held.len(), held[0].outcome), (1, Outcome::Held));
        let told = [ada, &staff.maya, ben].map(|phone| phone.told("AUTHORITY").len());
        assert_eq!(told, [1, 1, 0]);

        fay.decide(&held[0], choice);

        staff.world.sync(&fay);
        staff.agree();
        let shown = ["state", "amount_paid"].map(|field| ben.field("invoice", invoice, field));
        assert_eq!(shown, [json!(state), paid]);
    }
}

#[test]
fn a_rep_deletes_drafts_and_activities_of_their_own_and_nothing_else() {
    let staff = Staff::new();
    let (ada, ben) = (&staff.ada, &staff.ben);
    let quote = staff.draft();
    let mine = ada.create("task", json!({ "subject": "Call them" }));
    let second = ada.create("quote", json!({ "name": "Second", "customer": ada.field("quote", quote, "customer") }));
    staff.level();
    let code = |phone: &Phone, kind, id| phone.try_act(kind, id, "delete", json!({})).unwrap_err().code().to_owned();

    assert_eq!(code(ben, "task", mine), "task.delete.permission", "it is Ada's");
    assert_eq!(code(ben, "quote", second), "quote.delete.permission");
    ada.act("quote", quote, "activate", json!({}));
    assert_eq!(code(ada, "quote", quote), "quote.delete.permission", "the customer has it");
    let by_ben = json!({ "action": "delete", "by": ben.user, "at": MONDAY_MS, "turn": 1 }).to_string();
    let mut app = Rogue::of(&staff.world, ben.user, 0);
    let forged = app.write_and_push("task", mine, &[Write::put(format!("actions/{}", mine.derived("delete")), by_ben)]);
    ada.act("task", mine, "delete", json!({}));
    ada.act("quote", second, "delete", json!({}));

    staff.agree();
    assert_eq!(forged.status, Status::Rejected);
    assert!(!ben.holds("task", mine) && !ben.holds("quote", second) && ben.holds("quote", quote));
}
