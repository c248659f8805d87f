//! `import`: takes a folder of files into the book; what it does with them is in `import.rs` one level up.

use super::Phone;
use crate::args::Import;
use crate::failure::Failure;
use crate::output::Answer;

pub(super) fn run(phone: &Phone, args: &Import) -> Result<Answer, Failure> {
    let session = phone.book.session()?;
    crate::import::run(&phone.book, &args.folder, session.role, phone.json)
}
