//! Small files with the warts of real ones, and what tests ask of an import.

use crate::phone::Phone;
use serde_json::Value;

pub(super) const TEAMS: &str = "\
sales_agent,manager,regional_office
Anna Snelling,Maya Moss,East
Mei-Mei Johns,Maya Moss,East
Carl Lin,Summer Sewald,West
";
pub(super) const PRODUCTS: &str = "\
product,series,sales_price
GTX Basic,GTX,550
GTX Pro,GTX,4821
";
pub(super) const ACCOUNTS: &str = "\
account,sector,year_established,revenue,employees,office_location,subsidiary_of
Bluth Company,technolgy,1993,1242.32,3027,Philipines,Acme Corporation
Acme Corporation,retail,1996,1100.04,2822,United States,
Isdom,medical,2002,,4540,United States,
";
pub(super) const PIPELINE: &str = "\
opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
A1,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,600
A2,Anna Snelling,GTXPro,Acme Corporation,Won,2016-10-25,2017-05-11,4514
A3,Mei-Mei Johns,GTXPro,Bluth Company,Lost,2016-11-01,2017-05-12,0
A4,Carl Lin,GTX Basic,,Engaging,2016-11-03,,
A5,Carl Lin,GTX Basic,Isdom,Prospecting,,,
";
pub(super) const MALFORMED: &str = "\
B1,Anna Snelling,GTX Basic,Isdom,Won,20/10/2016,2017-03-01,600
B2,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,,600
B3,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,
B4,Anna Snelling,GTX Basic,,Won,2016-10-20,2017-03-01,600
B5,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,1.2.3
B6,Nobody,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,600
B7,Anna Snelling,Abacus,Isdom,Won,2016-10-20,2017-03-01,600
B8,Anna Snelling,GTX Basic,Nowhere,Won,2016-10-20,2017-03-01,600
B9,Anna Snelling,GTX Basic,Isdom,Dreaming,2016-10-20,2017-03-01,600
B10,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20
B11,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2199-03-01,600
A1,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,600
,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,600
B12,Anna Snelling,GTX Basic,Orphan,Engaging,2016-10-20,,
B13,Anna Snelling,GTX Basic,Isdom,Won,2016-10-20,2017-03-01,-600
";

pub(super) fn write(phone: &Phone, pipeline: &str) {
    phone.file("sales_teams.csv", TEAMS);
    phone.file("products.csv", PRODUCTS);
    phone.file("accounts.csv", ACCOUNTS);
    phone.file("sales_pipeline.csv", pipeline);
}

pub(super) fn import(phone: &Phone, status: i32) -> Value {
    let said = phone.run(&["import", phone.files().to_str().unwrap(), "--json"]);
    assert_eq!(said.status, status, "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

pub(super) fn only(phone: &Phone, kind: &str, filter: &str) -> Value {
    let found = phone.asks(&["list", kind, "--where", filter]);
    assert_eq!(found.as_array().unwrap().len(), 1, "{kind} {filter}: {found}");
    phone.asks(&["show", kind, found[0]["id"].as_str().unwrap()])
}

pub(super) fn warnings(report: &Value) -> Vec<String> {
    let warning = |warning: &Value| {
        format!("{}: {} {}", warning["file"].as_str().unwrap(), warning["message"].as_str().unwrap(), warning["lines"])
    };
    report["warnings"].as_array().unwrap().iter().map(warning).collect()
}

pub(super) fn mapped(report: &Value) -> Vec<String> {
    let mapped = |mapped: &Value| {
        let word = |name: &str| mapped[name].as_str().unwrap().to_owned();
        let (from, to) = (word("from"), word("to"));
        format!("{} {from:?} -> {to:?} x {}: {}", word("column"), mapped["count"], word("reason"))
    };
    report["mapped"].as_array().unwrap().iter().map(mapped).collect()
}
