//! Work and its answers: repeated, lost, rolled back, concurrent, and after a restart.

use fieldbook_domain::document::Write;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_server::org::provision::NewUser;
use fieldbook_sync::message::{Incarnation, ServerMessage, Status, Welcome};

use crate::office::{NINE, Office, person};
use crate::phone::{Phone, id};

fn welcome(phone: &Phone, office: &Office) -> Welcome {
    let messages = phone.talk(&office.app, &office.identity(phone.user), Vec::new());
    match messages.into_iter().next() {
        Some(ServerMessage::Welcome(welcome)) => welcome,
        other => panic!("{other:?}"),
    }
}

fn bye(phone: &Phone, office: &Office) -> String {
    let messages = phone.talk(&office.app, &office.identity(phone.user), Vec::new());
    match messages.into_iter().next() {
        Some(ServerMessage::Bye { code, .. }) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_repeated_push_gets_the_same_answer_and_changes_nothing() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let bad = ada.write("account", id("bad"), &[Write::put("website", "w".repeat(300))]);
    let intents = vec![ada.intent(vec![part.clone()]), ada.intent(vec![bad])];
    let first = ada.clone().sync(&office, intents.clone());
    let before = office.app.org_metrics(office.org).unwrap();

    let second = ada.clone().sync(&office, intents);
    let under_new_number = ada.intent(vec![part]);
    let third = ada.clone().sync(&office, vec![under_new_number]);

    assert_eq!(first, second);
    assert_eq!(first.iter().map(|answer| answer.status).collect::<Vec<_>>(), [Status::Accepted, Status::Refused]);
    assert_eq!((third[0].status, third[0].seq), (Status::Accepted, first[0].seq));
    let after = office.app.org_metrics(office.org).unwrap();
    assert_eq!((after.changes, after.last_seq, after.quarantined), (before.changes, before.last_seq, before.quarantined));
}

#[test]
fn another_intent_under_a_used_number_is_refused() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let intent = ada.intent(vec![part]);
    ada.clone().sync(&office, vec![intent.clone()]);
    let mut other = intent;
    other.id = id("another intent").0;

    let answers = ada.clone().sync(&office, vec![other]);

    assert_eq!((answers[0].status, answers[0].code.as_str()), (Status::Refused, "intent.forked"));
}

#[test]
fn what_follows_a_refused_change_waits_and_the_rest_goes_on() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let bad = ada.write("account", id("firm"), &[Write::put("website", "w".repeat(300))]);
    let builds_on_it = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let other = ada.write("account", id("other"), &[Write::put("name", "Other")]);
    let intents = [bad, builds_on_it, other].map(|part| ada.intent(vec![part])).to_vec();

    let answers = ada.clone().sync(&office, intents);

    let statuses: Vec<Status> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [Status::Refused, Status::Waiting, Status::Accepted]);
}

#[test]
fn two_phones_that_wrote_apart_end_up_with_the_same_record() {
    let office = Office::new();
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let made = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let made = ada.intent(vec![made]);
    ada.sync(&office, vec![made]);
    ben.sync(&office, Vec::new());

    let mine = ada.write("account", id("firm"), &[Write::put("industry", "tools"), Write::put("website", "a.example")]);
    let theirs = ben.write("account", id("firm"), &[Write::put("industry", "hats")]);
    let (mine, theirs) = (ada.intent(vec![mine]), ben.intent(vec![theirs]));
    ada.sync(&office, vec![mine]);
    ben.sync(&office, vec![theirs]);
    ada.sync(&office, Vec::new());

    assert_eq!(ada.shows(id("firm"), "industry"), ben.shows(id("firm"), "industry"));
    assert_eq!(ben.shows(id("firm"), "website"), Some(Scalar::from("a.example")));
    office.is_whole();
}

#[test]
fn a_phone_that_was_rolled_back_or_cloned_takes_a_new_name() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let backup = ada.clone();
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let intent = ada.intent(vec![part]);
    ada.sync(&office, vec![intent]);
    let reason = |phone: &Phone| match welcome(phone, &office).incarnation {
        Incarnation::Renew { reason } => reason,
        Incarnation::Keep => "keep".to_owned(),
    };

    let clone = Phone { device: id("other device").0, ..ada.clone() };
    let renewed = Phone { actor: [42; 16], dseq: 0, ..ada.clone() };

    assert_eq!(reason(&ada), "keep");
    assert_eq!(reason(&backup), "rolled_back");
    assert_eq!(reason(&clone), "actor_taken");
    assert_eq!(reason(&renewed), "keep");
    assert_eq!(reason(&ada), "actor_retired");
    assert_eq!(reason(&Phone { actor: [0; 16], ..ada }), "actor_reserved");
}

#[test]
fn a_device_belongs_to_one_user_and_can_be_shut_out() {
    let office = Office::new();
    let ada = office.phone(office.ada);
    assert_eq!(welcome(&ada, &office).incarnation, Incarnation::Keep);
    let borrowed = Phone { user: office.ben, actor: [3; 16], ..ada.clone() };
    assert_eq!(bye(&borrowed, &office), "device.other_user");

    assert!(office.app.revoke_device(office.org, ada.device).unwrap());

    assert_eq!(bye(&ada, &office), "device.revoked");
    assert!(!office.app.revoke_device(office.org, id("no device").0).unwrap());
}

#[test]
fn everything_is_there_after_a_restart() {
    let mut office = Office::new();
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let intent = ada.intent(vec![part]);
    let first = ada.sync(&office, vec![intent.clone()]);
    let (before, metrics) = (office.app.org_digest(office.org).unwrap(), office.app.org_metrics(office.org).unwrap());
    let epoch = welcome(&ada, &office).epoch;

    office.restart();

    assert_eq!(office.app.org_digest(office.org).unwrap(), before);
    assert_eq!(office.app.org_metrics(office.org).unwrap(), metrics);
    assert_eq!(welcome(&ada, &office).epoch, epoch);
    assert_eq!(ada.clone().sync(&office, vec![intent]), first);
    office.is_whole();
}

#[test]
fn a_clock_ten_minutes_off_is_noticed_and_its_times_are_clamped() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    ada.clock_ms += 3_600_000;
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let intent = ada.intent(vec![part]);

    let answers = ada.sync(&office, vec![intent]);

    assert!(!answers[0].status.stops_pushing());
    let books = office.dir.path().join("orgs").join(format!("{}.db", office.org));
    let books = rusqlite::Connection::open(books).unwrap();
    let sql = "SELECT time_ms, clock_off FROM change WHERE actor = ?1";
    let kept: (i64, bool) = books.query_row(sql, [ada.actor], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(kept, (NINE, true));
    office.is_whole();
}

#[test]
fn a_user_is_entered_once_and_brought_up_to_date() {
    let office = Office::new();
    let mut phone = office.phone(office.ada);
    phone.sync(&office, Vec::new());
    let (team, territory) = (Some("North".to_owned()), Some("Tirol".to_owned()));
    let cleo = NewUser { team, territory, manager: Some("Maya".to_owned()), ..person("Cleo", Role::Rep) };

    let first = office.app.add_user(office.org, &cleo).unwrap();
    let before = office.app.org_metrics(office.org).unwrap();
    let second = office.app.add_user(office.org, &cleo).unwrap();
    assert_eq!(office.app.org_metrics(office.org).unwrap(), before);
    let promoted = office.app.add_user(office.org, &NewUser { role: Role::Manager, ..cleo }).unwrap();
    phone.sync(&office, Vec::new());

    assert_eq!((first, first), (second, promoted));
    assert_eq!(phone.shows(first, "role"), Some(Scalar::from("manager")));
    assert_eq!(phone.shows(first, "manager"), Some(Scalar::from(office.maya.to_string())));
    assert!(phone.docs.values().any(|(kind, _)| *kind == "team"));
    office.is_whole();
}

#[test]
fn a_collision_is_decided_once_and_told_to_those_concerned() {
    let office = Office::new();
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let owner = Write::put("owner", format!("user:{}", office.ada));
    let made = ada.write("account", id("firm"), &[Write::put("name", "Firm"), owner]);
    let made = ada.intent(vec![made]);
    ada.sync(&office, vec![made]);
    ben.sync(&office, Vec::new());
    let mine = ada.write("account", id("firm"), &[Write::put("name", "Ada's Firm")]);
    let theirs = ben.write("account", id("firm"), &[Write::put("name", "Ben's Firm")]);
    let (mine, theirs) = (ada.intent(vec![mine]), ben.intent(vec![theirs]));

    ada.sync(&office, vec![mine]);
    let answers = ben.sync(&office, vec![theirs.clone()]);
    let again = ben.clone().sync(&office, vec![theirs]);
    ada.sync(&office, Vec::new());

    let decisions = office.app.decisions(office.org).unwrap();
    assert!(!decisions.is_empty());
    assert_eq!(answers, again);
    for (phone, user) in [(&ada, office.ada), (&ben, office.ben)] {
        let told = decisions.iter().filter(|decision| decision.told.contains(&user)).count();
        assert_eq!(phone.notices.len(), told);
    }
    assert_eq!(ada.shows(id("firm"), "name"), ben.shows(id("firm"), "name"));
    office.is_whole();
}

#[test]
fn a_record_a_hundred_phones_edit_apart_stays_writable() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let made = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let made = ada.intent(vec![made]);
    ada.sync(&office, vec![made]);
    let phones: Vec<Phone> = (0..100)
        .map(|_| {
            let mut phone = office.phone(office.ben);
            phone.sync(&office, Vec::new());
            phone
        })
        .collect();

    for (number, mut phone) in phones.into_iter().enumerate() {
        let part = phone.write("account", id("firm"), &[Write::put(format!("remark_{number}"), "seen")]);
        let intent = phone.intent(vec![part]);
        assert_eq!(phone.sync(&office, vec![intent])[0].status, Status::Accepted);
    }
    ada.sync(&office, Vec::new());
    let last = ada.write("account", id("firm"), &[Write::put("industry", "tools")]);
    let last = ada.intent(vec![last]);

    assert_eq!(ada.sync(&office, vec![last])[0].status, Status::Accepted);
    office.is_whole();
}

#[test]
fn who_pushes_from_many_devices_at_once_is_told_to_come_back_and_others_are_not() {
    let office = Office::new();
    let (identity, of_ada) = (office.identity(office.ben), office.identity(office.ada));
    let pushes = (0..16).map(|number| {
        let mut ben = office.phone(office.ben);
        let parts = (0..40).map(|n| ben.write("note", id(&format!("{number}/{n}")), &[Write::put("title", "x")]));
        let parts: Vec<_> = parts.collect();
        let intents: Vec<_> = parts.into_iter().map(|part| ben.intent(vec![part])).collect();
        (ben, intents)
    });
    let pushes: Vec<_> = pushes.collect();
    let mut ada = office.phone(office.ada);
    let part = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let honest = ada.intent(vec![part]);

    let start = std::sync::Barrier::new(pushes.len() + 1);
    let (said, heard) = std::thread::scope(|scope| {
        let (start, office, identity) = (&start, &office, &identity);
        let threads: Vec<_> = pushes
            .iter()
            .map(|(ben, intents)| {
                scope.spawn(move || {
                    start.wait();
                    ben.talk(&office.app, identity, intents.clone())
                })
            })
            .collect();
        start.wait();
        let heard = ada.talk(&office.app, &of_ada, vec![honest]);
        (threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>(), heard)
    });

    let busy = |messages: &Vec<ServerMessage>| {
        messages.iter().any(|said| matches!(said, ServerMessage::Bye { code, retry_ms: Some(_), .. } if code == "busy"))
    };
    let answered = |messages: &Vec<ServerMessage>| messages.iter().any(|said| matches!(said, ServerMessage::Answers { .. }));
    assert!(said.iter().all(|messages| busy(messages) != answered(messages)), "each is answered or told to come back");
    assert!(said.iter().any(busy) && said.iter().any(answered));
    assert!(answered(&heard) && !busy(&heard), "{heard:?}");
    // Who was told to come back does, and nothing is lost.
    for (ben, intents) in &pushes {
        assert!(answered(&ben.talk(&office.app, &identity, intents.clone())));
    }
    let notes = office.app.org_digest(office.org).unwrap().into_keys().filter(|target| target.kind == "note").count();
    assert_eq!(notes, 16 * 40);
}
