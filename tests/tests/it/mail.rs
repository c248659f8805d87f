//! E-mails written on a phone and sent by the office through a real program, once.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fieldbook_domain::ids::RecordId;
use fieldbook_server::mail;
use fieldbook_tests::world::{Phone, World};
use serde_json::json;

/// A mail program that keeps what it is given, one file a message, or refuses it.
fn program(dir: &Path, takes: bool) -> PathBuf {
    let path = dir.join(if takes { "takes" } else { "refuses" });
    let outbox = dir.join("out");
    std::fs::create_dir_all(&outbox).unwrap();
    let script = if takes {
        format!("#!/bin/sh\n(echo \"$@\"; cat) > {}/$$\n", outbox.display())
    } else {
        "#!/bin/sh\ncat > /dev/null\necho 'mailbox full' >&2\nexit 75\n".to_owned()
    };
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

fn sent(dir: &Path) -> Vec<String> {
    std::fs::read_dir(dir.join("out")).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

fn queue(ada: &Phone) -> RecordId {
    let eva = ada.create("contact", json!({"last_name": "Lind", "email": "eva@nordic.example"}));
    let parties = json!([{"id": eva.derived("to"), "party": format!("contact:{eva}"), "part": "to"}]);
    let mail = ada.create("email", json!({"subject": "Our offer", "body": "As we said: forty pumps.", "parties": parties}));
    ada.act("email", mail, "send", json!({}));
    mail
}

#[test]
fn an_e_mail_written_offline_is_sent_once_by_the_office() {
    let world = World::new();
    let ada = world.phone("Ada");
    let mail = queue(&ada);
    world.sync(&ada);
    let program = program(world.dir.path(), true);

    for _ in 0..2 {
        mail::send_waiting(&world.app, program.to_str().unwrap()).unwrap();
    }

    let [only] = &sent(world.dir.path())[..] else { panic!("it was not sent once") };
    for part in ["eva@nordic.example", "From: ada@example.com", "Subject: Our offer", "forty pumps", &mail.to_string()] {
        assert!(only.contains(part), "{part} is missing in {only}");
    }
    world.sync(&ada);
    let shown = ada.sees("email", mail);
    assert_eq!(shown["status_reason"], "sent");
    assert!(shown.contains_key("sent_on"));
    assert!(world.app.check(world.org).unwrap().broken.is_empty());
}

#[test]
fn an_e_mail_that_cannot_be_sent_comes_back_with_the_reason_and_may_be_tried_again() {
    let world = World::new();
    let ada = world.phone("Ada");
    let mail = queue(&ada);
    world.sync(&ada);

    mail::send_waiting(&world.app, program(world.dir.path(), false).to_str().unwrap()).unwrap();

    world.sync(&ada);
    let shown = ada.sees("email", mail);
    assert_eq!((&shown["state"], &shown["status_reason"]), (&json!("open"), &json!("failed")));
    assert!(shown["send_error"].as_str().unwrap().contains("mailbox full"), "{shown:?}");
    ada.act("email", mail, "retry", json!({}));
    world.sync(&ada);
    mail::send_waiting(&world.app, program(world.dir.path(), true).to_str().unwrap()).unwrap();
    assert_eq!(sent(world.dir.path()).len(), 1);
}
