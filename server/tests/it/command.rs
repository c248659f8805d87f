//! The executable: served by hand, stopped by a signal, administered beside a running server.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const SERVER: &str = env!("CARGO_BIN_EXE_fieldbook-server");

pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
}

impl Serving {
    pub(crate) fn start(data: &Path) -> Serving {
        let mut child = Command::new(SERVER)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("listening on ").unwrap().to_owned();
        Serving { child, url }
    }

    fn stop(mut self) -> std::process::ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn run(data: &Path, words: &[&str]) -> Output {
    Command::new(SERVER).args(words).arg("--data").arg(data).output().unwrap()
}

pub(crate) fn said(data: &Path, words: &[&str]) -> String {
    let output = run(data, words);
    assert!(output.status.success(), "{words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn an_organisation_is_made_beside_a_running_server_and_its_user_is_let_in() {
    let dir = tempfile::tempdir().unwrap();
    let serving = Serving::start(dir.path());
    let client = reqwest::Client::new();
    let status = async |path: &str, token: &str| {
        let request = client.post(format!("{}{path}", serving.url)).bearer_auth(token);
        request.send().await.unwrap().status().as_u16()
    };

    let org = said(dir.path(), &["org", "create", "Acme"]);
    let add = ["user", "add", "--org", "Acme", "--name", "Ada", "--email", "ada@example.com", "--role", "rep"];
    let user = said(dir.path(), &add);
    let token = said(dir.path(), &["token", "--org", &org, "--user", "ada@example.com"]);

    assert_eq!(said(dir.path(), &add), user);
    assert_eq!(status("/v1/exchange", &token).await, 200);
    assert_eq!(status("/v1/exchange", "nonsense").await, 401);
    for path in ["/health", "/ready"] {
        assert_eq!(client.get(format!("{}{path}", serving.url)).send().await.unwrap().status().as_u16(), 200);
    }
    assert!(serving.stop().success());
    assert_eq!(said(dir.path(), &["check"]), "3 records, 3 changes, 0 broken");
    assert_eq!(said(dir.path(), &["quarantine", "list", "--org", "Acme"]), "");
    assert!(!run(dir.path(), &["org", "create", "Acme"]).status.success());
    assert!(!dir.path().join("orgs").join(format!("{org}.db-wal")).exists());
}

#[test]
fn a_spoiled_record_is_found_by_check() {
    let dir = tempfile::tempdir().unwrap();
    let org = said(dir.path(), &["org", "create", "Acme"]);
    said(dir.path(), &["user", "add", "--org", "Acme", "--name", "Ada", "--role", "rep"]);
    let books = rusqlite::Connection::open(dir.path().join("orgs").join(format!("{org}.db"))).unwrap();
    books.execute("UPDATE document SET body = replace(body, 'Ada', 'Eve')", []).unwrap();
    drop(books);

    let output = run(dir.path(), &["check", "--org", "Acme"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().contains("STORE its body is not what its document says"));
}
