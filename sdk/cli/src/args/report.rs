//! Arguments of `report`.

use clap::{Subcommand, ValueEnum};
use fieldbook_domain::ids::RecordId;

use super::record_id;

/// The reports.
#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Count and value of open, won and lost opportunities.
    Pipeline {
        /// What to sum up by.
        #[arg(long, value_enum, default_value_t = Grouping::Stage)]
        by: Grouping,
    },
    /// Count and value of what an account and those below it have open.
    Account {
        /// The account.
        #[arg(value_name = "ID", value_parser = record_id)]
        id: RecordId,
    },
}

/// What the pipeline is summed up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Grouping {
    /// The state, and the stage of what is open.
    Stage,
    /// The quarter of closing.
    Quarter,
    /// Who looks after it.
    Owner,
    /// Who buys.
    Account,
}
