//! Records that are one: INV-08, INV-09, INV-19, INV-21.

use super::{account, in_both_orders, in_both_orders_of, lead, text};
use fieldbook_device::Query;
use fieldbook_domain::document::Write;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::raw::Outcome;
use fieldbook_sync::message::Status;
use fieldbook_tests::rogue::Rogue;
use fieldbook_tests::world::{Phone, World, object, refer};
use serde_json::{Value, json};

fn contact(phone: &Phone, fields: Value) -> RecordId {
    let mut body = object(json!({"last_name": "Smith"}));
    body.extend(object(fields));
    phone.create("contact", Value::Object(body))
}

/// The record under its own id, even if it is an alias.
fn as_it_is(phone: &Phone, kind: &str, id: RecordId) -> Value {
    let rows = phone.book.list(&Query::of(kind)).unwrap();
    rows.into_iter().find(|row| row["id"] == id.to_string()).map(Value::Object).unwrap_or_default()
}

#[test]
fn inv_08_two_contacts_with_one_address_are_both_kept_and_both_owners_told() {
    in_both_orders(
        |_, _| (),
        |_, (), ada, ben| {
            let _ = contact(ada, json!({"email": "J.Smith@acme.example", "job_title": "Buyer"}));
            let _ = contact(ben, json!({"email": "j.smith@acme.example", "job_title": "Engineer"}));
        },
        |_, (), ada, ben| {
            let contacts = ada.book.list(&Query::of("contact")).unwrap();
            assert_eq!(contacts.len(), 2);
            assert!(contacts.iter().all(|contact| contact["state"] == "active"));
            assert_eq!((ada.told("INV-08").len(), ben.told("INV-08").len()), (1, 1));
            assert_eq!(ada.told("INV-08")[0].salvage, "merge");
        },
    );
}

#[test]
fn inv_08_what_nothing_tells_apart_becomes_one() {
    for second_first in [false, true] {
        let world = World::new();
        let (phone, tablet) = (world.phone("Ada"), world.phone("Ada"));
        let older = contact(&phone, json!({"email": "j.smith@acme.example", "job_title": "Buyer"}));
        world.pass(60_000, &[&phone, &tablet]);
        let younger = contact(&tablet, json!({"email": "j.smith@acme.example", "mobile_phone": "+47 5"}));
        let call = tablet.create("task", json!({"subject": "Call", "regarding": refer("contact", younger)}));

        let order = if second_first { [&tablet, &phone] } else { [&phone, &tablet] };
        for device in order {
            world.sync(device);
        }
        world.level(&[&phone, &tablet]);
        world.assert_agreement(&[&phone, &tablet]);

        let shown = phone.sees("contact", younger);
        assert_eq!(shown["id"], older.to_string(), "the younger leads to the older");
        assert_eq!((shown["job_title"].as_str(), shown["mobile_phone"].as_str()), (Some("Buyer"), Some("+47 5")));
        assert_eq!(phone.field("task", call, "regarding"), text(&refer("contact", older)));
        assert_eq!(phone.told("INV-08").len(), 1);
    }
}

#[test]
fn inv_09_what_was_done_to_an_alias_is_done_to_what_stands_for_it() {
    in_both_orders(
        |_, ada| {
            let stays = contact(ada, json!({"job_title": "Buyer"}));
            let gone = contact(ada, json!({"business_phone": "+47 1", "description": "Met at the fair"}));
            (stays, gone)
        },
        |world, (stays, gone), ada, ben| {
            ada.act("contact", *gone, "merge", json!({"into": stays.to_string()}));
            assert_eq!(ada.sees("contact", *gone)["id"], stays.to_string(), "without a network already");
            assert_eq!(ada.field("contact", *gone, "business_phone"), "+47 1");
            world.pass(60_000, &[ben]);
            ben.set("contact", *gone, json!({"mobile_phone": "+47 5", "business_phone": "+47 2", "job_title": "Director"}));
            let _ = ben.create("opportunity", json!({"topic": "Pumps", "customer": refer("contact", *gone)}));
        },
        |_, (stays, gone), ada, ben| {
            for phone in [ada, ben] {
                let shown = phone.sees("contact", *gone);
                assert_eq!(shown["id"], stays.to_string());
                assert_eq!(shown["mobile_phone"], "+47 5", "where it was empty");
                assert_eq!(shown["business_phone"], "+47 2", "over what it took over from the alias");
                assert_eq!(shown["job_title"], "Director", "else the later claim");
                assert_eq!(shown["description"], "Met at the fair");
                assert_eq!(as_it_is(phone, "contact", *gone)["status_reason"], "merged");
            }
            let kept = serde_json::to_string(&ada.book.alternatives("contact", *stays).unwrap()).unwrap();
            assert!(kept.contains("Buyer"), "{kept}");
            let sales = ada.book.list(&Query::of("opportunity")).unwrap();
            assert_eq!(sales[0]["customer"], refer("contact", *stays));
            assert!(!ada.told("INV-09").is_empty() && !ben.told("INV-09").is_empty(), "both are told");
        },
    );
}

#[test]
fn inv_09_what_was_typed_into_both_records_is_kept() {
    in_both_orders(
        |_, ada| (contact(ada, json!({"job_title": "Buyer"})), contact(ada, json!({"business_phone": "+47 1"}))),
        |world, (stays, gone), ada, ben| {
            ben.set("contact", *gone, json!({"business_phone": "+47 2"}));
            world.pass(60_000, &[ada, ben]);
            ben.set("contact", *stays, json!({"business_phone": "+47 3"}));
            world.pass(60_000, &[ada, ben]);
            ada.act("contact", *gone, "merge", json!({"into": stays.to_string()}));
            assert_eq!(ada.field("contact", *stays, "business_phone"), "+47 1", "taken over, nobody typed it here");
        },
        |_, (stays, _), ada, ben| {
            assert_eq!(ada.field("contact", *stays, "business_phone"), "+47 3", "the later of what Ben typed");
            let kept = serde_json::to_string(&ada.book.alternatives("contact", *stays).unwrap()).unwrap();
            assert!(kept.contains("+47 2"), "{kept}");
            assert!(!ben.told("INV-09").is_empty());
        },
    );
}

#[test]
fn inv_09_a_reference_somebody_changed_knowingly_stays_changed_whatever_their_clock_says() {
    let world = World::new();
    let ada = world.phone("Ada");
    let [gone, stays, other] =
        [json!({"job_title": "Buyer"}), json!({}), json!({"job_title": "Director"})].map(|it| contact(&ada, it));
    let pumps = ada.create("opportunity", json!({"topic": "Pumps", "contact": gone.to_string()}));
    world.level(&[&ada]);

    ada.act("contact", gone, "merge", json!({"into": stays.to_string()}));
    ada.set("opportunity", pumps, json!({"contact": other.to_string()}));
    ada.clock.advance(-30 * 60 * 60_000);
    world.level(&[&ada]);

    world.assert_agreement(&[&ada]);
    assert_eq!(ada.field("opportunity", pumps, "contact"), other.to_string(), "not what the merge would have made of it");
}

#[test]
fn inv_09_leads_that_are_two_again_are_named_by_what_named_them() {
    let world = World::new();
    let (ada, omar) = (world.phone("Ada"), world.phone("Omar"));
    let (gone, stays) = (lead(&omar), lead(&omar));
    let eva = omar.create("contact", json!({"last_name": "Lind", "originating_lead": gone.to_string()}));
    world.level(&[&ada, &omar]);

    omar.act("lead", gone, "merge", json!({"into": stays.to_string()}));
    world.level(&[&omar]);
    assert_eq!(omar.field("contact", eva, "originating_lead"), stays.to_string());
    omar.act("lead", stays, "disqualify", json!({"reason": "lost"}));
    world.level(&[&omar]);
    ada.act("lead", gone, "qualify", json!({}));
    world.level(&[&ada, &omar]);

    world.assert_agreement(&[&ada, &omar]);
    let states = [gone, stays].map(|id| as_it_is(&omar, "lead", id)["state"].clone());
    assert_eq!(states, ["qualified", "disqualified"], "both stay");
    assert_eq!(ada.field("contact", eva, "originating_lead"), gone.to_string());
}

#[test]
fn inv_09_what_was_deleted_while_it_was_merged_is_back_as_an_alias() {
    in_both_orders_of(
        ["Maya", "Omar"],
        |_, maya| {
            let (gone, stays) = (lead(maya), lead(maya));
            let eva = maya.create("contact", json!({"last_name": "Lind", "originating_lead": gone.to_string()}));
            (gone, stays, eva)
        },
        |_, (gone, stays, _), maya, omar| {
            maya.act("lead", *gone, "merge", json!({"into": stays.to_string()}));
            omar.act("lead", *gone, "delete", json!({}));
        },
        |_, (gone, stays, eva), maya, omar| {
            assert_eq!(as_it_is(maya, "lead", *gone)["status_reason"], "merged");
            assert_eq!(maya.field("contact", *eva, "originating_lead"), stays.to_string());
            assert_eq!(omar.told("INV-07").len(), 1);
        },
    );
}

#[test]
fn inv_09_of_two_opposite_merges_the_first_stands() {
    in_both_orders_of(
        ["Maya", "Omar"],
        |_, maya| (account(maya, "Acme"), account(maya, "ACME Ltd")),
        |_, (one, other), maya, omar| {
            maya.act("account", *other, "merge", json!({"into": one.to_string()}));
            omar.act("account", *one, "merge", json!({"into": other.to_string()}));
        },
        |_, (one, other), maya, omar| {
            let states = [as_it_is(maya, "account", *one), as_it_is(maya, "account", *other)];
            assert_eq!(states.iter().filter(|body| body["state"] == "active").count(), 1, "{states:?}");
            assert_eq!(maya.sees("account", *one)["id"], maya.sees("account", *other)["id"]);
            assert!(!maya.told("INV-09").is_empty() && !omar.told("INV-09").is_empty(), "both are told");
        },
    );
}

#[test]
fn inv_09_one_record_merged_into_two_goes_where_the_office_heard_first() {
    in_both_orders_of(
        ["Maya", "Omar"],
        |_, maya| [account(maya, "Acme"), account(maya, "ACME Ltd"), account(maya, "Acme Inc")],
        |_, [one, two, three], maya, omar| {
            maya.act("account", *one, "merge", json!({"into": two.to_string()}));
            omar.act("account", *one, "merge", json!({"into": three.to_string()}));
        },
        |world, [one, two, three], maya, omar| {
            let stands = maya.sees("account", *one)["id"].clone();
            assert!(stands == two.to_string() || stands == three.to_string());
            assert_eq!(omar.sees("account", *one)["id"], stands);
            assert!(world.decisions().iter().any(|decision| decision.rule == "INV-09" && decision.salvage == "merge"));
        },
    );
}

#[test]
fn inv_09_merging_what_is_somebody_elses_is_proposed_and_a_manager_decides() {
    for (answer, merged) in [("same", true), ("different", false)] {
        let world = World::new();
        let (ada, ben, maya) = (world.phone("Ada"), world.phone("Ben"), world.phone("Maya"));
        let (bens, adas) = (contact(&ben, json!({"mobile_phone": "+47 5"})), contact(&ada, json!({"job_title": "Buyer"})));
        world.level(&[&ada, &ben, &maya]);

        ada.act("contact", bens, "merge", json!({"into": adas.to_string()}));
        world.level(&[&ada, &ben, &maya]);
        world.assert_agreement(&[&ada, &ben, &maya]);
        assert_eq!(ben.field("contact", bens, "state"), "active", "nothing happened yet");
        assert_eq!(ben.field("contact", adas, "mobile_phone"), Value::Null);
        let held = &maya.told("INV-09")[0];
        assert_eq!((held.outcome, held.salvage.as_str()), (Outcome::Held, "merge"));
        assert_eq!((ada.told("INV-09").len(), ben.told("INV-09").len()), (1, 1), "author and owner know");

        let task = ben.create("task", json!({"subject": "Call", "regarding": refer("contact", bens)}));
        world.level(&[&ben, &maya]);
        maya.decide(held, answer);
        world.level(&[&maya, &ada, &ben]);
        world.assert_agreement(&[&ada, &ben, &maya]);
        let stands = if merged { adas } else { bens };
        assert_eq!(ben.sees("contact", bens)["id"], stands.to_string());
        assert_eq!(ada.field("task", task, "regarding"), text(&refer("contact", stands)));
        assert_eq!(ada.field("contact", adas, "mobile_phone") == "+47 5", merged);
    }
}

#[test]
fn inv_09_an_account_merged_into_one_below_it_leaves_no_loop() {
    let world = World::new();
    let (maya, ben) = (world.phone("Maya"), world.phone("Ben"));
    let group = account(&maya, "Globex Group");
    let gone = maya.create("account", json!({"name": "Acme", "parent_account": group.to_string()}));
    let middle = maya.create("account", json!({"name": "Acme Nordic", "parent_account": gone.to_string()}));
    let stays = maya.create("account", json!({"name": "Acme Oslo", "parent_account": middle.to_string()}));
    maya.act("account", gone, "merge", json!({"into": stays.to_string()}));

    world.level(&[&maya, &ben]);

    world.assert_agreement(&[&maya, &ben]);
    assert_eq!(ben.field("account", stays, "parent_account"), text(&group.to_string()));
    assert_eq!(ben.field("account", middle, "parent_account"), text(&stays.to_string()));
}

#[test]
fn inv_19_of_two_choices_of_a_customer_the_first_stands_and_a_merge_is_offered() {
    in_both_orders(
        |_, ada| (lead(ada), account(ada, "Nordic Pumps AS")),
        |_, (lead, nordic), ada, ben| {
            ada.act("lead", *lead, "qualify", json!({"account": nordic.to_string()}));
            ben.act("lead", *lead, "qualify", json!({}));
        },
        |world, (lead, nordic), ada, ben| {
            let (made, sale) = (lead.derived("account"), lead.derived("opportunity"));
            let decisions = world.decisions();
            let decision = decisions.iter().find(|decision| decision.rule == "INV-19").expect("a decision");
            let first = if decision.author == ben.user { *nordic } else { made };
            assert_eq!(ada.field("opportunity", sale, "customer"), text(&refer("account", first)), "the first choice stands");
            assert_eq!(ada.field("contact", lead.derived("contact"), "account"), text(&first.to_string()));
            assert!(ben.holds("account", made) && ben.holds("account", *nordic), "both accounts are kept");
            assert_eq!(decision.salvage, "merge");
            assert_eq!((ada.told("INV-19").len(), ben.told("INV-19").len()), (1, 1), "both are told");
            assert_eq!(ada.book.list(&Query::of("opportunity")).unwrap().len(), 1);
        },
    );
}

#[test]
fn inv_21_what_the_author_saw_is_enough_to_qualify() {
    in_both_orders(
        |_, ada| lead(ada),
        |_, lead, ada, ben| {
            ada.act("lead", *lead, "qualify", json!({}));
            ben.set("lead", *lead, json!({"company_name": null, "last_name": null}));
        },
        |_, lead, ada, ben| {
            assert_eq!(ben.field("lead", *lead, "state"), "qualified");
            assert_eq!(ben.field("account", lead.derived("account"), "name"), "Nordic Pumps");
            assert!(ada.holds("opportunity", lead.derived("opportunity")));
        },
    );
}

#[test]
fn inv_21_a_lead_merged_away_while_it_was_qualified_qualifies_the_one_that_stays() {
    in_both_orders_of(
        ["Ada", "Maya"],
        |_, ada| (lead(ada), ada.create("lead", json!({"topic": "Pumps, again", "last_name": "Lind"}))),
        |_, (gone, stays), ada, maya| {
            ada.act("lead", *gone, "qualify", json!({}));
            maya.act("lead", *gone, "merge", json!({"into": stays.to_string()}));
        },
        |_, (gone, stays), ada, maya| {
            assert_eq!(as_it_is(ada, "lead", *gone)["state"], "merged");
            assert_eq!(maya.field("lead", *stays, "state"), "qualified");
            let sales = maya.book.list(&Query::of("opportunity")).unwrap();
            assert_eq!(sales.len(), 1);
            assert_eq!(sales[0]["originating_lead"], stays.to_string());
            assert_eq!((ada.told("INV-21").len(), maya.told("INV-21").len()), (1, 1), "both are told");
        },
    );
}

#[test]
fn inv_09_a_leavers_merge_that_is_taken_over_late_leaves_no_reference_behind() {
    for first in ["account", "contact"] {
        let world = World::new();
        let [ada, ben, maya, omar] = ["Ada", "Ben", "Maya", "Omar"].map(|person| world.phone(person));
        let acme = account(&ada, "Acme");
        let (stays, gone) = (contact(&ada, json!({ "last_name": "Lind" })), contact(&ada, json!({ "last_name": "Lindh" })));
        world.level(&[&ada, &ben, &maya, &omar]);
        world.at_office(&omar, "user", ada.user, "deactivate").unwrap();
        let into = json!({ "into": stays.to_string() });
        ada.book
            .bundle(move |bundle| {
                let was = bundle.get("account", acme)?;
                let mut now = was.clone();
                now.insert("city".into(), json!("Oslo"));
                if first == "account" {
                    bundle.save("account", acme, &was, &now)?;
                }
                bundle.act("contact", gone, "merge", into.as_object().unwrap().clone())?;
                if first == "contact" {
                    bundle.save("account", acme, &was, &now)?;
                }
                Ok(())
            })
            .unwrap();
        let task = ben.create("task", json!({ "subject": "Call", "regarding": format!("contact:{gone}") }));
        assert!(world.try_sync(&ada).is_err());
        world.level(&[&ben, &maya, &omar]);
        assert_eq!(ben.field("task", task, "regarding"), format!("contact:{gone}"), "nothing is merged yet");
        let item = maya.book.review().unwrap()[0].id;
        maya.book.decide(item, "take_over", None).unwrap();

        world.level(&[&maya, &ben, &omar]);

        world.assert_agreement(&[&maya, &ben, &omar]);
        assert_eq!(ben.field("account", acme, "city"), "Oslo");
        assert_eq!(ben.field("task", task, "regarding"), format!("contact:{stays}"), "{first}");
    }
}

#[test]
fn inv_09_a_contact_put_under_one_that_was_merged_into_it_meanwhile_is_under_nobody() {
    in_both_orders(
        |_, ada| (contact(ada, json!({"job_title": "Buyer"})), contact(ada, json!({"job_title": "Engineer"}))),
        |_, (stays, gone), ada, ben| {
            ada.act("contact", *gone, "merge", json!({"into": stays.to_string()}));
            ben.set("contact", *stays, json!({"manager": gone.to_string()}));
        },
        |_, (stays, _), ada, _| {
            assert_eq!(ada.field("contact", *stays, "manager"), Value::Null, "nobody is their own manager");
        },
    );
}

#[test]
fn inv_09_what_stays_does_not_hang_below_what_hung_below_it() {
    for moved_meanwhile in [true, false] {
        in_both_orders(
            |_, ada| {
                let [group, plant, twin] = ["Group", "Plant", "Twin"].map(|name| account(ada, name));
                ada.set("account", plant, json!({"parent_account": group.to_string()}));
                if !moved_meanwhile {
                    ada.set("account", twin, json!({"parent_account": plant.to_string()}));
                }
                [group, plant, twin]
            },
            |_, [group, plant, twin], ada, ben| {
                ada.act("account", *twin, "merge", json!({"into": group.to_string()}));
                if moved_meanwhile {
                    ben.set("account", *twin, json!({"parent_account": plant.to_string(), "city": "Oslo"}));
                } else {
                    ben.set("account", *twin, json!({"city": "Oslo"}));
                }
            },
            |_, [group, plant, twin], ada, ben| {
                assert_eq!(as_it_is(ada, "account", *twin)["merged_into"], group.to_string());
                assert_eq!(ada.field("account", *plant, "parent_account"), group.to_string());
                assert_eq!(ada.field("account", *group, "parent_account"), Value::Null, "it is above that");
                assert_eq!(ada.field("account", *group, "city"), "Oslo", "the rest is handed on");
                assert!(ada.told("INV-02").is_empty(), "her phone plans no loop");
                if moved_meanwhile {
                    let kept = serde_json::to_string(&ben.book.alternatives("account", *group).unwrap()).unwrap();
                    assert!(kept.contains(&plant.to_string()), "what Ben chose is kept: {kept}");
                    assert_eq!(ben.told("INV-09").len(), 1);
                }
            },
        );
    }
}

#[test]
fn inv_09_what_named_itself_and_was_merged_names_what_stays() {
    for merged_first in [true, false] {
        let world = World::new();
        let (ada, ben) = (world.phone("Ada"), world.phone("Ben"));
        let stays = contact(&ada, json!({"job_title": "Buyer"}));
        let gone = contact(&ada, json!({"job_title": "Engineer"}));
        world.level(&[&ada, &ben]);
        ada.act("contact", gone, "merge", json!({"into": stays.to_string()}));
        if merged_first {
            world.sync(&ada);
        }
        // A phone refuses it; an app that knows no better did not.
        let answer = Rogue::of(&world, ben.user, 0).write_and_push("contact", gone, &[Write::put("manager", gone.to_string())]);
        world.sync(&ada);

        world.level(&[&ada, &ben]);
        world.assert_agreement(&[&ada, &ben]);
        assert_eq!(answer.status == Status::Rejected, !merged_first, "nobody is their own superior: {answer:?}");
        assert_eq!(ada.field("contact", stays, "manager"), Value::Null);
        assert_eq!(as_it_is(&ada, "contact", gone)["merged_into"], stays.to_string());
    }
}
