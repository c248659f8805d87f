//! Encrypted books: what opens them, what does not, and that a mistake about the key costs nothing.

use crate::phone::{ADA, NOWHERE, Phone, fieldbook, token};
use std::path::PathBuf;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
const OTHER: &str = "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";

/// Keys beside a book that is to be encrypted.
struct Vault {
    phone: Phone,
}

impl Vault {
    fn new() -> Vault {
        let phone = Phone::new();
        phone.file("key", KEY);
        phone.file("other", OTHER);
        Vault { phone }
    }

    fn file(&self, name: &str) -> String {
        self.phone.files().join(name).to_str().unwrap().to_owned()
    }

    fn book(&self) -> PathBuf {
        self.phone.files().parent().unwrap().join("phone.db")
    }

    fn with<'a>(key: &'a str, args: &[&'a str]) -> Vec<&'a str> {
        [&["--key-file", key], args].concat()
    }
}

#[test]
fn a_key_file_that_holds_no_key_is_explained_and_makes_no_book() {
    let vault = Vault::new();
    vault.phone.file("short", "0011");

    for (key, reason) in [(vault.file("short"), "64 hexadecimal digits"), (vault.file("nowhere"), "cannot be read")] {
        let (status, error) = vault.phone.fails(&Vault::with(&key, &["status"]));
        assert_eq!((status, error["code"].as_str()), (2, Some("book.key_file")), "{error}");
        assert!(error["message"].as_str().unwrap().contains(reason), "{error}");
    }
    assert!(!vault.book().exists());
}

#[test]
fn a_key_does_not_open_a_plain_book_which_goes_on_without() {
    let (vault, ada) = (Vault::new(), token(ADA, "Ada", "rep"));
    vault.phone.does(&["login", "--server", NOWHERE, "--token", &ada]);
    let id = vault.phone.does(&["create", "account", "name=Isdom"]);

    let (status, error) = vault.phone.fails(&Vault::with(&vault.file("key"), &["status"]));

    assert_eq!((status, error["code"].as_str()), (1, Some("book.key")), "{error}");
    assert_eq!(vault.phone.asks(&["show", "account", &id])["name"], "Isdom");
}

#[cfg(not(feature = "encryption"))]
#[test]
fn without_the_feature_a_key_is_refused_and_nothing_is_made() {
    let vault = Vault::new();

    let (status, error) = vault.phone.fails(&Vault::with(&vault.file("key"), &["status"]));

    assert_eq!((status, error["code"].as_str()), (1, Some("book.key")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("built without encryption"), "{error}");
    assert!(!vault.book().exists());
}

#[cfg(feature = "encryption")]
#[test]
fn only_its_key_opens_an_encrypted_book_and_a_wrong_one_loses_nothing() {
    let (vault, ada) = (Vault::new(), token(ADA, "Ada", "rep"));
    let (key, other) = (vault.file("key"), vault.file("other"));
    vault.phone.does(&Vault::with(&key, &["login", "--server", NOWHERE, "--token", &ada]));
    let id = vault.phone.does(&Vault::with(&key, &["create", "account", "name=Isdom"]));
    let stored = std::fs::read(vault.book()).unwrap();
    assert!(!stored.starts_with(b"SQLite"));

    let (status, error) = vault.phone.fails(&Vault::with(&other, &["list", "account"]));
    assert_eq!((status, error["code"].as_str()), (1, Some("book.key")), "{error}");
    let (status, error) = vault.phone.fails(&["list", "account"]);
    assert_eq!((status, error["code"].as_str()), (1, Some("book.damaged")), "{error}");
    assert!(error["message"].as_str().unwrap().contains("without its key"), "{error}");
    assert_eq!(std::fs::read(vault.book()).unwrap(), stored, "nobody wrote");

    let shown = vault.phone.asks(&Vault::with(&key, &["show", "account", &id]));
    assert_eq!(shown["name"], "Isdom");
    assert_eq!(vault.phone.asks(&Vault::with(&key, &["status"]))["pending"], 1);
}

#[test]
fn help_says_what_a_key_file_is() {
    assert!(fieldbook(&["--help"]).out.contains("--key-file"));
}
