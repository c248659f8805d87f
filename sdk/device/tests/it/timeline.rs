//! Timelines of a phone that has never seen its server.

use fieldbook_device::{Book, Error, RecordId, RecordRef, TimelineItem, TimelineKind, TimelineQuery, TimelineStatus, Window};
use fieldbook_domain::time;
use serde_json::{Value, json};

use crate::phone::{Phone, map};

struct Story {
    phone: Phone,
    book: Book,
}

impl Story {
    fn new() -> Self {
        let mut phone = Phone::ben(1);
        let book = phone.book();
        Self { phone, book }
    }

    fn create(&self, kind: &str, fields: Value) -> RecordId {
        self.book.create(kind, map(fields)).unwrap()
    }

    fn task(&self, subject: &str, regarding: &RecordRef) -> RecordId {
        self.create("task", json!({ "subject": subject, "regarding": regarding.to_string() }))
    }

    fn does(&self, kind: &str, id: RecordId, verb: &str) {
        self.book.act(kind, id, verb, map(json!({}))).unwrap();
    }

    fn set(&self, kind: &str, id: RecordId, fields: Value) {
        let was = self.book.get(kind, id).unwrap();
        let mut now = was.clone();
        now.extend(map(fields));
        self.book.save(kind, id, &was, &now).unwrap();
    }

    fn items(&self, of: &RecordRef, query: &TimelineQuery) -> Vec<TimelineItem> {
        let query = TimelineQuery { limit: Some(50), ..query.clone() };
        self.book.timeline(&of.kind, of.id, &query).unwrap().items
    }

    fn titles(&self, of: &RecordRef, query: &TimelineQuery) -> Vec<String> {
        self.items(of, query).into_iter().map(|item| item.title).collect()
    }

    fn shows(&self, of: &RecordRef) -> Vec<String> {
        let mut titles = self.titles(of, &TimelineQuery::default());
        titles.sort();
        titles
    }
}

fn account(id: RecordId) -> RecordRef {
    RecordRef::new("account", id)
}

fn contact(id: RecordId) -> RecordRef {
    RecordRef::new("contact", id)
}

#[test]
fn what_belongs_to_contacts_and_opportunities_rolls_up_to_the_account() {
    let story = Story::new();
    let acme = account(story.create("account", json!({"name": "Acme"})));
    let eva = contact(story.create("contact", json!({"last_name": "Berg", "account": acme.id})));
    let lead = story.create("lead", json!({"topic": "Fair", "last_name": "Berg"}));
    let fields = map(json!({"topic": "Line", "customer": acme.to_string(), "originating_lead": lead}));
    let made = lead.derived("opportunity");
    let sale = story.book.bundle(move |bundle| bundle.create("opportunity", Some(made), fields)).unwrap();
    let (sale, lead) = (RecordRef::new("opportunity", sale), RecordRef::new("lead", lead));
    let other = account(story.create("account", json!({"name": "Globex"})));

    story.task("own", &acme);
    story.task("of the contact", &eva);
    story.task("of the sale", &sale);
    story.task("of the lead", &lead);
    story.task("of another", &other);
    story.create("note", json!({"text": "written at the fair\nby Ada", "regarding": lead.to_string()}));
    let parties = json!([{"id": eva.id.derived("party"), "party": eva.to_string(), "part": "to"}]);
    story.create("phone_call", json!({"subject": "call", "direction": "outgoing", "parties": parties}));
    story.does("opportunity", sale.id, "win");

    assert_eq!(story.shows(&acme), ["Line", "call", "of the contact", "of the sale", "own"]);
    assert_eq!(story.shows(&eva), ["call", "of the contact"]);
    assert_eq!(story.shows(&sale), ["Line", "of the sale", "written at the fair"]);
    assert_eq!(story.shows(&lead), ["of the lead", "written at the fair"]);
    assert_eq!(story.shows(&other), ["of another"]);
    let closing = story.items(&acme, &TimelineQuery { kinds: vec!["closing".to_owned()], ..TimelineQuery::default() });
    assert_eq!(closing.len(), 1);
    assert_eq!((closing[0].kind, &closing[0].record, closing[0].action.as_deref()), (TimelineKind::Closing, &sale, Some("win")));
    assert_eq!((closing[0].state.as_str(), closing[0].pending), ("won", true));
    assert!(closing[0].arguments.contains_key("actual_close_date"));
}

#[test]
fn what_was_done_for_a_company_stays_with_it_when_its_contact_leaves() {
    let mut story = Story::new();
    let acme = account(story.create("account", json!({"name": "Acme"})));
    let globex = account(story.create("account", json!({"name": "Globex"})));
    let eva = contact(story.create("contact", json!({"last_name": "Berg", "account": acme.id})));
    let done = story.task("done for Acme", &eva);
    story.task("still to do", &eva);
    let attendees = json!([{"id": eva.id.derived("attendee"), "party": eva.to_string(), "part": "required"}]);
    let visit = story.create("appointment", json!({"subject": "visit", "attendees": attendees}));
    story.does("task", done, "complete");
    story.does("appointment", visit, "complete");

    story.set("contact", eva.id, json!({"account": globex.id}));

    assert_eq!(story.shows(&acme), ["done for Acme", "visit"]);
    assert_eq!(story.shows(&globex), ["still to do"]);
    assert_eq!(story.shows(&eva), ["done for Acme", "still to do", "visit"]);
    story.book.rebuild_projection().unwrap();
    assert_eq!(story.shows(&acme), ["done for Acme", "visit"], "a new projection shows the same");
    drop(story.book);
    story.phone.close();
    story.book = story.phone.book();
    assert_eq!(story.shows(&acme), ["done for Acme", "visit"], "and so does the book when it is opened again");
}

#[test]
fn subsidiaries_show_only_when_asked_for() {
    let story = Story::new();
    let group = account(story.create("account", json!({"name": "Group"})));
    let north = account(story.create("account", json!({"name": "North", "parent_account": group.id})));
    let south = account(story.create("account", json!({"name": "South", "parent_account": north.id})));
    let eva = contact(story.create("contact", json!({"last_name": "Berg", "account": south.id})));
    story.task("of the group", &group);
    story.task("of the south", &south);
    let done = story.task("of Eva", &eva);
    story.does("task", done, "complete");
    story.does("account", north.id, "deactivate");

    assert_eq!(story.shows(&group), ["of the group"]);
    let mut all = story.titles(&group, &TimelineQuery { subsidiaries: true, ..TimelineQuery::default() });
    all.sort();
    assert_eq!(all, ["of Eva", "of the group", "of the south"]);
    assert_eq!(story.shows(&north), ["North"], "its own move shows as a post");
}

#[test]
fn items_stand_where_they_ended_are_planned_or_were_changed() {
    let story = Story::new();
    let acme = account(story.create("account", json!({"name": "Acme"})));
    let regarding = acme.to_string();
    // It is 2026-03-02, nine o'clock.
    story.create("task", json!({"subject": "overdue", "regarding": regarding, "due": "2026-02-27T12:00:00Z"}));
    story.create("task", json!({"subject": "ahead", "regarding": regarding, "due": "2026-03-09T12:00:00Z"}));
    story.create("task", json!({"subject": "undated", "regarding": regarding}));
    let late = story.create("task", json!({"subject": "done late", "regarding": regarding, "due": "2026-01-01T00:00:00Z"}));
    story.does("task", late, "complete");
    let when = json!({"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z"});
    let visit = story.create("appointment", json!({"subject": "visit", "regarding": regarding, "when": when}));
    story.does("appointment", visit, "schedule");
    story.create("email", json!({"subject": "draft", "regarding": regarding}));
    story.create("note", json!({"title": "note", "regarding": regarding}));

    let newest = ["ahead", "visit", "note", "draft", "done late", "undated", "overdue"];
    let asked = TimelineQuery::default();
    assert_eq!(story.titles(&acme, &asked), newest);
    let oldest = story.titles(&acme, &TimelineQuery { oldest_first: true, ..asked.clone() });
    assert!(oldest.iter().rev().eq(newest.iter()));
    let status = |status| story.titles(&acme, &TimelineQuery { status: Some(status), ..asked.clone() });
    assert_eq!(status(TimelineStatus::Overdue), ["overdue"]);
    assert_eq!(status(TimelineStatus::Closed), ["done late"]);
    assert_eq!(status(TimelineStatus::Active), ["ahead", "visit", "draft", "undated", "overdue"]);
    let overdue: Vec<String> =
        story.items(&acme, &asked).into_iter().filter(|item| item.overdue).map(|item| item.title).collect();
    assert_eq!(overdue, ["overdue"]);
    let kinds = |kinds: &[&str]| {
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        story.titles(&acme, &TimelineQuery { kinds, ..asked.clone() })
    };
    assert_eq!(kinds(&["note", "email"]), ["note", "draft"]);
    assert_eq!(kinds(&["activity"]).len(), 6);
    let reason = TimelineQuery { reason: Some("busy".to_owned()), ..asked.clone() };
    assert_eq!(story.titles(&acme, &reason), ["visit"]);
    let march = Window { from: time::parse("2026-03-04"), before: time::parse("2026-03-09T12:00:00Z") };
    assert_eq!(story.titles(&acme, &TimelineQuery { due: march, ..asked.clone() }), ["visit"]);
    let before = Window { from: None, before: time::parse("2026-03-02") };
    assert!(story.titles(&acme, &TimelineQuery { modified: before, ..asked.clone() }).is_empty());
    let today = Window { from: time::parse("2026-03-02"), before: time::parse("2026-03-03") };
    assert_eq!(story.titles(&acme, &TimelineQuery { modified: today, ..asked }).len(), 7);
}

#[test]
fn pages_lose_and_repeat_nothing_while_items_are_added() {
    let story = Story::new();
    let acme = account(story.create("account", json!({"name": "Acme"})));
    let due = |day: usize| format!("2026-03-{:02}T12:00:00Z", day);
    for day in 1..=25 {
        // Two of each day, so that ids break the tie.
        for _ in 0..2 {
            let fields = json!({"subject": format!("{day:02}"), "regarding": acme.to_string(), "due": due(day)});
            story.create(if day % 2 == 0 { "task" } else { "phone_call" }, fields);
        }
    }
    let mut query = TimelineQuery::default();
    let mut seen = Vec::new();
    loop {
        let page = story.book.timeline("account", acme.id, &query).unwrap();
        seen.extend(page.items.into_iter().map(|item| (item.at, item.record)));
        assert!(seen.len() % 10 == 0);
        // Somebody adds one at the top and one further down while the next page is asked for.
        story.create("task", json!({"subject": "new", "regarding": acme.to_string(), "due": "2026-03-30T12:00:00Z"}));
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }

    let mut sorted = seen.clone();
    sorted.sort_by(|left, right| (&right.0, right.1.id).cmp(&(&left.0, left.1.id)));
    sorted.dedup();
    assert_eq!(seen.len(), 50);
    assert_eq!(seen, sorted);
    let refused = |query: TimelineQuery| story.book.timeline("account", acme.id, &query).unwrap_err().code().to_owned();
    assert_eq!(refused(TimelineQuery { limit: Some(51), ..TimelineQuery::default() }), "timeline.limit");
    assert_eq!(refused(TimelineQuery { after: Some("later".to_owned()), ..TimelineQuery::default() }), "timeline.cursor");
    assert_eq!(refused(TimelineQuery { kinds: vec!["fax".to_owned()], ..TimelineQuery::default() }), "timeline.kind");
    assert!(matches!(story.book.timeline("contact", acme.id, &TimelineQuery::default()), Err(Error::NotFound { .. })));
}
