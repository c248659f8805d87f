//! The catalogue in files: written by hand, exported, imported again, and every kind of bad row named.

use crate::phone::Phone;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const CURRENCIES: &str = "iso_code,exchange_rate\nEUR,1\nUSD,1.08\n";
const GROUPS: &str = "name,primary_unit\nPieces,Piece\nVolume,\n";
const UNITS: &str = "name,unit_group,base_unit,quantity\nBox,Pieces,Piece,12\nPiece,Pieces,,\nLitre,Volume,,\n";
const LISTS: &str = "name,currency,start_date,end_date\nRetail,EUR,2026-01-01,2026-12-31\n";
const DISCOUNTS: &str = "name,kind\nVolume,percent\n";
const TIERS: &str = "in_discount_list,low,high,off\nVolume,10,49,5\nVolume,50,999,12\n";
const PRODUCTS: &str = "\
name,product_number,structure,parent_family,unit_group,default_unit,description
Sump pump,P-100,,Pumps,Pieces,Piece,\"Quiet, and dry.
Lasts.\"
Pumps,F-1,family,,,,
Hose,P-200,product,,Pieces,Piece,
Garden kit,K-1,bundle,,,,
";
const COMPONENTS: &str = "in_product,product,quantity,required\nK-1,P-100,1,yes\nK-1,Hose,2,no\n";
const PROPERTIES: &str = "in_product,name,data_type,min_value,max_value\nPumps,Pressure,decimal,1,10\n";
const RELATIONSHIPS: &str = "product,related_product,kind,bidirectional\nSump pump,Hose,accessory,yes\n";
const ITEMS: &str = "price_list,product,unit,amount,discount_list\nRetail,P-100,Piece,149.90,Volume\nRetail,Hose,Box,60,\n";

const ALL: &[(&str, &str)] = &[
    ("currency.csv", CURRENCIES),
    ("unit_group.csv", GROUPS),
    ("unit.csv", UNITS),
    ("price_list.csv", LISTS),
    ("discount_list.csv", DISCOUNTS),
    ("discount_list_tiers.csv", TIERS),
    ("product.csv", PRODUCTS),
    ("product_components.csv", COMPONENTS),
    ("product_properties.csv", PROPERTIES),
    ("product_relationship.csv", RELATIONSHIPS),
    ("price_list_item.csv", ITEMS),
];

fn by_hand(phone: &Phone) {
    for (name, text) in ALL {
        phone.file(name, text);
    }
}

/// Imports the folder beside the book, or a file; gives the exit status and the report.
fn import(phone: &Phone, from: &Path, more: &[&str]) -> (i32, Value) {
    let said = phone.run(&[&["catalogue", "import", from.to_str().unwrap(), "--json"], more].concat());
    (said.status, serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{said:?}")))
}

fn sum(report: &Value, what: &str) -> u64 {
    report["files"].as_array().unwrap().iter().map(|file| file[what].as_u64().unwrap()).sum()
}

fn pending(phone: &Phone) -> Value {
    phone.asks(&["status"])["pending"].clone()
}

fn only(phone: &Phone, kind: &str, filter: &str) -> Value {
    let found = phone.asks(&["list", kind, "--where", filter]);
    let [only] = found.as_array().unwrap().as_slice() else { panic!("{kind} {filter}: {found}") };
    only.clone()
}

fn export(phone: &Phone, name: &str) -> std::path::PathBuf {
    let to = phone.files().parent().unwrap().join(name);
    phone.does(&["catalogue", "export", to.to_str().unwrap()]);
    to
}

/// All files of a folder, by name.
fn texts(folder: &Path) -> Vec<(String, String)> {
    let read = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap());
    let mut texts: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap())).collect();
    texts.sort();
    texts
}

#[test]
fn a_catalogue_written_by_hand_comes_in_linked_by_what_things_are_called() {
    let phone = Phone::of_omar();
    by_hand(&phone);

    let (status, report) = import(&phone, &phone.files(), &[]);

    assert_eq!((status, &report["rejected"]), (0, &json!([])), "{report}");
    assert_eq!((sum(&report, "rows"), sum(&report, "created")), (21, 21), "{report}");
    let (pump, piece) = (only(&phone, "product", "product_number=P-100"), only(&phone, "unit", "name=Piece"));
    assert_eq!(pump["parent_family"], only(&phone, "product", "name=Pumps")["id"]);
    assert_eq!(pump["description"], "Quiet, and dry.\nLasts.");
    assert_eq!(only(&phone, "unit", "name=Box")["base_unit"], piece["id"]);
    assert_eq!(only(&phone, "unit_group", "name=Pieces")["primary_unit"], piece["id"], "set when the unit was there");
    let kit = only(&phone, "product", "name=Garden kit");
    assert_eq!((&kit["components"][0]["product"], &kit["components"][0]["required"]), (&pump["id"], &json!(true)));
    assert_eq!(only(&phone, "discount_list", "name=Volume")["tiers"].as_array().unwrap().len(), 2);
    let item = only(&phone, "price_list_item", &format!("product={}", pump["id"].as_str().unwrap()));
    assert_eq!((&item["amount"], &item["unit"]), (&json!("149.9"), &piece["id"]));
}

#[test]
fn importing_twice_changes_nothing_and_another_phone_makes_the_same_records() {
    let (phone, other) = (Phone::of_omar(), Phone::of_omar());
    by_hand(&phone);
    import(&phone, &phone.files(), &[]);
    let before = pending(&phone);

    let (status, again) = import(&phone, &phone.files(), &[]);
    import(&other, &phone.files(), &[]);

    assert_eq!((status, sum(&again, "unchanged"), pending(&phone)), (0, 21, before), "{again}");
    assert_eq!(texts(&export(&phone, "out")), texts(&export(&other, "out")));
}

#[test]
fn what_was_exported_makes_the_same_catalogue_elsewhere_as_files_and_as_json() {
    let phone = Phone::of_omar();
    by_hand(&phone);
    import(&phone, &phone.files(), &[]);
    let (folder, file) = (export(&phone, "out"), export(&phone, "out.json"));
    let before = pending(&phone);

    for from in [&folder, &file] {
        let elsewhere = Phone::of_omar();
        let (status, report) = import(&elsewhere, from, &[]);
        assert_eq!((status, sum(&report, "created")), (0, 21), "{report}");
        assert_eq!(texts(&export(&elsewhere, "again")), texts(&folder));
        let (status, over_itself) = import(&phone, from, &[]);
        assert_eq!((status, sum(&over_itself, "unchanged")), (0, 21), "{over_itself}");
    }
    assert_eq!(pending(&phone), before, "nothing is sent");
}

#[test]
fn every_declared_field_has_its_column() {
    let phone = Phone::of_omar();
    by_hand(&phone);
    import(&phone, &phone.files(), &[]);

    let texts = texts(&export(&phone, "out"));

    let declared = phone.asks(&["types", "price_list_item"]);
    let (_, items) = texts.iter().find(|(name, _)| name == "price_list_item.csv").unwrap();
    let heading: Vec<&str> = items.lines().next().unwrap().split(',').collect();
    for field in declared["fields"].as_array().unwrap() {
        assert!(heading.contains(&field["name"].as_str().unwrap()), "{field}");
    }
    assert!(texts.iter().any(|(name, text)| name == "product_properties.csv" && text.contains(",Pressure,decimal,")));
}

#[test]
fn a_changed_cell_changes_one_field_and_a_dry_run_none() {
    let phone = Phone::of_omar();
    by_hand(&phone);
    import(&phone, &phone.files(), &[]);
    let folder = export(&phone, "out");
    let items = fs::read_to_string(folder.join("price_list_item.csv")).unwrap();
    fs::write(folder.join("price_list_item.csv"), items.replace("149.9", "159")).unwrap();
    let before = pending(&phone);

    let (status, dry) = import(&phone, &folder, &["--dry-run"]);
    let after_dry = pending(&phone);
    let (_, done) = import(&phone, &folder, &[]);

    assert_eq!((status, sum(&dry, "updated"), after_dry), (0, 1, before));
    assert_eq!((sum(&done, "updated"), sum(&done, "unchanged"), sum(&done, "created")), (1, 20, 0), "{done}");
    let item = only(&phone, "price_list_item", "amount=159");
    let history = phone.asks(&["history", "price_list_item", item["id"].as_str().unwrap()]);
    let newest = history.as_array().unwrap().last().unwrap()["fields"].as_object().unwrap().clone();
    assert_eq!(newest.keys().collect::<Vec<_>>(), ["amount"], "only what differs is written");
    assert!(phone.run(&["catalogue", "import", folder.to_str().unwrap(), "--dry-run"]).out.contains("this was a dry run"));
}

#[test]
fn bad_rows_are_named_with_line_field_and_reason_and_the_others_come_in() {
    let phone = Phone::of_omar();
    by_hand(&phone);
    phone.file("unit.csv", format!("{UNITS}Cup,Volume,Piece,\n,Pieces,,\n"));
    phone.file(
        "price_list.csv",
        format!("{LISTS}Absurd,EUR,0000-13-99,\nBackwards,EUR,2026-02-01,2026-01-01\n,EUR,,\nRetail,USD,,\n"),
    );
    phone.file("discount_list_tiers.csv", format!("{TIERS}Volume,40,60,7\nNobody's,1,2,3\n"));
    phone.file("product.csv", format!("{PRODUCTS}Egg,E-1,family,H-1,,,\nHen,H-1,family,E-1,,,\n,X-1,,,,,\n"));
    phone.file("product_components.csv", format!("{COMPONENTS}K-1,K-1,1,\n"));
    let huge = "1000000000000000000000000000000";
    let items =
        format!("{ITEMS}Retail,Abacus,Piece,1,\nRetail,P-100,Box,{huge},\nRetail,P-100,Litre,1,\nRetail,P-100,Piece,99,\n");
    phone.file("price_list_item.csv", items);

    let (status, report) = import(&phone, &phone.files(), &[]);

    let rejected = report["rejected"].as_array().unwrap();
    let said: Vec<String> = rejected
        .iter()
        .map(|it| {
            let word = |name: &str| it[name].as_str().unwrap_or("-").to_owned();
            format!("{}:{} {}: {}", word("file"), it["line"], word("field"), word("reason"))
        })
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r#"
    discount_list_tiers.csv:4 low: no two tiers of a discount list hold the same quantity
    discount_list_tiers.csv:5 in_discount_list: there is no discount list "Nobody's"
    price_list.csv:3 start_date: start_date is a day written 2026-11-23, not "0000-13-99"
    price_list.csv:4 start_date: the last day of a price list is not before its first
    price_list.csv:5 name: name is needed
    price_list.csv:6 -: line 2 is about the same price_list
    price_list_item.csv:4 product: there is no product "Abacus"
    price_list_item.csv:5 amount: amount is between 0 and 1000000000000
    price_list_item.csv:6 unit: a product is priced in a unit of its unit group
    price_list_item.csv:7 -: line 2 is about the same price_list_item
    product.csv:7 -: it belongs to itself, through other rows about a product
    product.csv:8 -: it belongs to itself, through other rows about a product
    product.csv:9 name: name is needed
    product_components.csv:4 product: a bundle holds products, no bundle and no family
    unit.csv:5 base_unit: a unit and what it holds belong to one unit group
    unit.csv:6 name: name is needed
    "#);
    assert_eq!((status, sum(&report, "rejected")), (2, u64::try_from(rejected.len()).unwrap()));
    assert_eq!(sum(&report, "created"), 21, "every good row is taken: {report}");
    assert_eq!(only(&phone, "discount_list", "name=Volume")["tiers"].as_array().unwrap().len(), 2);
}

#[test]
fn a_file_moves_no_record_through_its_lifecycle_but_says_so() {
    let phone = Phone::of_omar();
    by_hand(&phone);
    phone.file("price_list.csv", "name,currency,state\nRetail,EUR,inactive\n");

    let (status, report) = import(&phone, &phone.files(), &[]);

    let warnings = report["warnings"].to_string();
    assert_eq!((status, report["warnings"].as_array().unwrap().len()), (0, 1));
    assert!(warnings.contains("price_list.csv:2") && warnings.contains("is active here and inactive in the file"), "{warnings}");
}

#[test]
fn a_rep_neither_exports_nor_imports_the_catalogue() {
    let phone = Phone::of_ada();
    by_hand(&phone);
    let folder = phone.files();
    let folder = folder.to_str().unwrap();

    for args in [["catalogue", "export", folder], ["catalogue", "import", folder]] {
        let (status, error) = phone.fails(&args);
        assert_eq!((status, &error["code"]), (2, &json!("catalogue.permission")));
        assert_eq!(error["message"], "only administrators export and import the catalogue");
    }
}

#[test]
fn a_heading_that_means_nothing_is_an_error_before_anything_is_written() {
    let phone = Phone::of_omar();
    by_hand(&phone);
    phone.file("price_list_item.csv", ITEMS.replace("amount", "price"));
    let folder = phone.files();

    let (status, error) = phone.fails(&["catalogue", "import", folder.to_str().unwrap()]);
    let (_, nothing) = phone.fails(&["catalogue", "import", folder.parent().unwrap().to_str().unwrap()]);

    assert_eq!((status, &error["code"], pending(&phone)), (2, &json!("import.heading"), json!(0)));
    assert!(error["message"].as_str().unwrap().contains("\"price\" which means nothing here"), "{error}");
    assert_eq!(nothing["code"], "import.folder");
}

#[test]
fn files_of_spreadsheets_come_in_whatever_they_put_between_and_around_cells() {
    let phone = Phone::of_omar();
    let spelled = |text: &str| {
        let mut bytes = b"\xef\xbb\xbf".to_vec();
        bytes.extend(text.replace(',', ";").replace('\n', "\r\n").into_bytes());
        bytes
    };
    by_hand(&phone);
    for (name, text) in ALL {
        fs::write(phone.files().join(name), spelled(text)).unwrap();
    }
    let bytes = [spelled(UNITS), b"Fl\xe4che;Pieces;;\r\n\"Gr\xc3\xb6\xc3\x9fe; \"\"XL\"\"\";Pieces;;\r\n".to_vec()].concat();
    fs::write(phone.files().join("unit.csv"), bytes).unwrap();

    let (status, report) = import(&phone, &phone.files(), &[]);

    let rejected = report["rejected"].as_array().unwrap();
    assert_eq!((status, rejected.len(), &rejected[0]["line"]), (2, 1, &json!(5)), "{report}");
    assert_eq!(rejected[0]["reason"], "column 1 is not UTF-8 text");
    assert_eq!(only(&phone, "unit", "name=Größe; \"XL\"")["state"], "active");
    assert_eq!(only(&phone, "product", "product_number=P-100")["description"], "Quiet; and dry.\r\nLasts.");
}
