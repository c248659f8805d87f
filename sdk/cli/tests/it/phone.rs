//! A phone for a test: a temporary book, the real binary, and the people every test knows.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tempfile::TempDir;

/// Ada's user id.
pub(crate) const ADA: &str = "0192a3f0-0000-7000-8000-00000000ada0";
/// Omar's user id.
pub(crate) const OMAR: &str = "0192a3f0-0000-7000-8000-000000003a40";
/// A server that is not there.
pub(crate) const NOWHERE: &str = "http://127.0.0.1:9";

/// A phone that belongs to somebody.
pub(crate) struct Phone {
    folder: TempDir,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) status: i32,
}

impl Phone {
    /// A phone nobody has signed in to.
    pub(crate) fn new() -> Phone {
        Phone { folder: tempfile::tempdir().unwrap() }
    }

    /// Ada's phone; she sells.
    pub(crate) fn of_ada() -> Phone {
        Phone::signed_in(ADA, "Ada", "rep")
    }

    /// Omar's phone; he administers.
    pub(crate) fn of_omar() -> Phone {
        Phone::signed_in(OMAR, "Omar", "admin")
    }

    /// Runs a command and gives what it said.
    pub(crate) fn run(&self, args: &[&str]) -> Said {
        run(Command::new(env!("CARGO_BIN_EXE_fieldbook")).arg("--book").arg(self.folder.path().join("phone.db")).args(args))
    }

    /// Runs a command that must succeed and gives its standard output.
    pub(crate) fn does(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.status, 0, "{args:?}: {}", said.err);
        said.out.trim_end().to_owned()
    }

    /// Runs a command that must succeed and gives its answer in JSON.
    pub(crate) fn asks(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.does(&[args, &["--json"]].concat())).unwrap()
    }

    /// Runs a command that must fail and gives its exit status with the error in JSON.
    pub(crate) fn fails(&self, args: &[&str]) -> (i32, Value) {
        let said = self.run(&[args, &["--json"]].concat());
        assert_eq!(said.out, "", "{args:?}");
        let error: Value = serde_json::from_str(&said.err).unwrap_or_else(|_| panic!("{args:?}: {said:?}"));
        (said.status, error["error"].clone())
    }

    /// Starts a command that goes on.
    pub(crate) fn starts(&self, args: &[&str]) -> Running {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fieldbook"));
        command.arg("--book").arg(self.folder.path().join("phone.db")).args(args).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Running { child, out }
    }

    /// Writes a file beside the book, in the folder `files`.
    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::create_dir_all(self.files()).unwrap();
        fs::write(self.files().join(name), text).unwrap();
    }

    /// The folder of the files.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    fn signed_in(user: &str, name: &str, role: &str) -> Phone {
        let phone = Phone::new();
        phone.does(&["login", "--server", NOWHERE, "--token", &token(user, name, role)]);
        phone
    }
}

/// Runs the binary without a book.
pub(crate) fn fieldbook(args: &[&str]) -> Said {
    run(Command::new(env!("CARGO_BIN_EXE_fieldbook")).args(args))
}

/// A token nobody signed: a phone reads it, and only a server would mind.
pub(crate) fn token(user: &str, name: &str, role: &str) -> String {
    let claims = serde_json::json!({ "org": "acme", "sub": user, "name": name, "role": role });
    format!("{}.{}.{}", base64(br#"{"alg":"HS256"}"#), base64(claims.to_string().as_bytes()), base64(b"unsigned"))
}

fn run(command: &mut Command) -> Said {
    for name in ["BOOK", "TOKEN", "DEVICE", "KEY_FILE"] {
        command.env_remove(format!("FIELDBOOK_{name}"));
    }
    let Output { status, stdout, stderr } = command.output().unwrap();
    Said { out: String::from_utf8(stdout).unwrap(), err: String::from_utf8(stderr).unwrap(), status: status.code().unwrap() }
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]));
        }
    }
    text
}

/// A command that goes on.
pub(crate) struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    /// Its next line.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Presses ctrl-c and gives the exit status.
    pub(crate) fn interrupted(&mut self) -> i32 {
        let pressed = Command::new("kill").arg("-INT").arg(self.child.id().to_string()).status().unwrap();
        assert!(pressed.success());
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has usually ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
