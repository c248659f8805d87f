//! The key of an encrypted book: the app keeps it in the platform's key store, the book never does.

use std::path::Path;

use rusqlite::Connection;

use crate::error::Error;

/// The 256-bit key of an encrypted book.
#[derive(Clone)]
pub struct BookKey([u8; 32]);

impl BookKey {
    /// The key of these bytes; they must be random, and cannot be had back.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Lets SQLite read and write the file with this key.
    ///
    /// # Errors
    /// `Key` if it is another one.
    pub(crate) fn unlock(&self, path: &Path, connection: &Connection) -> Result<(), Error> {
        let hex: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        // What is wrong is said by our own error, not on the app's standard error.
        connection.pragma_update(None, "cipher_log_level", "NONE")?;
        connection.pragma_update(None, "key", format!("x'{hex}'"))?;
        let read = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        match read {
            Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
                Err(Error::Key { path: path.to_owned(), reason: "it does not fit, or the file is damaged" })
            }
            other => Ok(other.map(drop)?),
        }
    }
}

/// A key is never shown.
impl std::fmt::Debug for BookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BookKey")
    }
}
