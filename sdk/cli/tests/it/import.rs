//! Importing a pipeline kept in files: everything well-formed comes in, everything else is named.

use crate::phone::Phone;
use files::{ACCOUNTS, MALFORMED, PIPELINE, PRODUCTS, TEAMS, import, mapped, only, warnings, write};
use serde_json::{Value, json};

mod files;

#[test]
fn a_clean_import_makes_people_catalogue_customers_and_a_closed_pipeline() {
    let phone = Phone::of_omar();
    write(&phone, PIPELINE);

    let report = import(&phone, 0);

    assert_eq!(
        report["records"],
        json!({
            "account": { "created": 3, "unchanged": 0 },
            "opportunity": { "created": 5, "unchanged": 0 },
            "price_list": { "created": 1, "unchanged": 0 },
            "price_list_item": { "created": 2, "unchanged": 0 },
            "product": { "created": 2, "unchanged": 0 },
            "team": { "created": 2, "unchanged": 0 },
            "territory": { "created": 2, "unchanged": 0 },
            "unit": { "created": 1, "unchanged": 0 },
            "user": { "created": 5, "unchanged": 0 },
        })
    );
    assert_eq!(
        report["files"][3],
        json!({ "file": "sales_pipeline.csv", "rows": 5, "created": 5, "unchanged": 0, "rejected": 0 })
    );
    assert_eq!(report["pipeline"]["won"], json!({ "count": 2, "value": "5114" }));
    assert_eq!(
        report["mapped"],
        json!([{
            "file": "sales_pipeline.csv",
            "column": "product",
            "from": "GTXPro",
            "to": "GTX Pro",
            "reason": "the same but for blanks and capital letters",
            "count": 2,
        }])
    );
    assert_eq!(report["rejected"], json!([]));
}

#[test]
fn imported_records_are_linked_to_each_other() {
    let phone = Phone::of_omar();
    write(&phone, PIPELINE);
    import(&phone, 0);

    let anna = only(&phone, "user", "name=Anna Snelling");
    let maya = only(&phone, "user", "name=Maya Moss");
    let east = only(&phone, "territory", "name=East");
    assert_eq!((&anna["email"], &anna["role"]), (&json!("anna.snelling@example.com"), &json!("rep")));
    assert_eq!((&anna["manager"], &anna["territory"]), (&maya["id"], &east["id"]));
    let team = only(&phone, "team", "name=Team Maya Moss");
    assert_eq!(team["manager"], maya["id"]);
    assert_eq!(team["members"].as_array().unwrap().len(), 3);
    let bluth = only(&phone, "account", "name=Bluth Company");
    assert_eq!(bluth["parent_account"], only(&phone, "account", "name=Acme Corporation")["id"]);
    assert_eq!((&bluth["industry"], &bluth["country"]), (&json!("technolgy"), &json!("Philipines")));

    let won = only(&phone, "opportunity", "external_number=A2");
    let product = only(&phone, "product", "name=GTX Pro");
    assert_eq!(
        (&won["state"], &won["actual_value"], &won["actual_close_date"]),
        (&json!("won"), &json!("4514"), &json!("2017-05-11"))
    );
    assert_eq!(won["topic"], "GTX Pro for Acme Corporation");
    assert_eq!(won["owner"], format!("user:{}", anna["id"].as_str().unwrap()));
    assert_eq!(won["lines"][0]["product"], product["id"]);
    assert_eq!(won["lines"][0]["price_per_unit"], "4821");
    assert_eq!(won["total_amount"], "4821");
    assert_eq!(won["pricing"]["price_list"], only(&phone, "price_list", "name=Standard 2017")["id"]);
    let lost = only(&phone, "opportunity", "external_number=A3");
    assert_eq!((&lost["state"], &lost["status_reason"]), (&json!("lost"), &json!("canceled")));
    let engaging = only(&phone, "opportunity", "external_number=A4");
    assert_eq!(
        (&engaging["state"], &engaging["stage"], &engaging["customer"]),
        (&json!("open"), &json!("develop"), &Value::Null)
    );
    assert_eq!(only(&phone, "opportunity", "external_number=A5")["stage"], "qualify");
}

#[test]
fn a_second_import_changes_nothing() {
    let phone = Phone::of_omar();
    write(&phone, PIPELINE);
    import(&phone, 0);
    let before = ["user", "team", "product", "price_list", "account", "opportunity"].map(|kind| phone.asks(&["list", kind]));

    let report = import(&phone, 0);

    for (kind, count) in report["records"].as_object().unwrap() {
        assert_eq!(count["created"], 0, "{kind}");
    }
    assert_eq!(report["files"][3]["unchanged"], 5);
    let after = ["user", "team", "product", "price_list", "account", "opportunity"].map(|kind| phone.asks(&["list", kind]));
    assert_eq!(before, after);
}

#[test]
fn two_phones_import_the_same_records() {
    let ids = || {
        let phone = Phone::of_omar();
        write(&phone, PIPELINE);
        import(&phone, 0);
        ["user", "opportunity"].map(|kind| {
            let list = phone.asks(&["list", kind, "--sort", "id"]);
            list.as_array().unwrap().iter().map(|record| record["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
    };

    assert_eq!(ids(), ids());
}

#[test]
fn a_row_that_says_something_new_is_pointed_out_and_the_record_left_alone() {
    let phone = Phone::of_omar();
    write(&phone, PIPELINE);
    import(&phone, 0);
    phone.file("sales_pipeline.csv", PIPELINE.replace("Isdom,Prospecting,,,", "Isdom,Won,2016-11-09,2017-08-01,520"));

    let report = import(&phone, 0);

    assert!(
        warnings(&report).contains(&"sales_pipeline.csv: differs from the record here, which was left alone [6]".to_owned()),
        "{report}"
    );
    assert_eq!(only(&phone, "opportunity", "external_number=A5")["state"], "open");
}

#[test]
fn everything_doubtful_is_pointed_out() {
    let phone = Phone::of_omar();
    let doubtful = "\
        A6,Carl Lin,gtx basic,Isdom,Lost,2017-05-01,2017-04-01,17\n\
        A7,Carl Lin, GTX Basic,Isdom,Engaging,,2017-05-01,\n";
    write(&phone, &format!("{PIPELINE}{doubtful}"));
    phone.file(
        "products.csv",
        PRODUCTS.replace("sales_price\n", "sales_price,colour\n").replace("550\n", "550,red\n").replace("4821\n", "4821,\n"),
    );

    let report = import(&phone, 0);

    insta::assert_snapshot!(warnings(&report).join("\n"), @r#"
    products.csv: the column "colour" means nothing here and was left out []
    accounts.csv: sector "technolgy" looks like "technology"; kept as it is spelled [2]
    accounts.csv: office_location "Philipines" looks like "Philippines"; kept as it is spelled [2]
    accounts.csv: no revenue [4]
    sales_pipeline.csv: no account; it needs one before it can be won [5]
    sales_pipeline.csv: closed before it was engaged [7]
    sales_pipeline.csv: lost, but with a close_value; the value was left out [7]
    sales_pipeline.csv: engaging, but no engage_date [8]
    sales_pipeline.csv: open, but with a close_date or close_value; they were left out [8]
    "#);
    insta::assert_snapshot!(mapped(&report).join("\n"), @r#"
    product " GTX Basic" -> "GTX Basic" x 1: blanks around it do not count
    product "GTXPro" -> "GTX Pro" x 2: the same but for blanks and capital letters
    product "gtx basic" -> "GTX Basic" x 1: the same but for blanks and capital letters
    "#);
}

#[test]
fn every_malformed_row_is_named_and_the_rest_comes_in() {
    let phone = Phone::of_omar();
    write(&phone, "");
    phone.file("sales_teams.csv", format!("{TEAMS}Anna Snelling,Summer Sewald,West\nNo Boss,,West\n"));
    phone.file("products.csv", format!("{PRODUCTS}GTX Basic,GTX,551\nMG Special,MG,cheap\n"));
    phone.file(
        "accounts.csv",
        format!(
            "{ACCOUNTS}Isdom,retail,1990,1,1,Norway,\nOrphan,retail,1990,1,1,Norway,Nobody\nLoop,retail,1990,1,1,Norway,Loop\n\
             Child,retail,1990,1,1,Norway,Loop\nTooOld,retail,10,1,1,Norway,\nMany,retail,1990,1,a lot,Norway,\n,retail,1990,1,1,Norway,\n"
        ),
    );
    let mut bytes = format!("{PIPELINE}{MALFORMED}").into_bytes();
    bytes.extend(b"B14,Anna \xff,GTX Basic,Isdom,Engaging,2016-10-20,,\n");
    phone.file("sales_pipeline.csv", bytes);

    let report = import(&phone, 2);

    let rejected: Vec<String> = report["rejected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{}:{}: {}", row["file"].as_str().unwrap(), row["line"], row["reason"].as_str().unwrap()))
        .collect();
    insta::assert_snapshot!(rejected.join("\n"), @r#"
    accounts.csv:5: account "Isdom" is in line 4 already
    accounts.csv:6: subsidiary_of "Nobody" is not an account known here
    accounts.csv:7: subsidiary_of "Loop" was not imported, or belongs to this account itself
    accounts.csv:8: subsidiary_of "Loop" was not imported, or belongs to this account itself
    accounts.csv:9: year_established is between 1000 and 2200
    accounts.csv:10: employees "a lot" is not a whole number
    accounts.csv:11: account is empty
    products.csv:4: product "GTX Basic" is in line 2 already
    products.csv:5: sales_price "cheap" is not a number such as 1250.50
    sales_pipeline.csv:7: engage_date "20/10/2016" is not a day written 2017-03-01
    sales_pipeline.csv:8: it is won, but close_date is empty
    sales_pipeline.csv:9: it is won, but close_value is empty
    sales_pipeline.csv:10: it is won, but account is empty
    sales_pipeline.csv:11: close_value "1.2.3" is not a number such as 1250.50
    sales_pipeline.csv:12: sales_agent "Nobody" is not known here
    sales_pipeline.csv:13: product "Abacus" is not known here
    sales_pipeline.csv:14: account "Nowhere" is not known here
    sales_pipeline.csv:15: deal_stage "Dreaming" is not Prospecting, Engaging, Won or Lost
    sales_pipeline.csv:16: the row has 6 columns, the heading 8
    sales_pipeline.csv:17: win needs this: a close date that is not in the future
    sales_pipeline.csv:18: opportunity_id "A1" is in line 2 already
    sales_pipeline.csv:19: opportunity_id is empty
    sales_pipeline.csv:20: account "Orphan" is not known here
    sales_pipeline.csv:21: actual_value is between 0 and 1000000000000
    sales_pipeline.csv:22: column 2 is not UTF-8 text
    sales_teams.csv:5: sales_agent "Anna Snelling" is in line 2 already
    sales_teams.csv:6: manager is empty
    "#);
    assert_eq!(
        report["files"][3],
        json!({ "file": "sales_pipeline.csv", "rows": 21, "created": 5, "unchanged": 0, "rejected": 16 })
    );
    assert_eq!(phone.asks(&["list", "opportunity"]).as_array().unwrap().len(), 5);
}

#[test]
fn a_missing_file_or_column_is_an_error_before_anything_is_written() {
    let phone = Phone::of_omar();
    write(&phone, PIPELINE);
    let folder = phone.files();
    let folder = folder.to_str().unwrap();

    std::fs::remove_file(phone.files().join("accounts.csv")).unwrap();
    let (status, error) = phone.fails(&["import", folder]);
    assert_eq!((status, error["code"].as_str()), (2, Some("import.file")));
    assert!(error["message"].as_str().unwrap().ends_with("accounts.csv: there is no such file"), "{error}");

    phone.file("accounts.csv", ACCOUNTS.replace("sector,", "").replace("revenue", "turnover"));
    let message = phone.fails(&["import", folder]).1["message"].clone();
    assert_eq!(
        message,
        "accounts.csv lacks the column sector, revenue; its heading is \
         account,year_established,turnover,employees,office_location,subsidiary_of"
    );

    phone.file("accounts.csv", "");
    assert_eq!(phone.fails(&["import", folder]).1["message"], "accounts.csv is empty: it needs a heading line");
    phone.file("accounts.csv", ACCOUNTS.replacen("sector", "account", 1));
    assert_eq!(phone.fails(&["import", folder]).1["message"], "accounts.csv has the column account twice");
    assert_eq!(phone.fails(&["import", "/nowhere"]).1["message"], "/nowhere is not a folder");
    assert_eq!(phone.asks(&["list", "user"]), json!([]));
}

#[test]
fn a_rep_is_told_that_people_and_catalogue_are_an_administrators_business() {
    let phone = Phone::of_ada();
    write(&phone, PIPELINE);

    let report = import(&phone, 2);

    assert_eq!(report["records"], json!({ "account": { "created": 3, "unchanged": 0 } }));
    assert_eq!(report["files"][0]["rejected"], 3);
    assert_eq!(report["rejected"][0]["file"], "products.csv", "{}", report["rejected"]);
    assert!(
        report["rejected"]
            .to_string()
            .contains("Anna Snelling has no user here, and only an administrator's import creates users"),
        "{report}"
    );
}

#[test]
fn a_person_reads_the_same_report_as_text() {
    let phone = Phone::of_omar();
    write(&phone, &PIPELINE.replace("2017-03-01,600", "tomorrow,600"));

    let said = phone.run(&["import", phone.files().to_str().unwrap()]);

    assert_eq!(said.status, 2);
    insta::assert_snapshot!(said.out, @r#"
    file                rows  created  unchanged  rejected
    sales_teams.csv        3        3          0         0
    products.csv           2        2          0         0
    accounts.csv           3        3          0         0
    sales_pipeline.csv     5        4          0         1

    record type      created  unchanged
    account                3          0
    opportunity            4          0
    price_list             1          0
    price_list_item        2          0
    product                2          0
    team                   2          0
    territory              2          0
    unit                   1          0
    user                   5          0

    opportunities  count  value
    lost               1      0
    open               2  1,100
    won                1  4,514

    Taken for granted:
      sales_teams.csv: it has no addresses; a new user gets first.last@example.com, and each manager leads one team
      products.csv: it has no currency, unit or price list; prices are USD for one piece in "Standard 2017"
      accounts.csv: it has no owners; a new account belongs to whoever imports it
      sales_pipeline.csv: it has no quantities; an opportunity is about one piece at list price
      sales_pipeline.csv: it has no reasons; what is lost is closed as canceled

    Understood in another spelling:
      sales_pipeline.csv: product "GTXPro" -> "GTX Pro" in 2 rows: the same but for blanks and capital letters

    To look at:
      accounts.csv: 1 row: sector "technolgy" looks like "technology"; kept as it is spelled (line 2)
      accounts.csv: 1 row: office_location "Philipines" looks like "Philippines"; kept as it is spelled (line 2)
      accounts.csv: 1 row: no revenue (line 4)
      sales_pipeline.csv: 1 row: no account; it needs one before it can be won (line 5)

    Not imported:
      sales_pipeline.csv:2: close_date "tomorrow" is not a day written 2017-03-01
    "#);
}

#[test]
fn a_file_from_a_spreadsheet_is_read_too() {
    let phone = Phone::of_omar();
    write(&phone, PIPELINE);
    phone.file("accounts.csv", format!("\u{feff}{}", ACCOUNTS.replace('\n', "\r\n").replace("Isdom,", "\"Isdom\",")));

    let report = import(&phone, 0);

    assert_eq!(report["records"]["account"]["created"], 3);
}
