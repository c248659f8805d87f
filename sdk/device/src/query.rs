//! What a list shows: one record type, filtered, sorted, a stretch of it.
//!
//! Names are checked against the declaration before they become part of a statement; values are only ever bound.

use fieldbook_domain::field::{Field, Kind};
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::record::RecordType;
use fieldbook_domain::refusal::{Refusal, a};
use rusqlite::types::Value as Sql;
use serde_json::Value;

use crate::desk::declared;
use crate::error::Error;
use crate::store::projection;

/// Names every record answers to besides its declared fields.
const COMMON: &[&str] = &["id", "state", "status_reason", "created_at", "modified_at"];

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Ascending,
    /// Largest first.
    Descending,
}

/// What a list shows; deleted records never.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// The record type.
    pub kind: String,
    /// What the records must hold: a field, or a part of one as `field.part`, and its value; null asks for nothing in it.
    pub filters: Vec<(String, Value)>,
    /// What to sort by; else by id, which follows the time of creation.
    pub sort: Option<(String, Direction)>,
    /// How many at most.
    pub limit: Option<usize>,
    /// How many to pass over.
    pub offset: usize,
}

impl Query {
    /// All records of a type.
    #[must_use]
    pub fn of(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), ..Self::default() }
    }

    /// Only those that hold this.
    #[must_use]
    pub fn filter(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.filters.push((field.into(), value.into()));
        self
    }

    /// Sorted by this.
    #[must_use]
    pub fn sort(mut self, field: impl Into<String>, direction: Direction) -> Self {
        self.sort = Some((field.into(), direction));
        self
    }

    /// At most so many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Without the first so many.
    #[must_use]
    pub fn offset(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }
}

/// A statement with the values to bind.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) values: Vec<Sql>,
}

/// The statement that gives `body, deleted, pending` of the records asked for.
pub(crate) fn list(query: &Query) -> Result<Statement, Error> {
    let kind = declared(&query.kind)?;
    let (condition, mut values) = conditions(kind, query)?;
    let order = match &query.sort {
        None => "id".to_owned(),
        Some((name, direction)) => {
            let place = Place::find(kind, name)?;
            let way = if *direction == Direction::Descending { " DESC" } else { "" };
            format!("{}{way}, id{way}", place.sortable())
        }
    };
    let limit = query.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    values.extend([Sql::Integer(limit), Sql::Integer(i64::try_from(query.offset).unwrap_or(i64::MAX))]);
    let table = projection::table(kind);
    let sql = format!("SELECT body, deleted, pending FROM \"{table}\" WHERE {condition} ORDER BY {order} LIMIT ? OFFSET ?");
    Ok(Statement { sql, values })
}

/// The statement that counts the records asked for.
pub(crate) fn count(query: &Query) -> Result<Statement, Error> {
    let kind = declared(&query.kind)?;
    let (condition, values) = conditions(kind, query)?;
    Ok(Statement { sql: format!("SELECT count(*) FROM \"{}\" WHERE {condition}", projection::table(kind)), values })
}

fn conditions(kind: &'static RecordType, query: &Query) -> Result<(String, Vec<Sql>), Error> {
    let mut sql = "deleted = 0".to_owned();
    let mut values = Vec::new();
    for (name, value) in &query.filters {
        let place = Place::find(kind, name)?;
        let wanted = place.wanted(value);
        let column = &place.column;
        if wanted.is_empty() {
            sql.push_str(&format!(" AND {column} IS NULL"));
        } else {
            let marks = vec!["?"; wanted.len()].join(", ");
            sql.push_str(&format!(" AND {column} IN ({marks})"));
        }
        values.extend(wanted);
    }
    Ok((sql, values))
}

/// Where a named value stands in a row.
struct Place {
    column: String,
    field: Option<&'static Field>,
}

impl Place {
    fn find(kind: &'static RecordType, name: &str) -> Result<Self, Error> {
        if name == "id" {
            return Ok(Self { column: "id".to_owned(), field: None });
        }
        if let Some(common) = COMMON.iter().find(|common| **common == name) {
            return Ok(Self { column: column(kind, common), field: None });
        }
        let (head, part) = name.split_once('.').map_or((name, None), |(head, part)| (head, Some(part)));
        let found = kind.field(head).and_then(|field| match (part, field.kind) {
            (None, _) => Some(Self { column: column(kind, field.name), field: Some(field) }),
            (Some(part), Kind::Compound(parts)) => {
                let part = parts.iter().find(|declared| declared.name == part)?;
                let column = format!("(body ->> '$.{}.{}')", field.name, part.name);
                Some(Self { column, field: Some(part) })
            }
            (Some(_), _) => None,
        });
        found.ok_or_else(|| {
            let names: Vec<&str> = COMMON.iter().copied().chain(kind.fields.iter().map(|field| field.name)).collect();
            let message = format!("{} has no field {name}; it has {}", a(kind.name), names.join(", "));
            Refusal::field("field.unknown", name, message).into()
        })
    }

    /// The values that match what was asked for; none asks for nothing in it.
    fn wanted(&self, value: &Value) -> Vec<Sql> {
        if self.column == "id" {
            return vec![Sql::Blob(bare_id(value).map_or_else(Vec::new, |id| id.0.as_bytes().to_vec()))];
        }
        if let (Some(Kind::Ref(types)), Some(id)) = (self.field.map(|field| field.kind), bare_id(value)) {
            let several = types.len() > 1;
            let spell = |kind: &&str| Sql::Text(if several { format!("{kind}:{id}") } else { id.to_string() });
            return types.iter().map(spell).collect();
        }
        // A word of a newer app is no choice here, but may well stand in a record.
        let spelled = self.field.and_then(|field| field.check(value).ok()).unwrap_or_else(|| value.clone());
        match spelled {
            Value::Null => Vec::new(),
            Value::Bool(yes) => vec![Sql::Integer(i64::from(yes))],
            Value::Number(number) => vec![number.as_i64().map_or_else(|| Sql::Text(number.to_string()), Sql::Integer)],
            Value::String(text) => vec![Sql::Text(text)],
            other @ (Value::Array(_) | Value::Object(_)) => vec![Sql::Text(other.to_string())],
        }
    }

    /// Amounts are kept as text; for their order, and only for that, a float will do.
    fn sortable(&self) -> String {
        match self.field.map(|field| field.kind) {
            Some(Kind::Decimal { .. } | Kind::Signed { .. } | Kind::Percent { .. }) => format!("CAST({} AS REAL)", self.column),
            _ => self.column.clone(),
        }
    }
}

/// Where a field stands in a row: in its generated column, else inside the JSON.
pub(crate) fn column(kind: &'static RecordType, name: &str) -> String {
    if projection::columns(kind).any(|column| column == name) { format!("\"{name}\"") } else { format!("(body ->> '$.{name}')") }
}

fn bare_id(value: &Value) -> Option<RecordId> {
    value.as_str().and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Connection, params_from_iter};

    #[test]
    fn lists_are_read_from_an_index() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(&projection::ddl(declared("opportunity").unwrap())).unwrap();
        let plan = |query: &Query| {
            let Statement { sql, values } = list(query).unwrap();
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let rows = statement.query_map(params_from_iter(values), |row| row.get::<_, String>(3)).unwrap();
            rows.map(Result::unwrap).collect::<Vec<_>>().join("; ")
        };
        let all = Query::of("opportunity").limit(50);

        let by_topic = plan(&all.clone().sort("topic", Direction::Descending));
        let by_owner = plan(&all.clone().filter("stage", "propose"));

        assert_eq!(plan(&all), "SCAN record_opportunity USING INDEX sqlite_autoindex_record_opportunity_1");
        assert_eq!(by_topic, "SCAN record_opportunity USING INDEX record_opportunity_by_topic");
        assert_eq!(by_owner, "SEARCH record_opportunity USING INDEX record_opportunity_by_stage (stage=?)");
    }
}
