//! What happened, in one line of time, by the command.

use fieldbook_domain::document::Write;
use serde_json::Value;

use crate::command::said;
use crate::office::Office;
use crate::phone::{Phone, id};

/// Ada and Ben wrote the same field apart, and Ada's phone wrote what only the office writes.
fn busy() -> (Office, Phone, Phone) {
    let office = Office::new();
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    let made = ada.write("account", id("firm"), &[Write::put("name", "Firm")]);
    let made = ada.intent(vec![made]);
    ada.sync(&office, vec![made]);
    ben.sync(&office, Vec::new());
    let mine = ada.write("account", id("firm"), &[Write::put("industry", "tools")]);
    let theirs = ben.write("account", id("firm"), &[Write::put("industry", "hats")]);
    let (mine, theirs) = (ada.intent(vec![mine]), ben.intent(vec![theirs]));
    ada.sync(&office, vec![mine]);
    office.clock.advance(60_000);
    ben.sync(&office, vec![theirs]);
    office.clock.advance(60_000);
    let customer = Write::put("customer", format!("account:{}", id("firm")));
    let forged = [Write::put("topic", "Pumps"), customer, Write::put("actual_value", "1000000")];
    let forged = ada.write("opportunity", id("sale"), &forged);
    let forged = ada.intent(vec![forged]);
    ada.sync(&office, vec![forged]);
    (office, ada, ben)
}

fn audit(office: &Office, words: &[&str]) -> Vec<String> {
    let said = said(office.dir.path(), &[&["audit", "--org", "Acme"], words].concat());
    said.lines().map(str::to_owned).collect()
}

#[test]
fn decisions_and_notes_stand_in_one_line_of_time() {
    let (office, ada, ben) = busy();

    let lines = audit(&office, &[]);

    assert!(lines.is_sorted(), "{lines:#?}");
    let registered = format!("2026-11-23T09:00:00.000Z device.registered Ada device {}", ada.device);
    let noted = format!("2026-11-23T09:02:00.000Z INV-84 Ada device {}: opportunity:{}", ada.device, id("sale"));
    assert!(lines.contains(&registered) && lines.contains(&noted), "{lines:#?}");
    let collision = lines.iter().find(|line| line.contains(" FCR v1 ")).unwrap();
    assert!(collision.starts_with("2026-11-23T09:01:00.000Z") && collision.contains(" won ") && collision.contains(" lost "));
    assert!(lines.iter().any(|line| line.contains(" INV-84 v1 rejected ") && line.contains("by Ada told")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains(&format!("device.registered Ben device {}", ben.device))));
}

#[test]
fn the_line_of_time_is_narrowed_to_a_record_a_person_a_rule_and_some_days() {
    let (office, ada, _) = busy();
    office.app.revoke_device(office.org, ada.device).unwrap();

    let record = audit(&office, &["--record", &format!("account:{}", id("firm")), "--json"]);
    let rule = audit(&office, &["--rule", "INV-84", "--json"]);
    let person = audit(&office, &["--user", "ada@example.com", "--json"]);
    let nobody = audit(&office, &["--user", "Maya", "--json"]);
    // The command reads the clock of the machine, which is years from the one of the story.
    let days = audit(&office, &["--days", "20000"]);
    let all = audit(&office, &[]);

    let read = |lines: &[String]| lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>();
    assert!(!record.is_empty() && read(&record).iter().all(|event| event["rule"] == "FCR" && event["version"] == 1));
    let kinds: Vec<Value> = read(&rule).into_iter().map(|event| event["event"].clone()).collect();
    assert_eq!(kinds, ["note", "decision"]);
    assert!(read(&person).iter().any(|event| event["what"] == "device.revoked" && event["by"]["name"] == "Ada"));
    assert!(!read(&person).iter().any(|event| event["by"]["name"] == "Ben" && event["what"] == "device.registered"));
    assert_eq!(nobody, Vec::<String>::new());
    assert_eq!(days, all);
    assert!(person.len() < all.len());
}
