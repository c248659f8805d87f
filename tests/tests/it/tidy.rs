//! The rules of the house that a machine can check: crate arrows, sizes, headers, names, lists that must not drift.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

const CRATES: &[(&str, &str)] = &[
    ("sdk/domain", "fieldbook-domain"),
    ("sdk/sync", "fieldbook-sync"),
    ("sdk/device", "fieldbook-device"),
    ("sdk/cli", "fieldbook"),
    ("server", "fieldbook-server"),
    ("bindings/ffi", "fieldbook-ffi"),
    ("bindings/bindgen", "fieldbook-bindgen"),
    ("tests", "fieldbook-tests"),
];

/// Which of our crates each crate may use.
const ARROWS: &[(&str, &[&str])] = &[
    ("fieldbook-domain", &[]),
    ("fieldbook-sync", &[]),
    ("fieldbook-device", &["fieldbook-domain", "fieldbook-sync"]),
    ("fieldbook", &["fieldbook-domain", "fieldbook-device"]),
    ("fieldbook-server", &["fieldbook-domain", "fieldbook-sync"]),
    ("fieldbook-ffi", &["fieldbook-domain", "fieldbook-device"]),
    ("fieldbook-bindgen", &["fieldbook-domain"]),
    ("fieldbook-tests", &["fieldbook-domain", "fieldbook-sync", "fieldbook-device", "fieldbook-server"]),
];

/// What pure crates must never use.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("fieldbook-domain", &["tokio", "rusqlite", "axum", "tracing", "rand", "reqwest"]),
    ("fieldbook-sync", &["tokio", "rusqlite", "axum", "tracing", "rand", "reqwest", "chrono", "rust_decimal"]),
    ("fieldbook-device", &["axum"]),
    ("fieldbook-server", &["reqwest"]),
    ("fieldbook", &["rusqlite", "automerge"]),
    ("fieldbook-ffi", &["rusqlite", "automerge", "reqwest"]),
];

pub(crate) fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (folder, _) in CRATES {
        files(&root().join(folder), ".rs", &mut found);
    }
    let name = |path: &Path| path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    found.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]").nth(1).unwrap();
    let section = section.split("\n[").next().unwrap();
    let name = |line: &str| line.split(['.', '=', ' ']).next().unwrap_or("").to_owned();
    section.lines().map(name).filter(|name| !name.is_empty()).collect()
}

fn check(problems: &[String]) {
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let allowed: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let mut problems = Vec::new();
    for (folder, name) in CRATES {
        let uses = dependencies(folder);
        for ours in uses.iter().filter(|other| CRATES.iter().any(|(_, name)| name == other)) {
            if !allowed[name].contains(&ours.as_str()) {
                problems.push(format!("{name} must not use {ours}"));
            }
        }
        for (_, never) in FORBIDDEN.iter().filter(|(of, _)| of == name) {
            problems
                .extend(never.iter().filter(|other| uses.contains(**other)).map(|other| format!("{name} must not use {other}")));
        }
    }
    check(&problems);
}

#[test]
fn files_are_short_and_start_by_saying_what_they_are_for() {
    let mut problems = Vec::new();
    for (name, text) in sources() {
        let lines = text.lines().count();
        if lines > 400 && !name.contains("/tests/") {
            problems.push(format!("{name} has {lines} lines; at most 400: split it by noun"));
        }
        if !text.starts_with("//!") {
            problems.push(format!("{name} does not start with a //! header"));
        }
    }
    check(&problems);
}

#[test]
fn files_are_named_for_the_noun_inside_them() {
    let vague = ["mod.rs", "utils.rs", "util.rs", "common.rs", "types.rs", "helpers.rs", "misc.rs", "manager.rs"];
    let named = |name: &str| vague.iter().any(|vague| name.ends_with(&format!("/{vague}")));
    let problems: Vec<String> = sources().into_iter().map(|(name, _)| name).filter(|name| named(name)).collect();
    check(&problems);
}

#[test]
fn tests_do_not_sleep_skip_or_expect_panics_and_todos_have_a_number() {
    let ticked = ["#[ig", "nore", "#[should_", "panic", "thread::sl", "eep(", "tokio::time::sl", "eep("].concat();
    let words = [&ticked[0..9], &ticked[9..23], &ticked[23..37], &ticked[37..55]];
    let mut problems = Vec::new();
    for (name, text) in sources() {
        let is_test = name.contains("/tests/") || name.ends_with("tests.rs");
        for (number, line) in text.lines().enumerate() {
            if is_test && words.iter().any(|word| line.contains(word)) {
                problems.push(format!("{name}:{} {}", number + 1, line.trim()));
            }
            let todo = ["TO", "DO"].concat();
            if line.contains(&todo) && !line.contains(&format!("{todo}(#")) {
                problems.push(format!("{name}:{} a {todo} without an issue number", number + 1));
            }
        }
    }
    check(&problems);
}

#[test]
fn the_clock_the_dice_and_macros_have_one_place_each() {
    let word = |parts: &[&str]| parts.concat();
    let rules = [
        (word(&["macro_", "rules!"]), vec!["sdk/domain/src/record/declare.rs", "sdk/domain/src/record/declare/priced.rs"]),
        (word(&["Utc::", "now("]), vec!["sdk/device/src/clock.rs", "server/src/clock.rs"]),
        (word(&["SystemTime::", "now("]), vec!["sdk/device/src/clock.rs", "server/src/clock.rs"]),
    ];
    let mut problems = Vec::new();
    for (name, text) in sources().into_iter().filter(|(name, _)| !name.starts_with("tests/")) {
        for (word, places) in &rules {
            if text.contains(word.as_str()) && !places.contains(&name.as_str()) {
                problems.push(format!("{name} uses {word}; only {} may", places.join(" and ")));
            }
        }
    }
    check(&problems);
}

#[test]
fn every_record_type_is_declared_documented_and_in_the_list() {
    let mut declared = BTreeSet::new();
    for (name, text) in sources().into_iter().filter(|(name, _)| name.starts_with("sdk/domain/src/record/")) {
        for line in text.lines().filter(|line| line.contains(" is \"") && line.contains("lifecycle ")) {
            declared.insert((line.split('"').nth(1).unwrap().to_owned(), name.clone()));
        }
    }
    let listed: BTreeSet<&str> = fieldbook_domain::record::RECORD_TYPES.iter().map(|kind| kind.name).collect();
    let missing = declared.iter().filter(|(kind, _)| !listed.contains(kind.as_str()));
    let problems: Vec<String> =
        missing.map(|(kind, file)| format!("{kind} of {file} is not in RECORD_TYPES (record.rs)")).collect();
    check(&problems);
    assert_eq!(declared.len(), listed.len());
}

#[test]
fn architecture_names_every_crate_and_the_adr_index_is_complete() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut problems: Vec<String> = CRATES
        .iter()
        .filter(|(folder, _)| !architecture.contains(folder))
        .map(|(folder, _)| format!("ARCHITECTURE.md: {folder}"))
        .collect();
    let index = std::fs::read_to_string(root().join("docs/adr/README.md")).unwrap();
    let mut pages = Vec::new();
    files(&root().join("docs/adr"), ".md", &mut pages);
    for page in
        pages.iter().map(|page| page.file_name().unwrap().to_string_lossy().into_owned()).filter(|page| page != "README.md")
    {
        if !index.contains(&page) {
            problems.push(format!("docs/adr/README.md does not list {page}"));
        }
    }
    let changelog = std::fs::read_to_string(root().join("CHANGELOG.md")).unwrap();
    assert!(changelog.contains("## Unreleased"));
    check(&problems);
}

#[test]
fn migrations_are_numbered_without_gaps() {
    let mut problems = Vec::new();
    for folder in ["sdk/device/migrations", "server/migrations"] {
        let mut found = Vec::new();
        files(&root().join(folder), ".sql", &mut found);
        let number = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().get(0..4).and_then(|n| n.parse::<u32>().ok());
        let direct = found.iter().filter(|path| !path.to_string_lossy().contains("golden"));
        let mut numbers: BTreeMap<PathBuf, Vec<u32>> = BTreeMap::new();
        for path in direct {
            numbers.entry(path.parent().unwrap().to_owned()).or_default().extend(number(path));
        }
        for (folder, mut numbers) in numbers {
            numbers.sort_unstable();
            let expected: Vec<u32> = (1..=u32::try_from(numbers.len()).unwrap()).collect();
            if numbers != expected {
                problems.push(format!("{}: {numbers:?}", folder.display()));
            }
        }
    }
    check(&problems);
}

/// The rules of the business are numbered from 01 to 84; each is in the registry.
#[test]
fn every_invariant_is_in_the_registry_once() {
    let codes: Vec<&str> = fieldbook_domain::invariant::RULES.iter().map(|rule| rule.code).collect();
    let times = |code: &str| codes.iter().filter(|there| **there == code).count();
    let wrong = (1..=84).map(|number| format!("INV-{number:02}")).filter(|code| times(code) != 1);
    let problems: Vec<String> = wrong.map(|code| format!("{code} is {} times in the registry", times(&code))).collect();
    check(&problems);
}

#[test]
fn every_rule_has_a_scenario_named_after_it() {
    let scenarios: String =
        sources().into_iter().filter(|(name, _)| name.starts_with("tests/tests/it/invariants/")).map(|(_, text)| text).collect();
    let named = |code: &str| scenarios.contains(&format!("fn {}_", code.to_lowercase().replace('-', "_")));
    let rules = fieldbook_domain::invariant::RULES.iter().filter(|rule| rule.code.starts_with("INV-"));
    let problems: Vec<String> =
        rules.filter(|rule| !named(rule.code)).map(|rule| format!("{} has no scenario", rule.code)).collect();
    check(&problems);
}
