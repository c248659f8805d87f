//! The statements of a timeline: one for each type of entry, one for closings and posts.
//!
//! Each finds its candidates through an index, sorts them by moment and id, and stops after a page. Names come from the tables
//! of the domain; what a person asked for is only ever bound.

use fieldbook_domain::ids::RecordRef;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::time::{self, Timestamp};
use fieldbook_domain::timeline::{Entry, TimelineStatus};
use rusqlite::types::Value as Sql;
use serde_json::Value;

use super::scope::Scope;
use super::{Asked, Window};
use crate::query::{Direction, Statement, column};
use crate::store::projection;

/// A statement that gives `id, body, pending, moment`.
pub(super) type Entries = Statement;
/// A statement that gives `record, at, action, verb, by, state, reason, args, closing`.
pub(super) type Posts = Statement;

/// The values of a statement, bound by number.
#[derive(Default)]
struct Bound(Vec<Sql>);

impl Bound {
    fn text(&mut self, text: impl Into<String>) -> String {
        self.value(Sql::Text(text.into()))
    }

    fn value(&mut self, value: Sql) -> String {
        self.0.push(value);
        format!("?{}", self.0.len())
    }

    /// A list that `json_each` takes apart again.
    fn list<T: ToString>(&mut self, list: impl IntoIterator<Item = T>) -> String {
        let list = list.into_iter().map(|item| Value::from(item.to_string())).collect();
        let bound = self.text(Value::Array(list).to_string());
        format!("json_each({bound}) AS scope")
    }

    /// The condition of a window on what `place` gives.
    fn window(&mut self, place: &str, window: &Window) -> String {
        let mut edge = |sign: &str, at: Option<Timestamp>| {
            at.map_or_else(String::new, |at| format!(" AND {place} {sign} {}", self.text(time::spell(at))))
        };
        edge(">=", window.from) + &edge("<", window.before)
    }

    /// Everything behind the cursor, in order, a page and one more to see whether there is another.
    fn page(&mut self, asked: &Asked<'_>, moment: &str, id: &str) -> String {
        let (sign, way) = match asked.direction {
            Direction::Ascending => (">", ""),
            Direction::Descending => ("<", " DESC"),
        };
        let behind = asked.after.as_ref().map_or_else(String::new, |after| {
            let (at, tie) = (self.text(after.at.as_str()), self.value(Sql::Blob(after.id.as_bytes().to_vec())));
            format!(" AND ({moment}, {id}) {sign} ({at}, {tie})")
        });
        let limit = self.value(Sql::Integer(i64::try_from(asked.limit.saturating_add(1)).unwrap_or(i64::MAX)));
        format!("{behind} ORDER BY {moment}{way}, {id}{way} LIMIT {limit}")
    }
}

/// The entries of one type, or nothing where none can be among what is asked for.
pub(super) fn entries(entry: &Entry, kind: &'static RecordType, scope: &Scope, asked: &Asked<'_>) -> Option<Entries> {
    let mut bound = Bound::default();
    let found = candidates(&mut bound, entry, kind, scope);
    let open = open(kind);
    let moment = moment(entry, kind);
    let mut conditions = String::new();
    match asked.query.status {
        None => {}
        Some(TimelineStatus::Active) => conditions.push_str(&format!(" AND {open}")),
        Some(TimelineStatus::Closed) => conditions.push_str(&format!(" AND NOT {open}")),
        Some(TimelineStatus::Overdue) => {
            let now = bound.text(asked.now.as_str());
            conditions.push_str(&format!(" AND {open} AND {} < {now}", place(kind, entry.due?)));
        }
    }
    if let Some(reason) = &asked.query.reason {
        let reason = bound.text(reason.as_str());
        conditions.push_str(&format!(" AND {} = {reason}", column(kind, "status_reason")));
    }
    if let Some(due) = entry.due {
        conditions.push_str(&bound.window(&place(kind, due), &asked.query.due));
    }
    conditions.push_str(&bound.window(&column(kind, "modified_at"), &asked.query.modified));
    conditions.push_str(&bound.page(asked, "moment", "r.id"));
    let table = projection::table(kind);
    let sql = format!(
        "SELECT r.id, r.body, r.pending, {moment} AS moment
         FROM ({found}) AS found CROSS JOIN \"{table}\" AS r ON r.id = found.id WHERE r.deleted = 0{conditions}"
    );
    Some(Statement { sql, values: bound.0 })
}

/// The ids of the entries a scope has, each once: what they are regarding, who takes part, and what they counted for when
/// they closed. `CROSS JOIN` keeps the scope outside, so that the other side is found through its index.
fn candidates(bound: &mut Bound, entry: &Entry, kind: &'static RecordType, scope: &Scope) -> String {
    let table = projection::table(kind);
    let whole = || scope.roots.iter().chain(&scope.all);
    let mut parts = Vec::new();
    let mut regarding = |bound: &mut Bound, targets: Vec<&RecordRef>, condition: &str| {
        if !targets.is_empty() {
            let scope = bound.list(targets);
            let regarding = column(kind, "regarding");
            parts.push(format!("SELECT r.id FROM {scope} CROSS JOIN \"{table}\" AS r ON r.{regarding} = scope.value{condition}"));
        }
    };
    let is_open = format!(" AND {}", open(kind));
    let notes = if entry.activity { &[][..] } else { scope.notes.as_slice() };
    regarding(bound, whole().chain(notes).collect(), "");
    regarding(bound, scope.open.iter().collect(), &is_open);
    if kind.field("rolled_up_to").is_some() {
        let scope = bound.list(accounts(scope).map(|account| account.id));
        parts.push(format!("SELECT r.id FROM {scope} CROSS JOIN \"{table}\" AS r ON r.rolled_up_to = scope.value"));
    }
    if has_child_field(kind, "party") {
        let link = |scope: &str, field: &str| {
            format!(
                "SELECT link.id FROM {scope} CROSS JOIN child_link AS link
                 ON link.target = scope.value AND link.kind = '{}' AND link.field = '{field}'",
                kind.name
            )
        };
        parts.push(link(&bound.list(whole()), "party"));
        let open = link(&bound.list(&scope.open), "party").replacen("link.id", "r.id", 1);
        parts.push(format!("{open} CROSS JOIN \"{table}\" AS r ON r.id = link.id{is_open}"));
        parts.push(link(&bound.list(accounts(scope)), "account"));
    }
    parts.join("\n UNION ")
}

/// The companies of a scope; what closed may count for one of them.
fn accounts(scope: &Scope) -> impl Iterator<Item = &RecordRef> {
    scope.roots.iter().filter(|root| root.kind == "account")
}

fn has_child_field(kind: &RecordType, name: &str) -> bool {
    kind.collections.iter().any(|collection| collection.fields.iter().any(|field| field.name == name))
}

/// The closings of a scope and the other moves of the record itself.
pub(super) fn posts(scope: &Scope, asked: &Asked<'_>) -> Option<Posts> {
    let mut bound = Bound::default();
    let (closings, moves) = (asked.wants_closings(), asked.wants_posts());
    if !closings && !moves {
        return None;
    }
    let found = bound.list(scope.roots.iter().chain(&scope.all));
    let mut own = || Some(bound.text(scope.own.as_ref()?.to_string()));
    let mut conditions = match (closings, moves) {
        (true, true) => format!("(post.closing OR post.record = {})", own()?),
        (true, false) => "post.closing".to_owned(),
        (false, _) => format!("NOT post.closing AND post.record = {}", own()?),
    };
    if let Some(reason) = &asked.query.reason {
        conditions.push_str(&format!(" AND post.reason = {}", bound.text(reason.as_str())));
    }
    conditions.push_str(&bound.window("post.at", &asked.query.modified));
    conditions.push_str(&bound.page(asked, "post.at", "post.action"));
    let sql = format!(
        "SELECT post.record, post.at, post.action, post.verb, post.by, post.state, post.reason, post.args, post.closing
         FROM {found} CROSS JOIN post ON post.record = scope.value WHERE {conditions}"
    );
    Some(Statement { sql, values: bound.0 })
}

/// Whether an entry is in a state that is not closed.
fn open(kind: &'static RecordType) -> String {
    let closed: Vec<String> =
        kind.lifecycle.states.iter().filter(|state| state.frozen).map(|state| format!("'{}'", state.name)).collect();
    format!("(r.state NOT IN ({}))", closed.join(", "))
}

/// As `fieldbook_domain::timeline::moment`, in SQL.
fn moment(entry: &Entry, kind: &'static RecordType) -> String {
    let or_changed = |at: Option<&str>| {
        let changed = column(kind, "modified_at");
        at.map_or_else(|| changed.clone(), |at| format!("coalesce({}, {changed})", place(kind, at)))
    };
    let (planned, ended) = (or_changed(entry.planned), or_changed(entry.ended));
    format!("CAST(CASE WHEN {} THEN {planned} ELSE {ended} END AS TEXT)", open(kind))
}

/// A field, or a part of one, of a row.
fn place(kind: &'static RecordType, place: &str) -> String {
    if place.contains('.') { format!("(body ->> '$.{place}')") } else { column(kind, place) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::declared;
    use crate::store::{links, posts as moves};
    use crate::timeline::TimelineQuery;
    use fieldbook_domain::ids::RecordId;
    use fieldbook_domain::timeline::ENTRIES;
    use rusqlite::{Connection, params_from_iter};
    use uuid::Uuid;

    #[test]
    fn timelines_are_read_through_indexes() {
        let connection = Connection::open_in_memory().unwrap();
        for entry in ENTRIES {
            connection.execute_batch(&projection::ddl(declared(entry.kind).unwrap())).unwrap();
        }
        connection.execute_batch(links::DDL).unwrap();
        connection.execute_batch(moves::DDL).unwrap();
        let reference = |kind: &str, n| RecordRef::new(kind, RecordId(Uuid::from_u128(n)));
        let own = reference("account", 1);
        let scope = Scope {
            own: Some(own.clone()),
            roots: vec![own],
            all: vec![reference("opportunity", 2)],
            open: vec![reference("contact", 3)],
            notes: Vec::new(),
        };
        let query = TimelineQuery::default();
        let asked = Asked::of(&query, 0).unwrap();
        let plan = |Statement { sql, values }: Statement| {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
            rows.map(Result::unwrap).collect::<Vec<_>>()
        };
        for entry in ENTRIES {
            let kind = declared(entry.kind).unwrap();
            let plan = plan(entries(entry, kind, &scope, &asked).unwrap());
            let scans: Vec<_> = plan.iter().filter(|line| line.starts_with("SCAN")).collect();
            let regarding = format!("USING INDEX record_{}_by_regarding (regarding=?)", kind.name);

            assert!(scans.iter().all(|line| line.contains("scope") || line.contains("found")), "{plan:#?}");
            assert!(plan.iter().any(|line| line.contains(&regarding)), "{plan:#?}");
            assert_eq!(
                plan.iter().any(|line| line.contains("SEARCH link USING PRIMARY KEY (target=? AND kind=? AND field=?)")),
                has_child_field(kind, "party"),
                "{plan:#?}"
            );
        }
        let plan = plan(posts(&scope, &asked).unwrap());
        assert!(plan.iter().any(|line| line.starts_with("SEARCH post USING PRIMARY KEY (record=?)")), "{plan:#?}");
    }
}
