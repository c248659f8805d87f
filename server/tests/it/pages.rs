//! The log as a device reads it: in order, in pages, without its own words sent back.

use fieldbook_domain::document::Write;
use fieldbook_sync::frame;
use fieldbook_sync::message::{ClientMessage, Cursor, Entry, EntryBody, Hello, Incarnation, Page, ServerMessage};
use uuid::Uuid;

use crate::office::Office;
use crate::phone::{Phone, id, read};

fn pages(phone: &Phone, office: &Office, cursors: Vec<Cursor>) -> (Vec<Page>, Vec<Cursor>, bool) {
    let mut hello = phone.hello();
    hello.cursors = cursors;
    let body = frame::encode(&ClientMessage::Hello(hello)).unwrap();
    let (mut pages, mut end) = (Vec::new(), None);
    for message in read(&office.app.exchange(&office.identity(phone.user), &body)) {
        match message {
            ServerMessage::Page(page) => pages.push(page),
            ServerMessage::CaughtUp { cursors, more } => end = Some((cursors, more)),
            ServerMessage::Welcome(_) => {}
            other => panic!("{other:?}"),
        }
    }
    let (cursors, more) = end.unwrap();
    (pages, cursors, more)
}

fn entries(pages: &[Page]) -> Vec<&Entry> {
    pages.iter().filter(|page| page.scope == "org").flat_map(|page| &page.entries).collect()
}

fn pushed(office: &Office, count: u64, parts_each: u64) -> Phone {
    let mut ada = office.phone(office.ada);
    let intents: Vec<_> = (0..count)
        .map(|number| {
            let part = |at: u64| (id(&format!("{number}/{at}")), Write::put("name", format!("Firm {number}/{at}")));
            let parts = (0..parts_each).map(part).map(|(id, write)| ada.write("account", id, &[write])).collect();
            ada.intent(parts)
        })
        .collect();
    for some in intents.chunks(20) {
        ada.sync(office, some.to_vec());
    }
    ada
}

#[test]
fn a_device_is_told_of_its_own_changes_by_name_only() {
    let office = Office::new();
    let ada = pushed(&office, 3, 1);
    let own = |phone: &Phone| {
        let (pages, ..) = pages(phone, &office, Vec::new());
        entries(&pages).iter().filter(|entry| matches!(entry.body, EntryBody::Own { .. })).count()
    };
    assert_eq!(own(&ada), 3);
    assert_eq!(own(&office.phone(office.ben)), 0);
}

#[test]
fn a_page_is_bounded_and_never_ends_inside_an_intent() {
    let office = Office::new();
    pushed(&office, 120, 40);
    let ben = office.phone(office.ben);

    let (pages, ..) = pages(&ben, &office, Vec::new());

    let org: Vec<&Page> = pages.iter().filter(|page| page.scope == "org").collect();
    assert!(org.len() >= 3, "{} pages", org.len());
    for pair in org.windows(2) {
        assert_eq!(pair[0].to, pair[1].from);
        assert!(pair[0].more);
        assert_ne!(pair[0].entries.last().unwrap().group, pair[1].entries.first().unwrap().group);
    }
    assert!(org.iter().all(|page| page.entries.len() <= 2_040));
    assert!(!org.last().unwrap().more);
}

#[test]
fn the_log_goes_on_after_a_cursor_and_an_empty_rest_is_no_page() {
    let office = Office::new();
    pushed(&office, 5, 1);
    let ben = office.phone(office.ben);
    let (_, end, more) = pages(&ben, &office, Vec::new());
    assert!(!more);

    assert_eq!(pages(&ben, &office, end.clone()).0, []);
    pushed_one_more(&office);
    let (news, ..) = pages(&ben, &office, end);

    assert_eq!(news.len(), 1);
    assert_eq!(entries(&news).iter().filter(|entry| matches!(entry.body, EntryBody::Changes { .. })).count(), 1);
}

fn pushed_one_more(office: &Office) {
    let mut maya = office.phone(office.maya);
    let part = maya.write("account", id("one more"), &[Write::put("name", "One more")]);
    let intent = maya.intent(vec![part]);
    maya.sync(office, vec![intent]);
}

#[test]
fn neighbouring_changes_of_one_record_travel_as_one_entry() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let intents = (0..10)
        .map(|number| {
            let part = ada.write("account", id("firm"), &[Write::put("name", format!("Firm {number}"))]);
            ada.intent(vec![part])
        })
        .collect();
    ada.sync(&office, intents);
    let mut ben = office.phone(office.ben);

    let (pages, ..) = pages(&ben, &office, Vec::new());
    ben.sync(&office, Vec::new());

    let of_firm = |entry: &&&Entry| matches!(&entry.body, EntryBody::Changes { doc, .. } if *doc == id("firm").0);
    let firm: Vec<usize> = entries(&pages)
        .iter()
        .filter(of_firm)
        .map(|entry| if let EntryBody::Changes { changes, .. } = &entry.body { changes.len() } else { 0 })
        .collect();
    assert_eq!(firm, [10]);
    assert_eq!(ben.shows(id("firm"), "name"), ada.shows(id("firm"), "name"));
}

#[test]
fn an_actor_is_introduced_before_its_first_change() {
    let office = Office::new();
    pushed(&office, 2, 1);

    let (pages, ..) = pages(&office.phone(office.ben), &office, Vec::new());

    let mut known = Vec::new();
    for entry in entries(&pages) {
        match &entry.body {
            EntryBody::Actor { actor, .. } => known.push(*actor),
            EntryBody::Changes { changes, .. } => {
                assert!(changes.iter().all(|change| known.contains(&change.actor)));
            }
            _ => {}
        }
    }
    assert_eq!(known.len(), 2, "the server and Ada");
}

#[test]
fn a_phone_of_another_database_is_told_once_of_everything_that_is_not_its_users() {
    let office = Office::new();
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    ada.sync(&office, Vec::new());
    office.restrict(office.ada);
    let parts = ["one", "two"].map(|name| ben.write("note", id(name), &[Write::put("title", name)]));
    let intents: Vec<_> = parts.into_iter().map(|part| ben.intent(vec![part])).collect();
    ben.sync(&office, intents);
    let hear = |epoch: Option<Uuid>, actor: [u8; 16]| {
        let hello = ClientMessage::Hello(Hello { epoch, actor, ..ada.hello() });
        read(&office.app.exchange(&office.identity(office.ada), &frame::encode(&hello).unwrap()))
    };
    let leaving = |epoch: Option<Uuid>, actor: [u8; 16]| {
        let said = hear(epoch, actor);
        let pages = said.iter().filter_map(|said| if let ServerMessage::Page(page) = said { Some(&page.entries) } else { None });
        let left = pages.flatten().filter(|entry| matches!(entry.body, EntryBody::Leave { .. })).count();
        (left, office.app.org_metrics(office.org).unwrap().last_seq)
    };

    let (before, last_seq) = leaving(None, ada.actor);
    assert_eq!(before, 0, "she never held them");
    let other = Some(Uuid::nil());
    let asked = hear(other, ada.actor);
    assert!(matches!(&asked[..], [ServerMessage::Welcome(welcome)] if welcome.incarnation != Incarnation::Keep), "{asked:?}");
    let restored = leaving(other, [1; 16]);
    assert_eq!(restored, (2, last_seq + 2));
    assert_eq!(leaving(other, [2; 16]), restored, "what was said is not said again");
    office.is_whole();
}
