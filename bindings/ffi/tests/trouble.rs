//! A full disk, a book somebody else writes to, a wipe that cannot be done: each is said in its own way, loses nothing, and
//! everything works again afterwards.
//!
//! Disks and other programs are real ones. The test is its own other program: it starts itself again, told by the environment
//! what to be.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the second process tells the first, and a skipped disk tells people"
)]

use fieldbook_domain::record::AnyRecord;
use fieldbook_domain::record::activity::Note;
use fieldbook_ffi::book::Book;
use fieldbook_ffi::error::FieldbookError;
use fieldbook_ffi::query::RecordQuery;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::TempDir;

/// The claims of Ada, a rep of acme, until 2096; a phone does not check the signature.
const TOKEN: &str = "e30.eyJvcmciOiJhY21lIiwic3ViIjoiMDAwMDAwMDAtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDBhIiwicm9sZSI6InJlcCIsIm5hbWUiOiJBZGEiLCJleHAiOjQwMDAwMDAwMDB9.x";
/// The folder a second process works in, and nothing in the first.
const FOLDER: &str = "FIELDBOOK_TEST_FOLDER";

async fn open(folder: &Path) -> Result<Arc<Book>, FieldbookError> {
    Book::open(folder.join("book.db").to_str().unwrap().to_owned(), "phone".to_owned(), None).await
}

async fn of_ada(folder: &Path) -> Arc<Book> {
    let book = open(folder).await.unwrap();
    book.sign_in("http://127.0.0.1:9".to_owned(), TOKEN.to_owned()).await.unwrap();
    book
}

async fn write(book: &Book, text: &str) -> Result<(), FieldbookError> {
    let note = Note { title: Some("The fair".to_owned()), text: text.to_owned(), ..Note::new(book.new_id()) };
    book.create_record(AnyRecord::Note { record: note }).await.map(drop)
}

/// How many notes there are, each of them as work that waits.
async fn notes(book: &Book) -> i64 {
    let all = RecordQuery { kind: "note".into(), filters: Vec::new(), sort: None, descending: false, limit: None, offset: 0 };
    let held = book.count_records(all).await.unwrap();
    assert_eq!(book.status().await.unwrap().pending, held);
    held
}

fn storage(error: FieldbookError) -> String {
    let FieldbookError::Storage { code, .. } = error else { unreachable!("{error:?}") };
    code
}

/// Writes until it is refused; gives how many were written and what was said.
async fn until_refused(book: &Book) -> (i64, FieldbookError) {
    let text = "x".repeat(5_000);
    for written in 0..2_000 {
        if let Err(error) = write(book, &text).await {
            return (written, error);
        }
    }
    unreachable!("there was room for everything")
}

/// This test, once more, as another process.
fn itself(command: &mut Command, test: &str, folder: &Path) -> Command {
    command.arg(std::env::current_exe().unwrap()).args(["--exact", test, "--nocapture"]).env(FOLDER, folder);
    std::mem::replace(command, Command::new("true"))
}

/// A command line run by the shell first, which then becomes the program that follows.
fn after(shell: &str, folder: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{shell} && exec \"$@\""), "sh"]).current_dir(folder);
    command
}

#[tokio::test]
async fn a_full_disk_is_said_and_what_was_saved_stays() {
    if let Some(disk) = std::env::var_os(FOLDER) {
        return on_a_full_disk(Path::new(&disk)).await;
    }
    // A disk of its own needs a system that gives a program its own mounts.
    let own = |inner: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "--"]).args(inner);
        command
    };
    let folder = TempDir::new().unwrap();
    let mount = "mount -t tmpfs -o size=6m fieldbook .";
    if !own(&["sh", "-c", mount]).current_dir(folder.path()).output().is_ok_and(|tried| tried.status.success()) {
        eprintln!("no small disk can be had here: see a_file_that_cannot_grow_…");
        return;
    }
    let mut command = own(&["sh", "-c", &format!("{mount} && exec \"$@\""), "sh"]);
    command.current_dir(folder.path());

    let ended = itself(&mut command, "a_full_disk_is_said_and_what_was_saved_stays", folder.path()).output().unwrap();

    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

async fn on_a_full_disk(disk: &Path) {
    let ballast = disk.join("ballast");
    fs::write(&ballast, vec![1; 1_000_000]).unwrap();
    let book = of_ada(disk).await;

    let (written, error) = until_refused(&book).await;
    assert_eq!(storage(error), "book.disk_full");
    assert!(written > 0);
    assert_eq!(notes(&book).await, written, "what was saved can be read");
    book.shut_down().await.unwrap();
    // A file of the app's own takes what is left.
    let mut rest = fs::File::create(disk.join("rest")).unwrap();
    std::io::copy(&mut std::io::repeat(1), &mut rest).unwrap_err();
    let before = names(disk);
    assert!(matches!(open(disk).await, Err(FieldbookError::Storage { .. })), "not even a book can be opened");
    assert_eq!(names(disk), before, "and nothing is left of the attempt");

    fs::remove_file(ballast).unwrap();
    let book = open(disk).await.unwrap();
    assert_eq!(notes(&book).await, written);
    write(&book, "room").await.unwrap();
    assert_eq!(notes(&book).await, written + 1);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_file_that_cannot_grow_is_said_and_what_was_saved_stays() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let book = of_ada(Path::new(&folder)).await;
        let (written, error) = until_refused(&book).await;
        assert_eq!(notes(&book).await, written, "what was saved can be read");
        println!("{} {written}", storage(error));
        return;
    }
    let folder = TempDir::new().unwrap();
    // No file above 4 MB (8 where the shell counts so), and a failed write instead of a signal.
    let mut command = after("trap '' XFSZ && ulimit -f 8000", folder.path());

    let ended = itself(&mut command, "a_file_that_cannot_grow_is_said_and_what_was_saved_stays", folder.path()).output().unwrap();

    let said = String::from_utf8_lossy(&ended.stdout);
    let written = said.lines().find_map(|line| line.strip_prefix("book.use ")).map(|written| written.parse::<i64>().unwrap());
    assert!(ended.status.success() && written.is_some_and(|written| written > 0), "{ended:?}");
    let book = open(folder.path()).await.unwrap();
    assert_eq!(Some(notes(&book).await), written);
    write(&book, "room").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_book_that_another_program_writes_to_is_busy_and_free_again_when_it_ends() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let other = rusqlite::Connection::open(Path::new(&folder).join("book.db")).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        println!("locked");
        // Until the first process lets go.
        std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
        return;
    }
    let folder = TempDir::new().unwrap();
    let book = of_ada(folder.path()).await;
    write(&book, "before").await.unwrap();
    let name = "a_book_that_another_program_writes_to_is_busy_and_free_again_when_it_ends";
    let mut command = itself(&mut after(":", folder.path()), name, folder.path());
    let mut other = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("locked")));

    assert_eq!(notes(&book).await, 1, "reading waits for nobody");
    let (written, opened) = tokio::join!(write(&book, "meanwhile"), open(folder.path()));

    assert_eq!((storage(written.unwrap_err()), storage(opened.unwrap_err())), ("book.busy".into(), "book.busy".into()));
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
    assert_eq!(notes(&book).await, 1, "what was refused is not written later");
    write(&book, "after").await.unwrap();
    assert_eq!(notes(&book).await, 2);
}

#[tokio::test]
async fn a_wipe_that_cannot_delete_the_book_deletes_nothing() {
    let folder = TempDir::new().unwrap();
    let (path, aside) = (folder.path().join("book.db"), folder.path().join("aside.db"));
    let book = of_ada(folder.path()).await;
    write(&book, "kept").await.unwrap();
    // Where the book was is something that cannot be deleted as a file.
    fs::rename(&path, &aside).unwrap();
    fs::create_dir(&path).unwrap();

    assert_eq!(storage(book.wipe(true).await.unwrap_err()), "book.wipe");

    assert_eq!(storage(book.status().await.unwrap_err()), "book.closed");
    fs::remove_dir(&path).unwrap();
    fs::rename(&aside, &path).unwrap();
    let book = open(folder.path()).await.unwrap();
    assert_eq!(notes(&book).await, 1);
    book.wipe(true).await.unwrap();
    assert_eq!(names(folder.path()), [""; 0]);
}

#[tokio::test]
async fn a_wipe_that_leaves_a_file_says_so_and_leaves_no_other() {
    let folder = TempDir::new().unwrap();
    let book = of_ada(folder.path()).await;
    write(&book, "gone").await.unwrap();
    let marker = folder.path().join("book.db.install");
    fs::remove_file(&marker).unwrap();
    fs::create_dir(&marker).unwrap();
    fs::write(folder.path().join("book.db-wal"), "a page that a program which was killed left").unwrap();

    assert_eq!(storage(book.wipe(true).await.unwrap_err()), "book.wipe");

    assert_eq!(names(folder.path()), ["book.db.install"]);
    fs::remove_dir(&marker).unwrap();
    let book = of_ada(folder.path()).await;
    assert_eq!(notes(&book).await, 0, "a new book");
}
