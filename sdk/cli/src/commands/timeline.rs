//! `timeline`: what happened around a record and what is to happen.

use super::{Phone, record_type};
use crate::args::{Standing, Timeline};
use crate::failure::Failure;
use crate::output::Answer;
use crate::present::{self, Presenter};
use crate::table::Table;
use fieldbook_device::{TimelineItem, TimelineKind, TimelineQuery, TimelineStatus, Window};
use serde_json::json;

pub(super) fn run(phone: &Phone, args: Timeline) -> Result<Answer, Failure> {
    let kind = record_type(&args.target.kind)?;
    let query = TimelineQuery {
        kinds: args.kinds,
        status: args.status.map(|standing| match standing {
            Standing::Active => TimelineStatus::Active,
            Standing::Overdue => TimelineStatus::Overdue,
            Standing::Closed => TimelineStatus::Closed,
        }),
        reason: args.reason,
        due: Window { from: args.due_from, before: args.due_to },
        modified: Window { from: args.modified_from, before: args.modified_to },
        oldest_first: args.oldest_first,
        subsidiaries: args.subsidiaries,
        limit: args.limit,
        after: args.after,
    };
    let page = phone.book.timeline(kind.name, args.target.id, &query)?;
    let mut presenter = Presenter::new(&phone.book);
    let mut table = Table::new(["at", "what", "title", "state", "about", "by", "id"]);
    for item in &page.items {
        table.row(cells(&mut presenter, item));
    }
    let mut human = if page.items.is_empty() { "nothing yet\n".to_owned() } else { table.render(0) };
    if let Some(next) = &page.next {
        human.push_str(&format!("more: --after {next}\n"));
    }
    Ok(Answer::new(human, json!(page)))
}

fn cells(presenter: &mut Presenter<'_>, item: &TimelineItem) -> [String; 7] {
    let what = match (item.kind, &item.action) {
        (TimelineKind::Activity | TimelineKind::Note, _) | (_, None) => item.record.kind.replace('_', " "),
        (TimelineKind::Closing | TimelineKind::Post, Some(action)) => format!("{} {action}", item.record.kind.replace('_', " ")),
    };
    let reason = if item.status_reason.is_empty() || item.status_reason == item.state {
        String::new()
    } else {
        format!(" ({})", item.status_reason.replace('_', " "))
    };
    let overdue = if item.overdue { ", overdue" } else { "" };
    let mut title = |target: &Option<_>| target.as_ref().map(|target| presenter.title(target)).unwrap_or_default();
    [
        present::moment(item.at_ms),
        what,
        item.title.clone(),
        format!("{}{reason}{overdue}", item.state),
        title(&item.regarding),
        title(&item.owner),
        item.record.id.to_string(),
    ]
}
