//! Arguments of what people see of the judge: `inbox`, `alternatives`, `review`, `forecast`.

use super::{Target, pair, record_id};
use clap::{Args, Subcommand};
use fieldbook_domain::ids::{RecordId, RecordRef};
use uuid::Uuid;

/// Arguments of `inbox`; alone it lists everything nobody dismissed.
#[derive(Debug, Args)]
pub(crate) struct Inbox {
    /// What to do with one item.
    #[command(subcommand)]
    pub(crate) command: Option<InboxCommand>,
}

/// What can be done with an item of the inbox.
#[derive(Debug, Subcommand)]
pub(crate) enum InboxCommand {
    /// Show everything about an item: what happened, why, what was kept, what won, who was told, what can be done.
    Show {
        /// The item.
        item: Uuid,
    },
    /// Do what an item offers; what a rule refuses is not done.
    Salvage {
        /// The item.
        item: Uuid,
        /// Only say what would be done.
        #[arg(long)]
        dry_run: bool,
        /// Who gets what is handed over; else you.
        #[arg(long, value_name = "USER", value_parser = owner)]
        to: Option<RecordRef>,
    },
    /// Take an item off the list, with the losing values kept for you alone.
    Dismiss {
        /// The item.
        item: Uuid,
    },
    /// Note an item as read.
    Read {
        /// The item.
        item: Uuid,
    },
}

/// Arguments of `alternatives`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Alternatives {
    /// What to do with one value.
    #[command(subcommand)]
    pub(crate) command: Option<AlternativesCommand>,
    /// The record type.
    #[arg(value_name = "TYPE", required = true)]
    pub(crate) kind: Option<String>,
    /// The record.
    #[arg(value_parser = record_id, required = true)]
    pub(crate) id: Option<RecordId>,
}

/// What can be done with a value that lost.
#[derive(Debug, Subcommand)]
pub(crate) enum AlternativesCommand {
    /// Write the value over the one that stands, as an edit like any other.
    Choose(OneAlternative),
    /// Let go of the value; it is gone on every phone with the next sync.
    Dismiss(OneAlternative),
}

/// One value that lost.
#[derive(Debug, Args)]
pub(crate) struct OneAlternative {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// The value, as the list names it.
    #[arg(value_name = "ALTERNATIVE", value_parser = record_id)]
    pub(crate) alternative: RecordId,
}

/// Arguments of `review`; alone it lists what waits for you.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// What to do with one item.
    #[command(subcommand)]
    pub(crate) command: Option<ReviewCommand>,
}

/// What can be done with what is held.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewCommand {
    /// Show everything that waits under one item.
    Show {
        /// The item.
        item: Uuid,
    },
    /// Answer; works without a network, and the office has the last word.
    Decide {
        /// The item.
        item: Uuid,
        /// The answer, one of those the item offers.
        choice: String,
        /// What its author shall read with it.
        #[arg(long)]
        note: Option<String>,
    },
}

/// Arguments of `forecast`.
#[derive(Debug, Args)]
pub(crate) struct Forecast {
    /// The record.
    #[command(flatten)]
    pub(crate) target: Target,
    /// The action.
    pub(crate) action: String,
    /// What to say with it.
    #[arg(value_name = "ARG=VALUE", value_parser = pair)]
    pub(crate) arguments: Vec<(String, String)>,
}

fn owner(text: &str) -> Result<RecordRef, String> {
    let user = text.parse::<RecordId>().map(|id| RecordRef::new("user", id)).ok();
    user.or_else(|| text.parse().ok()).ok_or_else(|| "an owner is written as an id, user:ID or team:ID".to_owned())
}
