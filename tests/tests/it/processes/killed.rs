//! Servers that are stopped and killed, and what they had said.

use super::{ANYWHERE, Office, Server, Terminal, check, program};
use fieldbook_device::{Book, Host};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn a_graceful_stop_ends_with_success_and_keeps_what_was_accepted() {
    let mut office = Office::open();
    let ada = office.terminal("Ada");
    let id = ada.says(&["create", "account", "name=Globex"]);
    ada.says(&["sync"]);

    office.server.signal("-TERM");
    assert!(office.server.process.wait().unwrap().success());

    office.server = Server::start(&office.server.data);
    let ben = office.terminal("Ben");
    ben.says(&["sync"]);
    assert_eq!(ben.json(&["show", "account", &id])["name"], "Globex");
}

#[test]
fn a_server_killed_again_and_again_loses_nothing_it_acknowledged() {
    let mut office = Office::open();
    let mut ids = Vec::new();
    let ada = office.terminal("Ada");
    for kill in 0..20 {
        ids.push(ada.says(&["create", "account", &format!("name=Globex {kill}")]));
        let mut syncing = Command::new(program("fieldbook"))
            .args(["--book", &ada.book, "sync"])
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..kill * 60_000 {
            std::hint::spin_loop();
        }
        office.server_dies_and_comes_back_at(ANYWHERE);
        syncing.wait().unwrap();
        ada.signs_in(&office.server, "Acme", "Ada");
    }

    ada.says(&["sync"]);

    let ben = office.terminal("Ben");
    ben.says(&["sync"]);
    for id in &ids {
        ben.says(&["show", "account", id]);
    }
    assert_eq!(ben.json(&["list", "account"]).as_array().unwrap().len(), ids.len());
    assert!(check(&office.server.data).status.success());
}

#[test]
fn a_server_killed_while_three_phones_write_loses_nothing_it_acknowledged_to_any() {
    let mut office = Office::open();
    let address = office.server.url.strip_prefix("http://").unwrap().to_owned();
    let phones = ["Ada", "Ben", "Omar"].map(|name| office.terminal(name));
    let (say, heard) = std::sync::mpsc::channel();
    let mut writers = Vec::new();
    for (number, phone) in phones.iter().enumerate() {
        let mut writer = Command::new(env!("CARGO_BIN_EXE_fieldbook-writer"))
            .args([&phone.book, &format!("writer{number}")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (lines, say) = (BufReader::new(writer.stdout.take().unwrap()).lines(), say.clone());
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send((number, line))));
        writers.push(writer);
    }
    drop(say);
    let (mut saved, mut acknowledged, mut offline) = ([const { Vec::new() }; 3], BTreeSet::new(), 0);
    let mut note = |(number, line): (usize, String)| {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["saved", id, _] => saved[number].push(id.to_owned()),
            ["synced"] => acknowledged.extend(saved[number].iter().cloned()),
            ["offline"] => offline += 1,
            _ => {}
        }
        line == "synced"
    };

    for kill in 0..10_usize {
        let mut synced = 0;
        while synced < 9 {
            synced += usize::from(note(heard.recv_timeout(Duration::from_secs(120)).expect("somebody writes")));
        }
        for _ in 0..(kill * 7 % 10) * 100_000 {
            std::hint::spin_loop();
        }
        office.server_dies_and_comes_back_at(&address);
    }
    for mut writer in writers {
        writer.kill().unwrap();
        writer.wait().unwrap();
    }
    for line in heard {
        note(line);
    }

    let elsewhere = tempfile::tempdir().unwrap();
    let look = || {
        let phone = Terminal::of(elsewhere.path(), &office.server, "Acme", "Ada");
        phone.says(&["sync"]);
        let book = Book::open(Path::new(&phone.book), Host::real("looks")).unwrap();
        book.records_digest().unwrap().into_keys().map(|target| target.id.to_string()).collect::<BTreeSet<_>>()
    };
    let there = look();
    let lost: Vec<&String> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
    assert!(acknowledged.len() > 100 && offline > 0, "{} acknowledged, {offline} times offline", acknowledged.len());
    for phone in &phones {
        phone.says(&["sync"]);
    }
    let there = look();
    assert!(saved.iter().flatten().all(|id| there.contains(id)), "what was only on the phones comes as well");
    assert!(check(&office.server.data).status.success());
}
