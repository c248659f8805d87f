//! Phones in terminals, as people use them.

use super::{Office, Terminal, program};
use std::io::{BufRead, BufReader, Lines};
use std::process::{ChildStdout, Command, Stdio};

#[test]
fn two_phones_in_terminals_share_records_through_a_server_process() {
    let office = Office::open();
    let (ada, ben) = (office.terminal("Ada"), office.terminal("Ben"));

    let id = ada.says(&["create", "account", "name=Globex", "city=Oslo"]);
    assert_eq!(ada.json(&["status"])["pending"], 1);
    ada.says(&["sync"]);
    ben.says(&["sync"]);

    assert_eq!(ben.json(&["show", "account", &id])["city"], "Oslo");
    let history = ben.json(&["history", "account", &id]).to_string();
    assert!(history.contains("Ada"), "{history}");
    assert_eq!(ada.json(&["status"])["pending"], 0);
}

#[test]
fn without_a_server_everything_but_sync_works() {
    let office = Office::open();
    let ada = office.terminal("Ada");
    drop(office.server);

    let lead = ada.says(&["create", "lead", "topic=Pumps", "last_name=Lind", "company_name=Nordic Pumps"]);
    ada.says(&["do", "lead", &lead, "qualify"]);
    assert_eq!(ada.json(&["list", "opportunity"]).as_array().unwrap().len(), 1);
    let offline = ada.run(&["sync"]);

    assert_eq!(offline.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&offline.stderr).lines().count(), 1, "one clear sentence");
    assert!(ada.json(&["status"])["pending"].as_u64().unwrap() > 0);
}

#[test]
fn what_only_the_office_does_is_done_at_once_in_a_terminal_or_not_at_all() {
    let office = Office::open();
    let omar = office.terminal("Omar");
    let account = omar.says(&["create", "account", "name=Globex"]);
    let sale = omar.says(&["create", "opportunity", "topic=Pumps", &format!("customer=account:{account}")]);
    omar.says(&["do", "opportunity", &sale, "win"]);

    let offered = omar.says(&["available", "opportunity", &sale]);
    let done = omar.says(&["do", "opportunity", &sale, "reopen"]);
    omar.says(&["do", "opportunity", &sale, "win"]);
    omar.says(&["sync"]);
    drop(office.server);
    let offline = omar.run(&["do", "opportunity", &sale, "reopen"]);

    assert!(offered.contains("reopen  (at the office: needs a connection)"), "{offered}");
    assert_eq!(done, "open (in_progress), done at the office");
    let told = String::from_utf8_lossy(&offline.stderr).into_owned();
    assert_eq!((offline.status.code(), told.lines().count()), (Some(3), 1), "{told}");
    assert!(told.contains("reopen needs the office and was not done"), "{told}");
    assert_eq!(omar.json(&["status"])["pending"], 0, "nothing waits");
    assert_eq!(omar.json(&["show", "opportunity", &sale])["state"], "won");
}

#[test]
fn a_losing_value_is_looked_at_taken_and_let_go_in_terminals() {
    let office = Office::open();
    let (ada, ben) = (office.terminal("Ada"), office.terminal("Ben"));
    let id = ada.says(&["create", "account", "name=Globex"]);
    let sync = |phones: [&Terminal; 3]| phones.iter().for_each(|phone| drop(phone.says(&["sync"])));
    sync([&ada, &ben, &ada]);
    ada.says(&["set", "account", &id, "city=Oslo"]);
    ben.says(&["set", "account", &id, "city=Bergen"]);
    sync([&ada, &ben, &ada]);

    let listed = ada.says(&["inbox"]);
    let item = ada.json(&["inbox"])[0]["id"].as_str().unwrap().to_owned();
    let shown = ada.says(&["inbox", "show", &item]);
    let plan = ada.says(&["inbox", "salvage", &item, "--dry-run"]);
    let before = ada.json(&["show", "account", &id])["city"].clone();
    let done = ada.says(&["inbox", "salvage", &item]);
    let twice = ada.says(&["inbox", "salvage", &item]);
    sync([&ada, &ben, &ada]);

    assert!(listed.contains("you can: take the losing value (choose)"), "{listed}");
    for words in
        ["FCR version 1: Two people wrote one field", "Oslo", "Bergen", "whose work", "Ben on", "Writes the value that lost"]
    {
        assert!(shown.contains(words), "{words} is missing in\n{shown}");
    }
    assert!(plan.starts_with("dry run, nothing was written: took the other city of Globex"), "{plan}");
    assert_eq!((before.as_str(), twice.as_str()), (Some("Bergen"), "it was done already"));
    assert!(done.contains("took the other city of Globex"), "{done}");
    assert_eq!(ben.json(&["show", "account", &id])["city"], "Oslo");
    assert_eq!(ben.says(&["alternatives", "account", &id]), "no alternatives");

    ada.says(&["set", "account", &id, "website=https://a.example"]);
    ben.says(&["set", "account", &id, "website=https://b.example"]);
    sync([&ada, &ben, &ada]);
    let kept = ben.json(&["alternatives", "account", &id])[0]["key"].as_str().unwrap().to_owned();
    ben.says(&["alternatives", "dismiss", "account", &id, kept.rsplit('/').next().unwrap()]);
    sync([&ben, &ada, &ben]);
    assert_eq!(ada.says(&["alternatives", "account", &id]), "no alternatives");
    ada.says(&["inbox", "dismiss", &item]);
    assert!(!ada.says(&["inbox"]).contains(&item));
}

/// Lines a watching phone prints, until one satisfies the question.
fn until(lines: &mut Lines<BufReader<ChildStdout>>, found: impl Fn(&str) -> bool) -> String {
    lines.map(|line| line.unwrap()).find(|line| found(line)).expect("the watching phone ended too soon")
}

#[test]
fn a_watching_phone_hears_of_a_colleagues_change_without_polling() {
    let office = Office::open();
    let (ada, ben) = (office.terminal("Ada"), office.terminal("Ben"));
    let mut watching = Command::new(program("fieldbook"))
        .args(["--book", &ben.book, "--json", "sync", "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    until(&mut lines, |line| line.contains("caught_up"));

    let id = ada.says(&["create", "account", "name=Globex"]);
    ada.says(&["sync"]);

    until(&mut lines, |line| line.contains(&id));
    assert_eq!(ben.json(&["show", "account", &id])["name"], "Globex");
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[test]
fn a_file_goes_from_one_terminal_to_another_under_the_name_it_has() {
    let office = Office::open();
    let (ada, ben) = (office.terminal("Ada"), office.terminal("Ben"));
    let (plan, copies) = (office.folder.path().join("plan.txt"), office.folder.path().join("copies"));
    std::fs::write(&plan, "Aisle 7, stand 12").unwrap();
    std::fs::create_dir(&copies).unwrap();
    let (plan, copies) = (plan.to_str().unwrap(), copies.to_str().unwrap());
    let note = ada.says(&["create", "note", "title=The fair"]);
    let attachment = ada.says(&["attach", "note", &note, plan, "--title", "Where we stand", "--media-type", "text/plain"]);
    assert!(ada.says(&["status"]).contains("files to be sent  1 of 17 bytes"));
    assert!(ada.says(&["sync"]).contains("sent 1 attached file"));
    ben.says(&["sync"]);

    assert!(ben.says(&["show", "note", &note]).contains("Where we stand"));
    let fetched = ben.json(&["fetch", "note", &note, &attachment, "--to", copies]);
    let copy = fetched["file"].as_str().unwrap();

    assert_eq!((fetched["fetched"].as_u64(), fetched["size"].as_u64()), (Some(17), Some(17)));
    assert!(copy.ends_with("copies/plan.txt"), "{copy}");
    assert_eq!(std::fs::read_to_string(copy).unwrap(), "Aisle 7, stand 12");
    let again = ben.run(&["fetch", "note", &note, &attachment, "--to", copies]);
    assert_eq!(again.status.code(), Some(2), "it takes no other file's place");
    assert_eq!(ben.json(&["fetch", "note", &note, &attachment, "--to", copy])["fetched"], 0);
}
