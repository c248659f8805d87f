//! The two programs as a user runs them: a server process, phones in terminals, signals, tampering.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

mod guarded;
mod killed;
mod terminals;

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

/// Some free port of this machine.
const ANYWHERE: &str = "127.0.0.1:0";

/// What `check` makes of a server's folder.
fn check(data: &Path) -> Output {
    run("fieldbook-server", &["check", "--data", data.to_str().unwrap()])
}

/// A server process over a folder.
pub(crate) struct Server {
    data: PathBuf,
    pub(crate) url: String,
    process: Child,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Server {
        Server::start_at(data, ANYWHERE)
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
    fn of(folder: &Path, server: &Server, org: &str, name: &str) -> Terminal {
        let terminal = Terminal { book: folder.join(format!("{org}-{name}.db")).to_str().unwrap().to_owned() };
        terminal.signs_in(server, org, name);
        terminal
    }

    fn signs_in(&self, server: &Server, org: &str, name: &str) {
        let token = server.manage(&["token", "--org", org, "--user", name]);
        self.says(&["login", "--server", &server.url, "--token", &token]);
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

/// The server of Acme, where Ada and Ben sell and Omar administers, and the folder in which it and the books of its people are.
struct Office {
    server: Server,
    folder: TempDir,
}

impl Office {
    fn open() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("server"));
        server.manage(&["org", "create", "Acme"]);
        for (name, role) in [("Ada", "rep"), ("Ben", "rep"), ("Omar", "admin")] {
            let email = format!("{name}@example.com");
            server.manage(&["user", "add", "--org", "Acme", "--name", name, "--email", &email, "--role", role]);
        }
        Office { server, folder }
    }

    /// Kills the server and starts another one on its folder.
    fn server_dies_and_comes_back_at(&mut self, address: &str) {
        self.server.signal("-KILL");
        self.server.process.wait().unwrap();
        self.server = Server::start_at(&self.server.data, address);
    }

    fn terminal(&self, name: &str) -> Terminal {
        Terminal::of(self.folder.path(), &self.server, "Acme", name)
    }
}
