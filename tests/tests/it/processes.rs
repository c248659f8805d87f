//! The two programs as a user runs them: a server process, phones in terminals, signals, tampering.

use fieldbook_device::{Book, Host};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A binary of the workspace, built before the tests run.
pub(crate) fn program(name: &str) -> PathBuf {
    let path = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join(name);
    assert!(path.exists(), "{} is missing: run `make test`, or `cargo build --bins` first", path.display());
    path
}

fn run(name: &str, args: &[&str]) -> Output {
    Command::new(program(name)).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

/// A server process over a folder.
pub(crate) struct Server {
    data: PathBuf,
    pub(crate) url: String,
    process: Child,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Server {
        Server::start_at(data, "127.0.0.1:0")
    }

    fn start_at(data: &Path, address: &str) -> Server {
        let mut process = Command::new(program("fieldbook-server"))
            .args(["serve", "--data", data.to_str().unwrap(), "--listen", address])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let line =
            BufReader::new(process.stdout.take().unwrap()).lines().next().expect("the server says where it listens").unwrap();
        let url = line.strip_prefix("listening on ").unwrap().to_owned();
        Server { data: data.to_owned(), url, process }
    }

    fn manage(&self, args: &[&str]) -> String {
        let (verbs, rest) = args.split_at(if args[0] == "token" { 1 } else { 2 });
        let data = ["--data", self.data.to_str().unwrap()];
        said(&run("fieldbook-server", &[verbs, &data, rest].concat()))
    }

    fn signal(&self, signal: &str) {
        let killed = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A phone in a terminal.
struct Terminal {
    book: String,
}

impl Terminal {
    fn of(folder: &TempDir, server: &Server, org: &str, name: &str) -> Terminal {
        let book = folder.path().join(format!("{org}-{name}.db")).to_str().unwrap().to_owned();
        let token = server.manage(&["token", "--org", org, "--user", name]);
        let terminal = Terminal { book };
        terminal.says(&["login", "--server", &server.url, "--token", &token]);
        terminal
    }

    fn run(&self, args: &[&str]) -> Output {
        run("fieldbook", &[&["--book", self.book.as_str()], args].concat())
    }

    fn says(&self, args: &[&str]) -> String {
        said(&self.run(args))
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[&["--json"], args].concat())).unwrap()
    }
}

fn office(folder: &TempDir) -> Server {
    let server = Server::start(&folder.path().join("server"));
    server.manage(&["org", "create", "Acme"]);
    for (name, role) in [("Ada", "rep"), ("Ben", "rep"), ("Omar", "admin")] {
        let email = format!("{name}@example.com");
        server.manage(&["user", "add", "--org", "Acme", "--name", name, "--email", &email, "--role", role]);
    }
    server
}

#[test]
fn two_phones_in_terminals_share_records_through_a_server_process() {
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let (ada, ben) = (Terminal::of(&folder, &server, "Acme", "Ada"), Terminal::of(&folder, &server, "Acme", "Ben"));

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
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let ada = Terminal::of(&folder, &server, "Acme", "Ada");
    drop(server);

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
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let omar = Terminal::of(&folder, &server, "Acme", "Omar");
    let account = omar.says(&["create", "account", "name=Globex"]);
    let sale = omar.says(&["create", "opportunity", "topic=Pumps", &format!("customer=account:{account}")]);
    omar.says(&["do", "opportunity", &sale, "win"]);

    let offered = omar.says(&["available", "opportunity", &sale]);
    let done = omar.says(&["do", "opportunity", &sale, "reopen"]);
    omar.says(&["do", "opportunity", &sale, "win"]);
    omar.says(&["sync"]);
    drop(server);
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
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let (ada, ben) = (Terminal::of(&folder, &server, "Acme", "Ada"), Terminal::of(&folder, &server, "Acme", "Ben"));
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
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let (ada, ben) = (Terminal::of(&folder, &server, "Acme", "Ada"), Terminal::of(&folder, &server, "Acme", "Ben"));
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
fn a_graceful_stop_ends_with_success_and_keeps_what_was_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = office(&folder);
    let ada = Terminal::of(&folder, &server, "Acme", "Ada");
    let id = ada.says(&["create", "account", "name=Globex"]);
    ada.says(&["sync"]);

    server.signal("-TERM");
    assert!(server.process.wait().unwrap().success());

    let again = Server::start(&server.data);
    let ben = Terminal::of(&folder, &again, "Acme", "Ben");
    ben.says(&["sync"]);
    assert_eq!(ben.json(&["show", "account", &id])["name"], "Globex");
}

#[test]
fn a_server_killed_again_and_again_loses_nothing_it_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = office(&folder);
    let mut ids = Vec::new();
    let ada = Terminal::of(&folder, &server, "Acme", "Ada");
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
        server.signal("-KILL");
        server.process.wait().unwrap();
        syncing.wait().unwrap();
        server = Server::start(&server.data);
        let token = server.manage(&["token", "--org", "Acme", "--user", "Ada"]);
        ada.says(&["login", "--server", &server.url, "--token", &token]);
    }

    ada.says(&["sync"]);

    let ben = Terminal::of(&folder, &server, "Acme", "Ben");
    ben.says(&["sync"]);
    for id in &ids {
        ben.says(&["show", "account", id]);
    }
    assert_eq!(ben.json(&["list", "account"]).as_array().unwrap().len(), ids.len());
    assert!(run("fieldbook-server", &["check", "--data", server.data.to_str().unwrap()]).status.success());
}

#[test]
fn a_server_killed_while_three_phones_write_loses_nothing_it_acknowledged_to_any() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = office(&folder);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let phones = ["Ada", "Ben", "Omar"].map(|name| Terminal::of(&folder, &server, "Acme", name));
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
        server.signal("-KILL");
        server.process.wait().unwrap();
        server = Server::start_at(&server.data, &address);
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
        let phone = Terminal::of(&elsewhere, &server, "Acme", "Ada");
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
    assert!(run("fieldbook-server", &["check", "--data", server.data.to_str().unwrap()]).status.success());
}

#[test]
fn check_lists_a_tampered_record_and_exits_with_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let ada = Terminal::of(&folder, &server, "Acme", "Ada");
    let id = ada.says(&["create", "account", "name=Globex"]);
    ada.says(&["sync"]);
    let data = server.data.clone();
    drop(server);
    let check = || run("fieldbook-server", &["check", "--data", data.to_str().unwrap()]);
    assert_eq!(check().status.code(), Some(0));

    let org = std::fs::read_dir(data.join("orgs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "db"));
    let db = rusqlite::Connection::open(org.unwrap()).unwrap();
    db.execute("UPDATE document SET body = replace(body, 'Globex', 'Forged')", []).unwrap();
    drop(db);

    let broken = check();
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stdout).contains(&id), "{}", String::from_utf8_lossy(&broken.stdout));
}

#[test]
fn another_organisation_sees_and_writes_nothing_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    server.manage(&["org", "create", "Rival"]);
    server.manage(&["user", "add", "--org", "Rival", "--name", "Rita", "--email", "rita@example.com", "--role", "admin"]);
    let (ada, rita) = (Terminal::of(&folder, &server, "Acme", "Ada"), Terminal::of(&folder, &server, "Rival", "Rita"));
    let id = ada.says(&["create", "account", "name=Globex"]);
    ada.says(&["sync"]);

    rita.says(&["create", "account", "name=Their own"]);
    rita.says(&["sync"]);

    assert!(!rita.run(&["show", "account", &id]).status.success());
    assert_eq!(rita.json(&["list", "account"]).as_array().unwrap().len(), 1);
    ada.says(&["sync"]);
    assert_eq!(ada.json(&["list", "account"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_file_goes_from_one_terminal_to_another_under_the_name_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let (ada, ben) = (Terminal::of(&folder, &server, "Acme", "Ada"), Terminal::of(&folder, &server, "Acme", "Ben"));
    let (plan, copies) = (folder.path().join("plan.txt"), folder.path().join("copies"));
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

#[test]
fn a_phone_with_a_wrong_token_is_told_to_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = office(&folder);
    let ada = Terminal::of(&folder, &server, "Acme", "Ada");
    let token = server.manage(&["token", "--org", "Acme", "--user", "Ada"]);
    let mut parts: Vec<&str> = token.split('.').collect();
    let forged = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    parts[2] = forged;
    ada.says(&["login", "--server", &server.url, "--token", &parts.join(".")]);

    let refused = ada.run(&["--json", "sync"]);

    assert_eq!(refused.status.code(), Some(4));
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert!(error["error"]["code"].is_string());
}
