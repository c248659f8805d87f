//! Customers, their people and what is sold to them: INV-03, INV-05, INV-06, INV-10, INV-11, INV-24.

use super::{account, in_both_orders, in_both_orders_of, text};
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_sync::message::Status;
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::{DAY_MS, MONDAY_MS, World, refer};
use serde_json::{Value, json};

fn sale(phone: &fieldbook_tests::world::Phone, customer: &str, amount: &str) -> RecordId {
    let fields = json!({
        "topic": "Pumps", "customer": customer, "est_value": { "amount": amount }, "pricing": { "currency": "EUR" }
    });
    phone.create("opportunity", fields)
}

#[test]
fn inv_03_what_an_account_has_open_follows_its_tree_on_every_phone() {
    in_both_orders(
        |_, ada| {
            let group = account(ada, "Globex Group");
            let acme = account(ada, "Acme");
            let _ = sale(ada, &refer("account", group), "1000.10");
            let _ = sale(ada, &refer("account", acme), "2000.20");
            (group, acme)
        },
        |_, (group, acme), ada, ben| {
            ada.set("account", *acme, json!({"parent_account": group.to_string()}));
            let won = sale(ben, &refer("account", *acme), "4000");
            ben.act("opportunity", won, "win", json!({}));
            let _ = sale(ben, &refer("account", *acme), "500.05");
        },
        |_, (group, acme), ada, ben| {
            for phone in [ada, ben] {
                let report = phone.book.report_account(*group).unwrap();
                assert_eq!((report.rollup.accounts, report.rollup.open_deals), (2, 3));
                assert_eq!(report.rollup.open_revenue.len(), 1);
                assert_eq!(report.rollup.open_revenue[0].amount.to_string(), "3500.35");
                assert!(report.as_of_ms.is_some(), "the figure says as of when");
                assert_eq!(phone.book.report_account(*acme).unwrap().rollup.open_deals, 2);
            }
        },
    );
}

#[test]
fn inv_03_nobody_types_what_an_account_has_open() {
    let world = World::new();
    let ada = world.phone("Ada");
    let acme = account(&ada, "Acme");
    let refused = ada.try_set("account", acme, json!({"open_revenue": "1000000"})).unwrap_err();
    assert_eq!(refused.code(), "INV-84");
}

#[test]
fn inv_05_a_primary_contact_out_of_use_stays_and_the_owner_is_told() {
    in_both_orders(
        |_, ada| (account(ada, "Acme"), ada.create("contact", json!({"last_name": "Lind"}))),
        |_, (acme, ann), ada, ben| {
            ada.set("account", *acme, json!({"primary_contact": ann.to_string()}));
            ben.act("contact", *ann, "deactivate", json!({}));
        },
        |_, (acme, ann), ada, ben| {
            assert_eq!(ada.field("account", *acme, "primary_contact"), text(&ann.to_string()), "never emptied silently");
            assert_eq!(ben.field("contact", *ann, "state"), "inactive");
            assert_eq!(ada.told("INV-05").len(), 1, "the account is Ada's");
        },
    );
}

#[test]
fn inv_06_a_contact_with_an_order_is_not_deleted() {
    for deleted_first in [true, false] {
        let world = World::new();
        let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
        let lind = ben.create("contact", json!({"last_name": "Lind"}));
        world.level(&[&ben, &maya]);
        maya.act("contact", lind, "delete", json!({}));
        let order = ben.create("order", json!({"name": "Pumps", "customer": refer("contact", lind)}));

        let arrivals = if deleted_first { [&maya, &ben] } else { [&ben, &maya] };
        for phone in arrivals {
            world.sync(phone);
        }

        world.level(&[&maya, &ben]);
        world.assert_agreement(&[&maya, &ben]);
        assert_eq!(maya.field("contact", lind, "last_name"), "Lind", "the contact is back");
        assert_eq!(maya.field("order", order, "name"), "Pumps");
        assert_eq!((maya.told("INV-06").len(), ben.told("INV-06").len()), (1, 0));
        assert_eq!(maya.told("INV-06")[0].salvage, "deactivate");
    }
}

#[test]
fn inv_06_an_opportunity_with_an_invoice_is_not_deleted() {
    for deleted_first in [true, false] {
        let world = World::new();
        let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
        let customer = refer("account", account(&ben, "Acme"));
        let pumps = sale(&ben, &customer, "1000");
        world.level(&[&ben, &maya]);
        maya.act("opportunity", pumps, "delete", json!({}));
        let _ = ben.create("invoice", json!({"name": "Pumps", "customer": customer, "opportunity": pumps.to_string()}));

        let arrivals = if deleted_first { [&maya, &ben] } else { [&ben, &maya] };
        for phone in arrivals {
            world.sync(phone);
        }

        world.level(&[&maya, &ben]);
        world.assert_agreement(&[&maya, &ben]);
        assert!(ben.holds("opportunity", pumps));
        assert_eq!(maya.told("INV-06").len(), 1);
    }
}

#[test]
fn inv_06_a_phone_says_what_still_needs_a_record_and_what_to_do_instead() {
    let world = World::new();
    let maya = world.phone("Maya");
    let acme = account(&maya, "Acme");
    let _ = maya.create("order", json!({"name": "Forty pumps", "customer": refer("account", acme)}));

    let refused = maya.try_act("account", acme, "delete", json!({})).unwrap_err();

    assert_eq!(refused.code(), "account.delete.needed");
    assert!(refused.to_string().contains("Forty pumps") && refused.to_string().contains("deactivate"), "{refused}");
}

#[test]
fn inv_10_a_sale_to_a_customer_deactivated_meanwhile_stands_and_its_owner_is_told() {
    in_both_orders_of(
        ["Maya", "Ben"],
        |_, maya| account(maya, "Acme"),
        |_, acme, maya, ben| {
            maya.act("account", *acme, "deactivate", json!({}));
            let _ = sale(ben, &refer("account", *acme), "1000");
        },
        |_, acme, maya, ben| {
            let sales = ben.book.list(&fieldbook_device::Query::of("opportunity")).unwrap();
            assert_eq!(sales.len(), 1, "Ben's work stands");
            assert_eq!(sales[0]["customer"], refer("account", *acme));
            assert_eq!(maya.field("account", *acme, "state"), "inactive");
            assert_eq!(ben.told("INV-10").len(), 1, "its owner is told");
            assert_eq!(ben.told("INV-10")[0].outcome, Outcome::Adjusted);
        },
    );
}

#[test]
fn inv_10_who_knows_that_a_customer_is_out_of_use_is_refused() {
    let world = World::new();
    let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
    let acme = account(&maya, "Acme");
    let valves = json!({"topic": "Valves", "last_name": "Lind", "parent_account": acme.to_string()});
    let valves = maya.create("lead", valves);
    maya.act("account", acme, "deactivate", json!({}));
    world.level(&[&maya, &ben]);

    let fields = json!({"topic": "Pumps", "customer": refer("account", acme)});
    let refused = ben.book.create("opportunity", fieldbook_tests::world::object(fields)).unwrap_err();

    assert_eq!(refused.code(), "field.inactive");
    assert_eq!(ben.told("INV-10"), Vec::new());
    let sale = ben.try_act("lead", valves, "qualify", json!({})).unwrap_err();
    assert_eq!(sale.code(), "field.inactive", "nor is it named by what an action makes");
    let activity = ben.create("task", json!({"subject": "Ask why", "regarding": refer("account", acme)}));
    assert!(ben.holds("task", activity), "what people do may be about anything");
}

#[test]
fn inv_10_what_is_under_way_at_a_price_list_taken_out_of_use_is_flagged_and_its_owner_told_once() {
    for list_first in [true, false] {
        let world = World::new();
        let (omar, ada, ben) = (world.phone("Omar"), world.phone("Ada"), world.phone("Ben"));
        let list = omar.create("price_list", json!({"name": "2026", "currency": "EUR"}));
        let acme = refer("account", account(&ada, "Acme"));
        world.level(&[&omar, &ada, &ben]);
        let pricing = json!({"currency": "EUR", "price_list": list});
        let fields = |name: &str| json!({name: "Pumps", "customer": acme, "pricing": pricing});
        let lost = ada.create("opportunity", fields("topic"));
        ada.act("opportunity", lost, "lose", json!({"reason": "canceled"}));
        world.sync(&ada);
        let open = [("opportunity", "topic"), ("quote", "name"), ("order", "name")];
        let open = open.map(|(kind, name)| (kind, ada.create(kind, fields(name))));
        if list_first {
            world.at_office(&omar, "price_list", list, "deactivate").unwrap();
            world.sync(&ada);
        } else {
            world.sync(&ada);
            world.at_office(&omar, "price_list", list, "deactivate").unwrap();
        }
        world.level(&[&omar, &ada, &ben]);
        ada.set("opportunity", open[0].1, json!({"description": "As discussed"}));

        world.level(&[&omar, &ada, &ben]);

        world.assert_agreement(&[&omar, &ada, &ben]);
        for (kind, id) in open {
            assert_eq!(ben.field(kind, id, "pricing")["price_list"], json!(list), "what was agreed stays");
            let flags = ben.book.flags(kind, id).unwrap();
            assert!(flags.iter().any(|flag| flag.name == "price_list.in_use" && flag.rule == "INV-10"), "{kind}: {flags:?}");
            let told = ada.told("INV-10").into_iter().filter(|told| told.record.id == id).count();
            assert_eq!(told, 1, "Ada is told of her {kind} once");
        }
        assert!(ada.book.flags("opportunity", lost).unwrap().is_empty(), "what is closed keeps what it was closed with");
        assert_eq!(ada.told("INV-10").len(), 3);
        assert_eq!((omar.told("INV-10").len(), ben.told("INV-10").len()), (0, 0), "who keeps the catalogue knows");
        world.at_office(&omar, "price_list", list, "activate").unwrap();
        world.level(&[&omar, &ada, &ben]);
        assert!(ada.book.flags("opportunity", open[0].1).unwrap().is_empty(), "in use again");
    }
}

#[test]
fn a_contact_a_user_and_a_business_unit_are_not_their_own_superior_nor_two_each_others() {
    for (kind, field, name, rest) in [
        ("contact", "manager", "last_name", json!({})),
        ("user", "manager", "name", json!({"role": "rep"})),
        ("business_unit", "parent", "name", json!({})),
    ] {
        in_both_orders_of(
            ["Omar", "Omar"],
            |_, omar| {
                ["Lind", "Moe"].map(|title| {
                    let mut fields = rest.clone();
                    fields[name] = json!(title);
                    omar.create(kind, fields)
                })
            },
            |_, [lind, moe], phone, tablet| {
                let refused = phone.try_set(kind, *lind, json!({ field: lind })).unwrap_err();
                assert_eq!(refused.code(), format!("{kind}.{field}"), "{refused}");
                phone.set(kind, *lind, json!({ field: moe }));
                let refused = phone.try_set(kind, *moe, json!({ field: lind })).unwrap_err();
                assert_eq!(refused.code(), format!("{kind}.{field}"), "{refused}");
                tablet.set(kind, *moe, json!({ field: lind }));
            },
            |world, people, phone, _| {
                let above = people.map(|id| phone.field(kind, id, field));
                assert_eq!(above.iter().filter(|above| above.is_null()).count(), 1, "the first link stands: {above:?}");
                let told = phone.told("CONSTRAINT");
                assert_eq!((told.len(), told[0].salvage.as_str()), (1, "swap"), "{:?}", world.decisions());
                world.wait(phone.book.salvage(told[0].id, None)).unwrap();
                world.level(&[phone]);
                let swapped = people.map(|id| phone.field(kind, id, field));
                assert!(swapped != above && swapped.iter().any(Value::is_null), "{swapped:?}");
            },
        );
    }
}

#[test]
fn nothing_is_about_itself() {
    let world = World::new();
    let ben = world.phone("Ben");
    let call = ben.create("task", json!({"subject": "Call"}));
    let visit = ben.create("task", json!({"subject": "Visit", "regarding": refer("task", call)}));
    world.sync(&ben);

    let refused = ben.try_set("task", call, json!({"regarding": refer("task", call)})).unwrap_err();
    let own = ben.user.derived("own");
    let writes = [Write::put("subject", "Itself"), Write::put("regarding", refer("task", own))];
    let answer = Rogue::of(&world, ben.user, 0).write_and_push("task", own, &writes);

    assert_eq!((refused.code(), answer.code.as_str()), ("field.itself", "field.itself"));
    assert_eq!(answer.status, Status::Refused);
    assert_eq!(ben.field("task", visit, "regarding"), refer("task", call));
}

#[test]
fn inv_24_a_contact_who_changed_jobs_is_flagged_on_the_opportunity() {
    in_both_orders(
        |_, ada| {
            let (acme, globex) = (account(ada, "Acme"), account(ada, "Globex"));
            let ann = ada.create("contact", json!({"last_name": "Lind", "account": acme.to_string()}));
            let pumps = sale(ada, &refer("account", acme), "1000");
            (pumps, ann, globex)
        },
        |_, (pumps, ann, globex), ada, ben| {
            ada.set("opportunity", *pumps, json!({"contact": ann.to_string()}));
            ben.set("contact", *ann, json!({"account": globex.to_string()}));
        },
        |_, (pumps, ann, globex), ada, ben| {
            assert_eq!(ben.field("opportunity", *pumps, "contact"), text(&ann.to_string()));
            assert_eq!(ada.field("contact", *ann, "account"), text(&globex.to_string()));
            assert_eq!(ada.told("INV-24").len(), 1, "the owner is told");
            assert_eq!(ada.told("INV-24")[0].lost, Value::Null, "nothing was lost");
        },
    );
}

/// A sale as a bundle that arrives by itself.
fn stray_sale(ben: &fieldbook_tests::world::Phone, acme: RecordId) -> [Write; 3] {
    [Write::put("topic", "Pumps"), Write::put("customer", refer("account", acme)), Write::put("owner", refer("user", ben.user))]
}

#[test]
fn inv_10_the_office_turns_down_what_its_author_knew() {
    let world = World::new();
    let ben = world.phone("Ben");
    let (acme, pumps) = (ben.user.derived("acme"), ben.user.derived("pumps"));
    let mut app = Rogue::of(&world, ben.user, 0);
    let closed = json!({"action": "deactivate", "by": ben.user, "at": MONDAY_MS, "turn": 1});
    let closing = Write::put(format!("actions/{}", acme.derived("deactivate")), closed.to_string());
    assert_eq!(app.write_and_push("account", acme, &[Write::put("name", "Acme"), closing]).status, Status::Accepted);

    let answer = app.write_and_push("opportunity", pumps, &stray_sale(&ben, acme));

    assert_eq!((answer.status, answer.code.as_str()), (Status::Rejected, "INV-10"));
    world.level(&[&ben]);
    world.assert_agreement(&[&ben]);
    assert!(!ben.holds("opportunity", pumps));
    assert_eq!(ben.told("INV-10")[0].lost, text(&refer("account", acme)), "what was typed is kept");
}

#[test]
fn inv_11_what_arrived_without_what_it_names_waits_for_it() {
    for account_first in [true, false] {
        let world = World::new();
        let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
        let (acme, pumps) = (ben.user.derived("acme"), ben.user.derived("pumps"));
        let mut app = Rogue::of(&world, ben.user, 0);
        let arrive = || {
            let fields = fieldbook_tests::world::object(json!({"name": "Acme"}));
            ada.book.bundle(move |bundle| bundle.create("account", Some(acme), fields)).unwrap();
            world.sync(&ada);
        };

        if account_first {
            arrive();
            assert_eq!(app.write_and_push("opportunity", pumps, &stray_sale(&ben, acme)).status, Status::Accepted);
        } else {
            assert_eq!(app.write_and_push("opportunity", pumps, &stray_sale(&ben, acme)).status, Status::Held);
            world.level(&[&ada, &ben]);
            world.assert_agreement(&[&ada, &ben]);
            assert!(!ada.holds("opportunity", pumps), "nobody sees half of it");
            assert_eq!(ben.told("INV-11")[0].outcome, Outcome::Held);
            arrive();
        }

        world.level(&[&ada, &ben]);
        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(ada.field("opportunity", pumps, "customer"), text(&refer("account", acme)));
        assert_eq!(ben.told("INV-11").len(), if account_first { 0 } else { 2 });
        assert_eq!(ada.told("INV-11"), Vec::new(), "nobody had to decide");
    }
}

#[test]
fn inv_11_an_edit_that_names_what_is_not_here_waits_as_well() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (group, acme, lind) = (ben.user.derived("group"), ben.user.derived("acme"), ben.user.derived("lind"));
    let mut app = Rogue::of(&world, ben.user, 0);
    let person = [Write::put("last_name", "Lind"), Write::put("account", acme.to_string())];
    assert_eq!(app.write_and_push("contact", lind, &person).status, Status::Held);
    let company = [Write::put("name", "Acme"), Write::put("parent_account", group.to_string())];
    assert_eq!(app.write_and_push("account", acme, &company).status, Status::Held);

    assert_eq!(app.write_and_push("account", group, &[Write::put("name", "Globex Group")]).status, Status::Adjusted);

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("account", acme, "parent_account"), text(&group.to_string()), "what waited for the first");
    assert_eq!(ada.field("contact", lind, "account"), text(&acme.to_string()), "and what waited for that");
}

#[test]
fn inv_11_waiting_is_no_way_round_the_rules() {
    let world = World::new();
    let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
    let (acme, order) = (ben.user.derived("acme"), ben.user.derived("order"));
    let unlock = json!({"action": "use_current_pricing", "by": ben.user, "at": MONDAY_MS, "turn": 1}).to_string();
    let action = order.derived("unlock");
    let writes = [
        Write::put("name", "Pumps"),
        Write::put("customer", refer("account", acme)),
        Write::put(format!("actions/{action}"), unlock),
    ];
    let mut app = Rogue::of(&world, ben.user, 0);
    assert_eq!(app.write_and_push("order", order, &writes).status, Status::Rejected, "that needs a manager");

    assert_eq!(app.write_and_push("account", acme, &[Write::put("name", "Acme")]).status, Status::Adjusted);

    world.level(&[&ada, &ben]);
    world.assert_agreement(&[&ada, &ben]);
    assert_eq!(ada.field("order", order, "customer"), text(&refer("account", acme)), "what he may do takes effect");
    let told = ben.told("LIFECYCLE");
    assert_eq!((told.len(), told[0].outcome, told[0].action), (1, Outcome::Rejected, Some(action)));
}

#[test]
fn inv_11_after_a_month_the_author_is_told() {
    let world = World::new();
    let ben = world.phone("Ben");
    let acme = ben.user.derived("acme");
    let mut app = Rogue::of(&world, ben.user, 0);
    assert_eq!(app.write_and_push("opportunity", ben.user.derived("pumps"), &stray_sale(&ben, acme)).status, Status::Held);
    world.level(&[&ben]);
    assert_eq!(ben.told("INV-11").len(), 1);

    world.pass(31 * DAY_MS, &[]);
    let later = world.phone("Ben");
    world.level(&[&later]);

    let told = later.told("INV-11");
    assert_eq!(told.len(), 2, "once: {told:?}");
    assert!(told.iter().any(|decision| decision.salvage == "again" && decision.message.contains("30 days")));
}
