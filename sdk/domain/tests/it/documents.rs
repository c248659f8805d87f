//! Documents: byte-identical genesis, minimal differences, nothing lost, one result whatever the order.

use crate::book::{Nothing, object};
use automerge::{Automerge, Change, ROOT, ReadDoc};
use fieldbook_domain::action::{Author, create, save};
use fieldbook_domain::blob::BlobHash;
use fieldbook_domain::document::{self, Write};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::raw::Scalar;
use fieldbook_domain::record::{RECORD_TYPES, find};
use fieldbook_domain::view;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

const ADA: [u8; 16] = [1; 16];
const BEN: [u8; 16] = [2; 16];

fn id() -> RecordId {
    "0192a3f0-0000-7000-8000-000000000001".parse().unwrap()
}

fn author() -> Author {
    Author { user: id(), role: Role::Rep, now_ms: 1_700_000_000_000 }
}

fn account(actor: &[u8; 16], fields: Value) -> Automerge {
    let kind = find("account").unwrap();
    let planned = create(kind, id(), &object(fields), &author(), &Nothing).unwrap();
    let mut doc = document::create(kind, id(), actor).unwrap();
    document::write(&mut doc, &planned.writes, 1_000, None).unwrap();
    doc
}

fn shown(doc: &Automerge) -> Map<String, Value> {
    view::of(find("account").unwrap(), id(), &document::read(doc).unwrap()).body.take()
}

#[test]
fn the_genesis_of_every_record_type_has_its_golden_hash() {
    let hashes: Vec<String> =
        RECORD_TYPES.iter().map(|kind| format!("{} {}", kind.name, document::genesis(kind, id()).hash())).collect();

    assert_eq!(hashes.join("\n"), include_str!("golden/genesis.txt").trim(), "a changed genesis splits every replica");
}

#[test]
fn two_independent_creations_of_one_record_merge() {
    let mut ada = account(&ADA, json!({"name": "Acme", "city": "Oslo"}));
    let mut ben = account(&BEN, json!({"name": "Acme", "description": "met at the fair"}));

    ada.merge(&mut ben).unwrap();

    let body = shown(&ada);
    assert_eq!(body["city"], "Oslo");
    assert_eq!(body["description"], "met at the fair");
}

#[test]
fn one_changed_field_is_one_operation_and_a_stale_screen_undoes_nothing() {
    let kind = find("account").unwrap();
    let mut doc = account(&ADA, json!({"name": "Acme", "city": "Oslo"}));
    let screen = shown(&doc);
    document::write(&mut doc, &[Write::put("city", "Bergen")], 2_000, None).unwrap();
    let mut edited = screen.clone();
    edited.insert("phone".into(), json!("+47 22 33 44 55"));

    let planned = save(kind, id(), &document::read(&doc).unwrap(), &screen, &edited, &author(), &Nothing).unwrap().remove(0);
    let change = document::write(&mut doc, &planned.writes, 3_000, None).unwrap().unwrap();

    assert_eq!(change.len(), 1);
    assert_eq!(shown(&doc)["city"], "Bergen");
    assert_eq!(shown(&doc)["phone"], "+47 22 33 44 55");
}

#[test]
fn saving_what_is_there_already_writes_nothing() {
    let kind = find("account").unwrap();
    let doc = account(&ADA, json!({"name": "Acme", "credit_limit": "100"}));
    let screen = shown(&doc);
    let mut same = screen.clone();
    same.insert("credit_limit".into(), json!("100.00"));

    let planned = save(kind, id(), &document::read(&doc).unwrap(), &screen, &same, &author(), &Nothing).unwrap().remove(0);

    assert_eq!(planned.writes, Vec::new());
}

#[test]
fn fields_and_words_of_a_newer_app_survive_an_older_one() {
    let kind = find("account").unwrap();
    let mut doc = account(&ADA, json!({"name": "Acme"}));
    document::write(&mut doc, &[Write::put("shoe_size", Scalar::Int(43)), Write::put("category", "platinum")], 2_000, None)
        .unwrap();
    let screen = shown(&doc);
    let mut edited = screen.clone();
    edited.insert("city".into(), json!("Oslo"));

    let planned = save(kind, id(), &document::read(&doc).unwrap(), &screen, &edited, &author(), &Nothing).unwrap().remove(0);
    document::write(&mut doc, &planned.writes, 3_000, None).unwrap();

    assert_eq!(shown(&doc)["shoe_size"], 43);
    assert_eq!(shown(&doc)["category"], "platinum");
    assert_eq!(shown(&doc)["city"], "Oslo");
}

#[test]
fn long_text_is_merged_letter_by_letter() {
    let mut ada = account(&ADA, json!({"name": "Acme", "description": "Likes tea."}));
    let mut ben = ada.fork().with_actor(automerge::ActorId::from(&BEN[..]));
    document::write(&mut ada, &[Write::Text { field: "description".into(), now: "Likes green tea.".into() }], 2_000, None)
        .unwrap();
    document::write(&mut ben, &[Write::Text { field: "description".into(), now: "Likes tea. Call Ann.".into() }], 2_000, None)
        .unwrap();

    ada.merge(&mut ben).unwrap();

    assert_eq!(shown(&ada)["description"], "Likes green tea. Call Ann.");
}

#[test]
fn a_conflict_shows_both_candidates_with_their_changes() {
    let mut ada = account(&ADA, json!({"name": "Acme", "city": "Oslo"}));
    let mut ben = ada.fork().with_actor(automerge::ActorId::from(&BEN[..]));
    document::write(&mut ada, &[Write::put("city", "Bergen")], 2_000, None).unwrap();
    document::write(&mut ben, &[Write::put("city", "Molde")], 2_000, None).unwrap();

    ada.merge(&mut ben).unwrap();

    assert_eq!(document::conflicts(&ada), vec!["city".to_owned()]);
    let values: Vec<Scalar> = document::candidates(&ada, "city").unwrap().into_iter().map(|c| c.value).collect();
    assert!(values.contains(&Scalar::from("Bergen")) && values.contains(&Scalar::from("Molde")));
}

fn edits() -> impl Strategy<Value = Vec<(usize, usize, String)>> {
    prop::collection::vec((0..3usize, 0..5usize, "[a-zæøå 0-9😀]{0,12}"), 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_same_changes_show_the_same_record_in_any_order(edits in edits(), seed in any::<u64>()) {
        let kind = find("account").unwrap();
        let base = account(&ADA, json!({"name": "Acme"}));
        let mut phones: Vec<Automerge> = (0..3u8).map(|n| base.fork().with_actor(automerge::ActorId::from(&[10 + n; 16][..]))).collect();
        for (phone, field, text) in &edits {
            let write = match field {
                0 => Write::Text { field: "description".into(), now: text.clone() },
                n => Write::put(["", "city", "country", "industry", "website"][*n], text.as_str()),
            };
            document::write(&mut phones[*phone], &[write], 2_000, None).unwrap();
            if text.len() % 3 == 0 {
                let mut other = phones[(*phone + 1) % 3].fork();
                phones[*phone].merge(&mut other).unwrap();
            }
        }
        let mut all: Vec<Change> = phones.iter().flat_map(|phone| phone.get_changes(&[])).collect();
        all.sort_by_key(|change| change.hash());
        all.dedup_by_key(|change| change.hash());
        let mut turned = all.clone();
        let middle = usize::try_from(seed).unwrap_or(7) % turned.len();
        turned.rotate_left(middle);
        turned.reverse();

        let (mut one, mut two) = (Automerge::new(), Automerge::new());
        one.apply_changes(all).unwrap();
        for change in turned {
            two.apply_changes([change]).unwrap();
        }

        prop_assert_eq!(one.get_heads(), two.get_heads());
        prop_assert_eq!(view::of(kind, id(), &document::read(&one).unwrap()), view::of(kind, id(), &document::read(&two).unwrap()));
        prop_assert!(one.get(ROOT, "_kind").unwrap().is_some());
    }

    #[test]
    fn a_saved_copy_is_what_is_shown(name in "[A-Za-z ]{1,20}[a-z]", amount in 0u64..1_000_000_000, text in "\\PC{0,60}") {
        let kind = find("account").unwrap();
        let cents = format!("{}.{:02}", amount / 100, amount % 100);
        let planned = create(kind, id(), &object(json!({"name": name, "credit_limit": cents, "city": text})), &author(), &Nothing);
        let Ok(planned) = planned else { return Ok(()) };
        let mut doc = document::create(kind, id(), &ADA).unwrap();
        document::write(&mut doc, &planned.writes, 1, None).unwrap();
        let before = shown(&doc);

        let again = save(kind, id(), &document::read(&doc).unwrap(), &Map::new(), &before, &author(), &Nothing).unwrap().remove(0);
        document::write(&mut doc, &again.writes, 2, None).unwrap();

        let mut after = shown(&doc);
        after.insert("modified_at".into(), before["modified_at"].clone());
        prop_assert_eq!(after, before);
    }
}

#[test]
fn a_file_has_one_name_and_only_its_own_spelling() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let blob = find("note").unwrap().collection("attachments").unwrap().fields.iter().find(|field| field.name == "blob").unwrap();

    assert_eq!(blob.check(&json!(hash)).unwrap(), json!(hash));
    assert_eq!(hash.parse::<BlobHash>().unwrap().to_string(), hash);
    for wrong in [&hash.to_uppercase(), &hash[1..], &format!("{hash}0"), &hash.replace('e', "g"), &hash.replace("e3", "é")] {
        assert_eq!(blob.check(&json!(wrong)).unwrap_err().code, "field.format", "{wrong}");
    }
    assert_eq!(blob.check(&Value::Null).unwrap_err().code, "field.required");
}

/// A view is worked out once for a document and its clones; what changes afterwards is shown nevertheless, and to nobody else.
#[test]
fn a_view_follows_its_document_and_no_clone_of_it() {
    let account = find("account").unwrap();
    let mut raw = document::read(&document::create(account, id(), &ADA).unwrap()).unwrap();
    raw.set("name", Scalar::Str("Nordwind".to_owned()));
    let first = view::of(account, id(), &raw);
    let clone = raw.clone();

    raw.set("name", Scalar::Str("Südwind".to_owned()));
    raw.set_text("description", "Windmills".to_owned());
    raw.touch(1_000);
    let renamed = view::of(account, id(), &raw);
    raw.remove("name");

    assert_eq!(view::of(account, id(), &clone), first);
    assert_eq!((&renamed.body["name"], &renamed.body["description"]), (&json!("Südwind"), &json!("Windmills")));
    assert!(renamed.body.contains_key("created_at") && !first.body.contains_key("created_at"));
    assert!(!view::of(account, id(), &raw).body.contains_key("name"));
    let other = id().derived("another");
    assert_eq!(view::of(account, other, &clone).body["id"], json!(other.to_string()));
}
