//! The arguments of `catalogue`.

use clap::Subcommand;
use std::path::PathBuf;

/// What can be done with the catalogue as a whole.
#[derive(Debug, Subcommand)]
pub(crate) enum Catalogue {
    /// Write it into a folder, one file for each record type and each kind of children, or into one JSON file.
    Export {
        /// The folder, or the file ending in .json.
        #[arg(value_name = "DIR|FILE.json")]
        to: PathBuf,
    },
    /// Take it over: what is there is changed where it differs, nothing is removed.
    ///
    /// A row without an id is about the record its name, number or code names. A column that is left out says nothing, an
    /// empty cell empties the field.
    Import {
        /// The folder, or the file ending in .json.
        #[arg(value_name = "DIR|FILE.json")]
        from: PathBuf,
        /// Say what would happen, and do nothing.
        #[arg(long)]
        dry_run: bool,
    },
}
