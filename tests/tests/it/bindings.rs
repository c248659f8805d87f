//! Whatever the phone's SDK can do, an app in Swift or Kotlin can do: a capability without a binding is found here.

use crate::tidy::root;
use fieldbook_domain::record::RECORD_TYPES;
use std::collections::{BTreeMap, BTreeSet};

/// Methods of the SDK's book whose binding has another name.
const NAMED_OTHERWISE: &[(&str, &str)] = &[
    ("open_encrypted", "open"),
    ("login", "sign_in"),
    ("close", "shut_down"),
    ("create", "create_record"),
    ("save", "save_record"),
    ("act", "perform"),
    ("get", "record"),
    ("list", "list_records"),
    ("count", "count_records"),
    ("live", "observe_records"),
    ("changes", "observe_changes"),
    ("watch", "connect"),
    ("sync", "exchange"),
    ("sync_telling", "exchange"),
    ("bundle", "apply"),
    ("batch", "apply_each"),
];

/// Methods that have none, and why.
const RUST_ONLY: &[(&str, &str)] = &[
    ("parse", "reads what was typed in a terminal; apps have typed records"),
    ("parse_args", "reads what was typed in a terminal; apps have typed actions"),
    ("is_closed", "is asked by the bindings; what an app subscribes to ends by itself"),
    ("set", "writes what was typed in a terminal; apps save a copy of a record"),
    ("sync_over", "takes a carrier written in Rust"),
];

/// The public functions of a folder's `book.rs` and `book/*.rs`.
fn methods(folder: &str) -> BTreeSet<String> {
    let source = root().join(folder).join("src");
    let mut files = vec![source.join("book.rs")];
    files.extend(std::fs::read_dir(source.join("book")).unwrap().map(|entry| entry.unwrap().path()));
    let texts = files.iter().map(|file| std::fs::read_to_string(file).unwrap());
    let named = |line: &str| {
        let after = ["pub fn ", "pub async fn "].iter().find_map(|start| line.trim().strip_prefix(start))?;
        Some(after.split(['(', '<']).next().unwrap_or_default().to_owned())
    };
    texts.flat_map(|text| text.lines().filter_map(named).collect::<Vec<_>>()).collect()
}

#[test]
fn every_capability_of_the_sdk_has_a_binding() {
    let (sdk, bound) = (methods("sdk/device"), methods("bindings/ffi"));
    let renamed: BTreeMap<_, _> = NAMED_OTHERWISE.iter().copied().collect();
    let exempt: BTreeMap<_, _> = RUST_ONLY.iter().copied().collect();

    let name = |method: &String| renamed.get(method.as_str()).map_or_else(|| method.clone(), |name| (*name).to_owned());
    let missing: Vec<&String> =
        sdk.iter().filter(|method| !exempt.contains_key(method.as_str()) && !bound.contains(&name(method))).collect();
    let gone: Vec<&str> = renamed.keys().chain(exempt.keys()).copied().filter(|method| !sdk.contains(*method)).collect();

    assert!(sdk.len() > 20, "the SDK's book was not found: {sdk:?}");
    assert!(missing.is_empty(), "no binding in bindings/ffi for {missing:?} of sdk/device");
    assert!(gone.is_empty(), "tests/tests/it/bindings.rs lists {gone:?}, which the SDK no longer has");
}

#[test]
fn every_record_type_and_action_is_typed_in_both_languages() {
    let surface = |name: &str| std::fs::read_to_string(root().join("bindings/surface").join(name)).unwrap();
    let (swift, kotlin) = (surface("swift.txt"), surface("kotlin.txt"));
    let mut missing = Vec::new();
    for kind in RECORD_TYPES {
        let name = kind.struct_name;
        let wanted = [
            (&swift, format!("extension {name}: FieldbookRecord")),
            (&kotlin, format!(": RecordType<{name}>(\"{}\")", kind.name)),
            (&kotlin, format!("public sealed class {name}Action")),
        ];
        missing.extend(wanted.into_iter().filter(|(text, line)| !text.contains(line)).map(|(_, line)| line));
        let verbs = kind.lifecycle.actions.iter().filter(|action| !kotlin.contains(&format!("{name}Action(\"{}\"", action.name)));
        missing.extend(verbs.map(|action| format!("{name}Action(\"{}\")", action.name)));
    }
    assert!(missing.is_empty(), "bindings/surface lacks {missing:#?}; `make bindings surface`");
}
