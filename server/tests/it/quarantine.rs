//! Refused work in the hands of the administrator, by commands beside a server that runs.

use fieldbook_domain::document::Write;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_server::org::provision::NewUser;
use fieldbook_server::store::quarantine::KEPT_MAX;
use fieldbook_sync::message::{Intent, Status};

use crate::command::{run, said};
use crate::office::{Office, person};
use crate::phone::{Phone, id};

/// Ada, who may not write products, has written one; the server runs on.
fn refused() -> (Office, Phone, Intent) {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let edit = Write::Text { field: "description".into(), now: "Lifts\u{1b}[2J water".into() };
    let part = ada.write("product", id("pump"), &[Write::put("name", "Pump"), Write::put("product_number", "P-1"), edit]);
    let intent = ada.intent(vec![part]);
    let answers = ada.clone().sync(&office, vec![intent.clone()]);
    assert_eq!((answers[0].status, answers[0].code.as_str()), (Status::Refused, "product.permission"));
    (office, ada, intent)
}

fn promote(office: &Office) {
    let ada = NewUser { manager: None, ..person("Ada", Role::Admin) };
    office.app.add_user(office.org, &ada).unwrap();
}

#[test]
fn refused_work_is_shown_with_everything_that_was_kept() {
    let (office, ada, intent) = refused();
    let file = office.dir.path().join("raw");

    let listed = said(office.dir.path(), &["quarantine", "list", "--org", "Acme"]);
    let shown = said(office.dir.path(), &["quarantine", "show", "1", "--org", "Acme"]);
    let raw = said(office.dir.path(), &["quarantine", "show", "1", "--org", "Acme", "--raw", file.to_str().unwrap()]);

    assert!(listed.starts_with("1 2026-11-23T09:00:00.000Z ") && listed.contains("product.permission"), "{listed}");
    let wanted = [
        format!("user    {} Ada", office.ada),
        format!("device  {} test phone", ada.device),
        format!("intent  1 {}", intent.id),
        "code    product.permission".to_owned(),
        format!("product:{}", id("pump")),
        "    name = \"Pump\"".to_owned(),
        "    description + \"Lifts\\u{1b}[2J water\"".to_owned(),
    ];
    for line in &wanted {
        assert!(shown.lines().any(|shown| shown == line), "{line:?} in {shown}");
        assert!(raw.lines().any(|shown| shown == line), "{line:?} in {raw}");
    }
    let bytes = std::fs::read(file).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(shown.replace('\n', "").ends_with(&hex) && !bytes.is_empty());
    assert!(!run(office.dir.path(), &["quarantine", "show", "2", "--org", "Acme"]).status.success());
}

#[test]
fn released_work_is_judged_reaches_everybody_and_its_author_is_told() {
    let (office, mut ada, intent) = refused();
    let mut ben = office.phone(office.ben);
    ben.sync(&office, Vec::new());
    promote(&office);

    let line = said(office.dir.path(), &["quarantine", "release", "1", "--org", "Acme"]);
    ben.sync(&office, Vec::new());
    let again = ada.sync(&office, vec![intent]);

    assert_eq!(line, "released: accepted");
    assert_eq!(ben.shows(id("pump"), "name"), Some(Scalar::from("Pump")));
    assert_eq!((again[0].status, again[0].code.as_str()), (Status::Accepted, "accepted"));
    assert!(ada.notices.iter().any(|notice| notice.contains("RELEASE") && notice.contains("Pump")), "{:?}", ada.notices);
    assert_eq!(ben.notices, Vec::<String>::new());
    assert_eq!(office.app.quarantine(office.org).unwrap(), []);
    office.is_whole();
}

#[test]
fn work_that_is_refused_again_stays_and_the_command_says_why() {
    let (office, mut ada, _) = refused();
    let builds_on_it = ada.write("product", id("pump"), &[Write::put("name", "Pump 2")]);
    let before = office.app.quarantine(office.org).unwrap();

    let output = run(office.dir.path(), &["quarantine", "release", "1", "--org", "Acme"]);

    assert_eq!(output.status.code(), Some(1));
    let line = String::from_utf8(output.stdout).unwrap();
    assert!(line.starts_with("refused again: product.permission: only"), "{line}");
    assert_eq!(office.app.quarantine(office.org).unwrap(), before);
    promote(&office);
    said(office.dir.path(), &["quarantine", "release", "1", "--org", "Acme"]);
    let next = ada.intent(vec![builds_on_it]);
    assert_eq!(ada.sync(&office, vec![next])[0].status, Status::Accepted);
    office.is_whole();
}

#[test]
fn released_work_that_collides_is_settled_like_any_other() {
    let office = Office::new();
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let firm = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let firm = ada.intent(vec![firm]);
    ada.sync(&office, vec![firm]);
    ben.sync(&office, Vec::new());
    let pump = ada.write("product", id("pump"), &[Write::put("name", "Pump"), Write::put("product_number", "P-1")]);
    let mine = ada.write("account", id("firm"), &[Write::put("industry", "tools")]);
    let mine = ada.intent(vec![pump, mine]);
    let theirs = ben.write("account", id("firm"), &[Write::put("industry", "hats")]);
    let theirs = ben.intent(vec![theirs]);
    assert_eq!(ada.clone().sync(&office, vec![mine])[0].status, Status::Refused);
    ben.sync(&office, vec![theirs]);
    promote(&office);

    let line = said(office.dir.path(), &["quarantine", "release", "1", "--org", "Acme"]);
    ben.sync(&office, Vec::new());
    ada.sync(&office, Vec::new());

    assert!(line.starts_with("released: "), "{line}");
    let rules: Vec<String> = office.app.decisions(office.org).unwrap().into_iter().map(|decision| decision.rule).collect();
    assert!(rules.iter().any(|rule| rule == "FCR") && rules.iter().any(|rule| rule == "RELEASE"), "{rules:?}");
    assert_eq!(ada.shows(id("firm"), "industry"), ben.shows(id("firm"), "industry"));
    office.is_whole();
}

#[test]
fn work_is_purged_only_when_that_is_meant() {
    let (office, _, _) = refused();

    let output = run(office.dir.path(), &["quarantine", "purge", "1", "--org", "Acme"]);
    let kept = office.app.quarantine(office.org).unwrap().len();
    let line = said(office.dir.path(), &["quarantine", "purge", "1", "--org", "Acme", "--yes"]);

    assert_eq!((output.status.code(), kept), (Some(1), 1));
    assert_eq!(line, "1 is gone");
    assert_eq!(office.app.quarantine(office.org).unwrap(), []);
}

#[test]
fn a_hostile_device_cannot_fill_the_quarantine() {
    let office = Office::new();
    let (mut eve, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let product = eve.write("product", id("pump"), &[Write::put("name", "Pump")]);
    let intents: Vec<Intent> = (0..KEPT_MAX + 5).map(|_| eve.intent(vec![product.clone()])).collect();
    let others = ben.write("product", id("drill"), &[Write::put("name", "Drill")]);

    let answers = eve.sync(&office, intents);
    let rows = office.app.org_metrics(office.org).unwrap();
    let more = eve.intent(vec![product]);
    let last = eve.sync(&office, vec![more]);
    let others = ben.intent(vec![others]);
    ben.sync(&office, vec![others]);

    assert!(answers.iter().chain(&last).all(|answer| answer.status == Status::Refused && answer.code == "product.permission"));
    assert_eq!((rows.quarantined, rows.answers), (KEPT_MAX, KEPT_MAX));
    let kept = office.app.quarantine(office.org).unwrap();
    assert_eq!(kept.iter().filter(|row| row.device == eve.device).map(|row| row.dseq).max(), Some(KEPT_MAX));
    assert_eq!(kept.iter().filter(|row| row.device == ben.device).count(), 1);
    let listed = said(office.dir.path(), &["quarantine", "list", "--org", "Acme"]);
    assert!(listed.contains(&format!("device {}: 6 more were refused and not kept", eve.device)), "{listed}");
    assert!(eve.notices.is_empty());
    office.is_whole();
}
