//! How far each log of the server is held.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::error::Error;

/// Every cursor.
pub(crate) fn all(connection: &Connection) -> Result<BTreeMap<String, u64>, Error> {
    let mut statement = connection.prepare_cached("SELECT scope, seq FROM cursor")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
    rows.map(|row| row.map(|(scope, seq)| (scope, u64::try_from(seq).unwrap_or(0))).map_err(Error::from)).collect()
}

/// How far one log is held.
pub(crate) fn get(connection: &Connection, scope: &str) -> Result<u64, Error> {
    Ok(all(connection)?.get(scope).copied().unwrap_or(0))
}

/// Notes how far a log is held; never backwards.
pub(crate) fn advance(connection: &Connection, scope: &str, seq: u64) -> Result<(), Error> {
    let sql = "INSERT INTO cursor (scope, seq) VALUES (?1, ?2) ON CONFLICT (scope) DO UPDATE SET seq = max(seq, excluded.seq)";
    connection.prepare_cached(sql)?.execute((scope, i64::try_from(seq).unwrap_or(i64::MAX)))?;
    Ok(())
}

/// Forgets every cursor but those of these logs.
pub(crate) fn keep_only(connection: &Connection, scopes: &[String]) -> Result<(), Error> {
    for scope in all(connection)?.keys().filter(|scope| !scopes.contains(scope)) {
        connection.execute("DELETE FROM cursor WHERE scope = ?1", [scope])?;
    }
    Ok(())
}

/// Forgets every cursor.
pub(crate) fn clear(connection: &Connection) -> Result<(), Error> {
    connection.execute("DELETE FROM cursor", [])?;
    Ok(())
}
