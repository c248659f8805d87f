//! A database that was put back: it takes another name when that is seen, or when somebody says so.

use fieldbook_sync::message::{ClientMessage, Cursor, Hello, ServerMessage};
use uuid::Uuid;

use crate::command::{run, said};
use crate::office::Office;
use crate::phone::{Phone, read};

/// The epoch the server names to a phone that knows one and is so far in the log, or why it does not.
fn asked(office: &Office, phone: &Phone, epoch: Option<Uuid>, seq: u64) -> Result<Uuid, String> {
    let cursors = vec![Cursor { scope: "org".to_owned(), seq }];
    let hello = ClientMessage::Hello(Hello { epoch, cursors, ..phone.hello() });
    let body = fieldbook_sync::frame::encode(&hello).unwrap();
    match read(&office.app.exchange(&office.identity(phone.user), &body)).into_iter().next() {
        Some(ServerMessage::Welcome(welcome)) => Ok(welcome.epoch),
        Some(ServerMessage::Bye { code, .. }) => Err(code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_device_that_has_read_on_is_believed_once_a_day() {
    let office = Office::new();
    let ada = office.phone(office.ada);
    let first = asked(&office, &ada, None, 0).unwrap();
    assert_eq!(asked(&office, &ada, Some(first), 3), Ok(first), "level with what was said");

    let second = asked(&office, &ada, Some(first), 1_000).unwrap();
    assert_ne!(second, first);
    assert_eq!(asked(&office, &ada, Some(second), 1_000), Err("device.ahead".to_owned()), "not twice");
    assert_eq!(asked(&office, &ada, Some(first), 1_000), Ok(second), "what it knew of another database says nothing");
    office.clock.advance(25 * 60 * 60 * 1_000);
    assert_ne!(asked(&office, &ada, Some(second), 1_000).unwrap(), second);
}

#[test]
fn the_administrator_says_so_beside_a_server_that_runs() {
    let office = Office::new();
    let ada = office.phone(office.ada);
    let first = asked(&office, &ada, None, 0).unwrap();

    said(office.dir.path(), &["org", "restored", "--org", "Acme"]);

    assert_ne!(asked(&office, &ada, Some(first), 0).unwrap(), first);
    assert!(said(office.dir.path(), &["audit", "--org", "Acme"]).contains("server.restored"));
    assert!(!run(office.dir.path(), &["org", "restored", "--org", "nobody"]).status.success());
}
