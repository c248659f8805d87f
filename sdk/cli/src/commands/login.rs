//! `login`: writes down who works on this phone. The token is checked by the server at the first contact.

use super::Phone;
use crate::args::Login;
use crate::failure::Failure;
use crate::output::Answer;
use serde_json::json;

pub(super) fn run(phone: &Phone, args: &Login) -> Result<Answer, Failure> {
    let session = phone.book.login(&args.server, &args.token)?;
    let human = format!("signed in as {} ({}) at {}\n", session.name, session.role.name(), session.server);
    Ok(Answer::new(human, json!({ "session": session })))
}
