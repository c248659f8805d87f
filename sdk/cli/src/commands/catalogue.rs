//! `catalogue`: exports and imports the catalogue; what it does is in `catalogue.rs` one level up.

use super::Phone;
use crate::args::Catalogue;
use crate::failure::Failure;
use crate::output::Answer;

pub(super) fn run(phone: &Phone, args: &Catalogue) -> Result<Answer, Failure> {
    let role = phone.book.session()?.role;
    match args {
        Catalogue::Export { to } => crate::catalogue::export(&phone.book, role, to),
        Catalogue::Import { from, dry_run } => crate::catalogue::import(&phone.book, role, from, *dry_run),
    }
}
