//! Attached files in the book: their bytes in pieces, how far one has come, which ones the server lacks.
//!
//! They are rows and not files beside the book: so they are encrypted where the book is, written in the transaction of the
//! record they belong to, and gone when the book is (ADR 0010).

use std::io::Read;

use fieldbook_domain::blob::BlobHash;
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Bytes of one piece.
pub(crate) const PIECE_BYTES: u64 = 256 << 10;

/// A file as the book knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) row: i64,
    pub(crate) hash: BlobHash,
    pub(crate) size: u64,
    pub(crate) held: u64,
    pub(crate) whole: bool,
    /// The server is not known to have it.
    pub(crate) waiting: bool,
}

/// What waits to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) refused: u64,
}

const COLUMNS: &str =
    "SELECT blob.id, hash, size, held, whole, upload.blob IS NOT NULL FROM blob LEFT JOIN upload ON upload.blob = blob.id";

/// The file of this hash, if anything of it is here.
pub(crate) fn find(connection: &Connection, hash: BlobHash) -> Result<Option<Stored>, Error> {
    let mut statement = connection.prepare_cached(&format!("{COLUMNS} WHERE hash = ?1"))?;
    Ok(statement.query_row([&hash.0], stored).optional()?)
}

/// Keeps a file that was attached here and notes that it is to be sent, unless the book has it: then the server has it, or it
/// waits already.
pub(crate) fn keep(connection: &Connection, hash: BlobHash, size: u64, bytes: &mut dyn Read) -> Result<(), Error> {
    match find(connection, hash)? {
        Some(stored) if stored.whole => return Ok(()),
        // A download that has not come to its end yet.
        Some(stored) => forget(connection, stored.row)?,
        None => {}
    }
    let mut stored = begin(connection, hash, size)?;
    loop {
        let mut piece = Vec::new();
        bytes.take(PIECE_BYTES).read_to_end(&mut piece).map_err(|source| Error::ReadAttachment { source })?;
        if piece.is_empty() {
            break;
        }
        stored = append(connection, &stored, &piece)?;
    }
    if !finish(connection, &stored)? {
        return Err(Error::ReadAttachment { source: std::io::Error::other("it changed while it was read") });
    }
    connection.execute("INSERT INTO upload (blob) VALUES (?1)", [stored.row])?;
    Ok(())
}

/// Makes room for a file of which nothing is here yet.
pub(crate) fn begin(connection: &Connection, hash: BlobHash, size: u64) -> Result<Stored, Error> {
    connection.execute("INSERT INTO blob (hash, size) VALUES (?1, ?2)", (&hash.0, signed(size)))?;
    let row = connection.last_insert_rowid();
    Ok(Stored { row, hash, size, held: 0, whole: false, waiting: false })
}

/// Puts a piece behind what is held; `Busy` if somebody else did so meanwhile.
pub(crate) fn append(connection: &Connection, stored: &Stored, piece: &[u8]) -> Result<Stored, Error> {
    let held = stored.held.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
    let sql = "UPDATE blob SET held = ?2 WHERE id = ?1 AND held = ?3 AND whole = 0 AND ?2 <= size";
    let moved = connection.prepare_cached(sql)?.execute((stored.row, signed(held), signed(stored.held)))?;
    if moved == 0 {
        return Err(Error::Busy);
    }
    let sql = "INSERT INTO blob_piece (blob, start, bytes) VALUES (?1, ?2, ?3)";
    connection.prepare_cached(sql)?.execute((stored.row, signed(stored.held), piece))?;
    Ok(Stored { held, ..*stored })
}

/// Notes that a file is whole if its bytes are what its name says, else forgets it; says which.
pub(crate) fn finish(connection: &Connection, stored: &Stored) -> Result<bool, Error> {
    let mut hasher = Sha256::new();
    let mut statement = connection.prepare_cached("SELECT bytes FROM blob_piece WHERE blob = ?1 ORDER BY start")?;
    let mut rows = statement.query([stored.row])?;
    while let Some(row) = rows.next()? {
        hasher.update(bytes_of(row)?);
    }
    let found = BlobHash(hasher.finalize().into());
    if found != stored.hash || stored.held != stored.size {
        forget(connection, stored.row)?;
        return Ok(false);
    }
    connection.execute("UPDATE blob SET whole = 1 WHERE id = ?1", [stored.row])?;
    Ok(true)
}

/// Forgets a file and its bytes.
pub(crate) fn forget(connection: &Connection, row: i64) -> Result<(), Error> {
    connection.execute("DELETE FROM blob WHERE id = ?1", [row])?;
    Ok(())
}

/// At most `count` bytes of a file from `from` on.
pub(crate) fn read(connection: &Connection, row: i64, from: u64, count: u64) -> Result<Vec<u8>, Error> {
    let sql = "SELECT bytes, start FROM blob_piece
               WHERE blob = ?1 AND start < ?3
                 AND start >= (SELECT coalesce(max(start), 0) FROM blob_piece WHERE blob = ?1 AND start <= ?2)
               ORDER BY start";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((row, signed(from), signed(from.saturating_add(count))))?;
    let (mut found, count) = (Vec::new(), usize::try_from(count).unwrap_or(usize::MAX));
    while let Some(row) = rows.next()? {
        let start = u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0);
        let skipped = usize::try_from(from.saturating_sub(start)).unwrap_or(usize::MAX);
        found.extend_from_slice(bytes_of(row)?.get(skipped..).unwrap_or_default());
    }
    found.truncate(count);
    Ok(found)
}

/// The next file to be sent after this row.
pub(crate) fn next_upload(connection: &Connection, after: i64) -> Result<Option<Stored>, Error> {
    let sql = format!("{COLUMNS} WHERE upload.blob > ?1 ORDER BY upload.blob LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([after], stored).optional()?)
}

/// Notes that the server has a file.
pub(crate) fn sent(connection: &Connection, row: i64) -> Result<(), Error> {
    connection.execute("DELETE FROM upload WHERE blob = ?1", [row])?;
    Ok(())
}

/// Notes why the server did not take a file; it is offered again at the next sync.
pub(crate) fn refused(connection: &Connection, row: i64, why: &str) -> Result<(), Error> {
    connection.execute("UPDATE upload SET refused = ?2 WHERE blob = ?1", (row, why))?;
    Ok(())
}

/// What waits to be sent.
pub(crate) fn waiting(connection: &Connection) -> Result<Waiting, Error> {
    let sql = "SELECT count(*), coalesce(sum(size), 0), count(refused) FROM upload JOIN blob ON blob.id = upload.blob";
    let number = |row: &Row<'_>, at: usize| Ok::<_, rusqlite::Error>(u64::try_from(row.get::<_, i64>(at)?).unwrap_or(0));
    Ok(connection
        .query_row(sql, [], |row| Ok(Waiting { files: number(row, 0)?, bytes: number(row, 1)?, refused: number(row, 2)? }))?)
}

fn stored(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let number = |at: usize| row.get::<_, i64>(at).map(|number| u64::try_from(number).unwrap_or(0));
    let (size, held) = (number(2)?, number(3)?);
    Ok(Stored { row: row.get(0)?, hash: BlobHash(row.get(1)?), size, held, whole: row.get(4)?, waiting: row.get(5)? })
}

fn bytes_of<'r>(row: &'r Row<'_>) -> Result<&'r [u8], Error> {
    row.get_ref(0)?.as_blob().map_err(|_| Error::ReadStored { place: "blob_piece" })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
