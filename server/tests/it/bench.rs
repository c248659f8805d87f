//! A floor under the speed of judging, so low that only a mistake in the order of growth breaks it.

use std::time::{Duration, Instant};

use fieldbook_domain::document::Write;
use fieldbook_sync::message::Status;

use crate::office::Office;
use crate::phone::id;

#[test]
fn a_thousand_edits_are_judged_within_seconds() {
    let office = Office::new();
    let mut ada = office.phone(office.ada);
    let create: Vec<_> = (0..1_000)
        .map(|number| {
            let fields = [Write::put("name", format!("Account {number}")), Write::put("industry", "tools")];
            let part = ada.write("account", id(&format!("account {number}")), &fields);
            ada.intent(vec![part])
        })
        .collect();
    let edit: Vec<_> = (0..1_000)
        .map(|number| {
            let part = ada.write("account", id(&format!("account {number}")), &[Write::put("name", format!("Firm {number}"))]);
            ada.intent(vec![part])
        })
        .collect();

    let begun = Instant::now();
    let made = ada.clone().sync(&office, create);
    let created = begun.elapsed();
    let edited = Instant::now();
    let mut answers = ada.sync(&office, edit);
    let edited = edited.elapsed();

    answers.extend(made);
    assert_eq!(answers.iter().filter(|answer| answer.status == Status::Accepted).count(), 2_000);
    assert!(created + edited < Duration::from_secs(30), "{created:?} and {edited:?}");
}
