//! Lost phones: listed and shut out by commands beside a server that runs.

use fieldbook_sync::message::ServerMessage;

use crate::command::{run, said};
use crate::office::Office;
use crate::phone::id;

#[test]
fn devices_are_listed_with_their_users_and_a_lost_one_is_shut_out() {
    let office = Office::new();
    let (mut ada, mut ben) = (office.phone(office.ada), office.phone(office.ben));
    ada.sync(&office, Vec::new());
    office.clock.advance(60_000);
    ben.clock_ms += 3_600_000;
    ben.sync(&office, Vec::new());

    let listed = said(office.dir.path(), &["device", "list", "--org", "Acme"]);
    let revoked = said(office.dir.path(), &["device", "revoke", &ada.device.to_string(), "--org", "Acme"]);
    let after = said(office.dir.path(), &["device", "list", "--org", "Acme"]);

    let ben_line = format!("{} test phone of Ben, last seen 2026-11-23T09:01:00.000Z, clock off", ben.device);
    let ada_line = format!("{} test phone of Ada, last seen 2026-11-23T09:00:00.000Z", ada.device);
    assert_eq!(listed.lines().collect::<Vec<_>>(), [ben_line.as_str(), ada_line.as_str()]);
    assert_eq!(revoked, format!("{} is shut out", ada.device));
    assert_eq!(after.lines().collect::<Vec<_>>(), [ben_line, format!("{ada_line}, revoked")]);
    let messages = ada.talk(&office.app, &office.identity(ada.user), Vec::new());
    assert!(matches!(&messages[0], ServerMessage::Bye { code, .. } if code == "device.revoked"), "{messages:?}");
    assert!(!run(office.dir.path(), &["device", "revoke", &id("none").to_string(), "--org", "Acme"]).status.success());
}
