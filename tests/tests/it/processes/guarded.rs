//! What a server notices and whom it turns away.

use super::{Office, Terminal, check};
use serde_json::Value;

#[test]
fn check_lists_a_tampered_record_and_exits_with_one() {
    let office = Office::open();
    let ada = office.terminal("Ada");
    let id = ada.says(&["create", "account", "name=Globex"]);
    ada.says(&["sync"]);
    let data = office.server.data.clone();
    drop(office.server);
    assert_eq!(check(&data).status.code(), Some(0));

    let org = std::fs::read_dir(data.join("orgs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "db"));
    let db = rusqlite::Connection::open(org.unwrap()).unwrap();
    db.execute("UPDATE document SET body = replace(body, 'Globex', 'Forged')", []).unwrap();
    drop(db);

    let broken = check(&data);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stdout).contains(&id), "{}", String::from_utf8_lossy(&broken.stdout));
}

#[test]
fn another_organisation_sees_and_writes_nothing_of_ours() {
    let office = Office::open();
    let server = &office.server;
    server.manage(&["org", "create", "Rival"]);
    server.manage(&["user", "add", "--org", "Rival", "--name", "Rita", "--email", "rita@example.com", "--role", "admin"]);
    let (ada, rita) = (office.terminal("Ada"), Terminal::of(office.folder.path(), server, "Rival", "Rita"));
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
fn a_phone_with_a_wrong_token_is_told_to_sign_in() {
    let office = Office::open();
    let ada = office.terminal("Ada");
    let token = office.server.manage(&["token", "--org", "Acme", "--user", "Ada"]);
    let mut parts: Vec<&str> = token.split('.').collect();
    let forged = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    parts[2] = forged;
    ada.says(&["login", "--server", &office.server.url, "--token", &parts.join(".")]);

    let refused = ada.run(&["--json", "sync"]);

    assert_eq!(refused.status.code(), Some(4));
    let error: Value = serde_json::from_slice(&refused.stderr).unwrap();
    assert!(error["error"]["code"].is_string());
}
