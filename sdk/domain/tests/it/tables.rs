//! The tables are well formed, and random walks over them do what they say.

use fieldbook_domain::field::Kind;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::invariant::RULES;
use fieldbook_domain::judge::{SALVAGES, salvage};
use fieldbook_domain::lifecycle::{Effect, Reason};
use fieldbook_domain::record::{RECORD_TYPES, RecordType};
use std::collections::BTreeSet;
use std::path::Path;

fn names_of(kind: &RecordType) -> impl Iterator<Item = &'static str> {
    kind.fields.iter().map(|field| field.name)
}

#[test]
fn record_types_and_fields_have_unique_names_in_the_key_grammar() {
    let mut kinds = BTreeSet::new();
    for kind in RECORD_TYPES {
        assert!(kinds.insert(kind.name), "{} twice", kind.name);
        assert!(kind.field(kind.title).is_some(), "{} has no title field {}", kind.name, kind.title);
        let mut names = BTreeSet::new();
        for name in names_of(kind) {
            assert!(names.insert(name), "{}.{name} twice", kind.name);
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
            assert!(
                !["id", "state", "status_reason", "deleted", "pending", "actions", "verdicts", "alternatives"].contains(&name)
            );
        }
        for collection in kind.collections {
            assert!(names.insert(collection.name), "{}.{} twice", kind.name, collection.name);
            assert!(collection.fields.iter().all(|field| !field.is_long_text()), "long text inside {}", collection.name);
        }
    }
}

#[test]
fn every_field_says_what_it_means() {
    for kind in RECORD_TYPES {
        for field in kind.fields {
            assert!(field.doc.trim().ends_with('.'), "{}.{}: {:?}", kind.name, field.name, field.doc);
        }
    }
}

#[test]
fn rows_start_and_end_in_states_of_the_table_and_are_unique() {
    for kind in RECORD_TYPES {
        let lifecycle = kind.lifecycle;
        let mut rows = BTreeSet::new();
        for row in lifecycle.moves {
            assert!(rows.insert((row.action, row.from)), "{} {} from {} twice", kind.name, row.action, row.from);
            assert!(lifecycle.action(row.action).is_some(), "{} is no action of {}", row.action, kind.name);
            let (from, reason) = row.from.split_once('/').unwrap_or((row.from, ""));
            let state = lifecycle.place(from, reason).unwrap_or_else(|| panic!("{from} is no state of {}", kind.name));
            assert!(reason.is_empty() || state.reasons.contains(&reason), "{reason}");
            assert!(lifecycle.state(row.to).is_some(), "{} is no state of {}", row.to, kind.name);
            match row.reason {
                Reason::Is(reason) => {
                    assert!(lifecycle.place(row.to, reason).unwrap().reasons.contains(&reason), "{reason}");
                }
                Reason::Same => assert_eq!(row.to, from, "{} moves", row.action),
                Reason::Given(arg) => {
                    let spec = lifecycle.action(row.action).unwrap();
                    assert!(spec.args.iter().any(|a| a.field.name == arg), "{arg} is no argument of {}", row.action);
                }
            }
            for effect in row.then {
                if let Effect::Stamp(field, _)
                | Effect::StampTime(field)
                | Effect::Clear(field)
                | Effect::Flag(field, _)
                | Effect::CountUp(field) = effect
                {
                    let field = kind.field(field).unwrap_or_else(|| panic!("{field} is no field of {}", kind.name));
                    assert_eq!(field.freeze.code(), "F3", "{} is stamped but not server-owned", field.name);
                }
                if let Effect::AddMinutes(since, into) = effect {
                    assert!(
                        lifecycle.moves.iter().any(|row| row.then.contains(&Effect::StampTime(since))),
                        "nothing sets {since}"
                    );
                    assert_eq!(kind.field(into).unwrap().freeze.code(), "F3");
                }
                if let Effect::Edit(field) = effect {
                    let Some(Kind::Compound(parts)) = kind.field(field).map(|field| field.kind) else { panic!("{field}") };
                    let spec = lifecycle.action(row.action).unwrap();
                    assert!(parts.iter().any(|part| spec.args.iter().any(|arg| arg.field.name == part.name)), "{field}");
                }
                if let Effect::PartyAccounts(collection) = effect {
                    let fields = kind.collection(collection).unwrap().fields;
                    assert!(["party", "account"].iter().all(|name| fields.iter().any(|field| field.name == *name)));
                }
            }
        }
        for state in lifecycle.states.iter().filter(|state| state.name != lifecycle.initial) {
            assert!(lifecycle.moves.iter().any(|row| row.to == state.name), "{} is never reached", state.name);
        }
        for action in lifecycle.actions {
            assert!(lifecycle.moves.iter().any(|row| row.action == action.name), "{} has no row", action.name);
        }
    }
}

#[test]
fn numbers_are_given_by_actions_of_the_office_only() {
    for kind in RECORD_TYPES {
        for action in kind.lifecycle.actions {
            let numbers = action.args.len() - action.asked().count();
            assert!(numbers == 0 || kind.lifecycle.only_at_office(action.name), "{} {}", kind.name, action.name);
        }
    }
}

#[test]
fn rules_have_unique_codes_and_a_version() {
    let mut codes = BTreeSet::new();
    for rule in RULES {
        assert!(codes.insert(rule.code), "{} twice", rule.code);
        assert!(rule.version > 0);
    }
}

#[test]
fn derived_ids_are_equal_everywhere_and_differ_by_role() {
    let lead: RecordId = "0192a3f0-0000-7000-8000-000000000001".parse().unwrap();

    assert_eq!(lead.derived("opportunity"), lead.derived("opportunity"));
    assert_ne!(lead.derived("opportunity"), lead.derived("contact"));
    assert_eq!(lead.derived("opportunity").to_string(), "b2478eb0-6cdc-51a7-b91e-99958f30bece");
}

#[test]
fn whatever_the_judge_offers_has_a_name_in_the_table_and_words() {
    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.file_name().unwrap() != "salvage.rs" {
                found.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let (mut files, mut offered) = (Vec::new(), BTreeSet::new());
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/judge"), &mut files);
    for line in files.iter().flat_map(|text| text.lines()) {
        let Some(said) = line.split("salvage: ").nth(1).or_else(|| line.split("let salvage = ").nth(1)) else { continue };
        offered.extend(said.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    for text in &files {
        let body = text.split("fn salvage_of(").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap_or_default();
        offered.extend(body.lines().filter_map(|arm| arm.split("=> \"").nth(1)?.split('"').next()).map(str::to_owned));
    }
    // What a line compares with is a rule's code.
    offered.retain(|name| name.starts_with(|first: char| first.is_ascii_lowercase()));

    assert!(offered.contains("choose") && offered.contains("follow_on") && offered.contains("deactivate"), "{offered:?}");
    let unknown: Vec<&String> = offered.iter().filter(|name| salvage(name).is_none()).collect();
    assert!(unknown.is_empty(), "not in judge/salvage.rs: {unknown:?}");
    let mut names = BTreeSet::new();
    for offer in SALVAGES {
        assert!(names.insert(offer.name), "{} twice", offer.name);
        assert!(!offer.says.is_empty() && offer.does.ends_with('.'), "{offer:?}");
    }
}
