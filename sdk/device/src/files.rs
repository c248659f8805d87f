//! Attached files on their way: sent after the records that name them, fetched when somebody looks at them.
//!
//! A cut costs what was under way: both ends keep what arrived, and the one that receives says where to go on.

use fieldbook_domain::blob::{BLOB_BYTES_MAX, BlobHash};
use fieldbook_domain::refusal::Refusal;

use crate::error::Error;
use crate::exchange::SyncReport;
use crate::store::Store;
use crate::store::blobs::{self, PIECE_BYTES, Stored};
use crate::transport::{Arrived, BlobChannel};

/// Bytes of one request; small enough to be answered in time where the network is slow.
const SEND_BYTES: u64 = 512 << 10;
/// Requests in a row that may bring a file no further.
const STUCK_MAX: usize = 3;

/// Sends every file that waits. One the server will not take stays, with the reason, and the others are sent all the same.
pub(crate) async fn send_waiting(
    store: &Store,
    channel: &BlobChannel,
    report: &mut SyncReport,
    on: &mut (impl FnMut(&SyncReport) + Send),
) -> Result<(), Error> {
    let mut after = 0;
    while let Some(file) = store.read_async(move |connection| blobs::next_upload(connection, after)).await? {
        after = file.row;
        match send(store, channel, &file, report, on).await {
            Ok(()) => {
                store.write_async(move |tx| blobs::sent(tx, file.row)).await?;
                report.uploaded = report.uploaded.saturating_add(1);
                on(report);
            }
            Err(error) => {
                let message = not_taken(error)?;
                tracing::warn!(message, "the server did not take an attached file");
                store.write_async(move |tx| blobs::refused(tx, file.row, &message)).await?;
            }
        }
    }
    Ok(())
}

/// Why the server did not take this one file; any other error stops the rest as well.
fn not_taken(error: Error) -> Result<String, Error> {
    match error {
        Error::Server { code, message } | Error::Refused(Refusal { code, message, .. }) if code.starts_with("blob.") => {
            Ok(message)
        }
        error => Err(error),
    }
}

async fn send(
    store: &Store,
    channel: &BlobChannel,
    file: &Stored,
    report: &mut SyncReport,
    on: &mut (impl FnMut(&SyncReport) + Send),
) -> Result<(), Error> {
    let (row, hash, size) = (file.row, file.hash, file.size);
    let mut arrived = channel.arrived(hash).await?;
    let (mut furthest, mut stuck) = (0_u64, 0_usize);
    while let Arrived::UpTo(held) = arrived {
        stuck = if held > furthest { 0 } else { stuck.saturating_add(1) };
        furthest = furthest.max(held);
        if stuck > STUCK_MAX {
            return Err(Error::offline("the server stores nothing of a file"));
        }
        // A server that has every byte but has not looked at them yet is sent the last ones again.
        let from = if held < size { held } else { size.saturating_sub(SEND_BYTES) };
        let bytes = store.read_async(move |connection| blobs::read(connection, row, from, SEND_BYTES)).await?;
        if bytes.is_empty() {
            return Err(Error::ReadStored { place: "blob_piece" });
        }
        let sent = bytes.len();
        arrived = channel.put(hash, from, size, bytes).await?;
        report.bytes_up = report.bytes_up.saturating_add(sent);
        on(report);
    }
    Ok(())
}

/// Fetches a file, from where it was cut off; gives how many bytes came.
pub(crate) async fn fetch(store: &Store, channel: &BlobChannel, hash: BlobHash) -> Result<u64, Error> {
    let before = store.read_async(move |connection| blobs::find(connection, hash)).await?;
    let from = before.map_or(0, |stored| stored.held);
    if let Some(stored) = before.filter(|stored| stored.held == stored.size) {
        // It was cut off just before it was looked at.
        return finish(store, stored).await.map(|()| 0);
    }
    let Some(mut download) = channel.get(hash, from).await? else {
        let message = "the server does not have this file yet: the device that attached it has to sync first";
        return Err(Refusal::new("attachment.not_sent", message).into());
    };
    let (start, size) = (download.from, download.size);
    if size > BLOB_BYTES_MAX.unsigned_abs() || start > from {
        return Err(Error::offline("what answered does not send the file that was asked for"));
    }
    let mut stored = store
        .write_async(move |tx| match before {
            Some(stored) if stored.held == start && stored.size == size => Ok(stored),
            Some(stored) => blobs::forget(tx, stored.row).and_then(|()| blobs::begin(tx, hash, size)),
            None => blobs::begin(tx, hash, size),
        })
        .await?;
    let (mut piece, mut came, full) = (Vec::new(), 0_u64, usize::try_from(PIECE_BYTES).unwrap_or(usize::MAX));
    let ended = loop {
        match download.next().await {
            Ok(Some(bytes)) => piece.extend_from_slice(&bytes),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
        if piece.len() >= full {
            came = came.saturating_add(u64::try_from(piece.len()).unwrap_or(0));
            stored = keep(store, stored, std::mem::take(&mut piece)).await?;
        }
    };
    if !piece.is_empty() {
        came = came.saturating_add(u64::try_from(piece.len()).unwrap_or(0));
        stored = keep(store, stored, piece).await?;
    }
    ended?;
    if stored.held < stored.size {
        return Err(Error::offline("the file ended in the middle"));
    }
    finish(store, stored).await.map(|()| came)
}

async fn keep(store: &Store, stored: Stored, piece: Vec<u8>) -> Result<Stored, Error> {
    store.write_async(move |tx| blobs::append(tx, &stored, &piece)).await
}

async fn finish(store: &Store, stored: Stored) -> Result<(), Error> {
    if store.write_async(move |tx| blobs::finish(tx, &stored)).await? {
        return Ok(());
    }
    let message = "the file did not arrive as it was sent and was thrown away: fetch it again".to_owned();
    Err(Error::Server { code: "blob.mismatch".to_owned(), message })
}
