//! `do`: performs an action, at the office where only that will do, or says which rule stands against it.

use super::{Phone, each_once, record_type, runtime};
use crate::args::Do;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::{Value, json};

pub(super) fn run(phone: &Phone, args: &Do) -> Result<Answer, Failure> {
    let (kind, id) = (record_type(&args.target.kind)?, args.target.id);
    each_once(&args.arguments)?;
    let arguments = phone.book.parse_args(kind.name, &args.action, &args.arguments)?;
    // What is not possible anyway is said without a connection.
    let offered = phone.book.available(kind.name, id)?.into_iter().find(|offer| offer.action == args.action);
    let office = offered.is_some_and(|offer| offer.possible && offer.office);
    let action = if office {
        runtime()?.block_on(phone.book.perform_at_office(kind.name, id, &args.action, arguments))?
    } else {
        phone.book.act(kind.name, id, &args.action, arguments)?
    };
    // A deleted record is no longer shown, so its new state cannot be told.
    let record = phone.book.get(kind.name, id).unwrap_or_default();
    let state = record.get("state").and_then(Value::as_str).unwrap_or("deleted");
    let reason = record.get("status_reason").and_then(Value::as_str);
    let human = match reason.filter(|reason| *reason != state) {
        Some(reason) => format!("{state} ({reason})"),
        None => state.to_owned(),
    };
    let human = if office { format!("{human}, done at the office\n") } else { format!("{human}\n") };
    let json = json!({ "id": id, "action": action, "state": state, "status_reason": reason, "office": office });
    Ok(Answer::new(human, json))
}
