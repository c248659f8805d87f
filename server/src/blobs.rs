//! Attached files of one organisation, each named by the SHA-256 of its bytes.
//!
//! Files, not rows: the one thread that writes an organisation's database must not copy a hundred megabytes, and a range of a
//! file is read straight from the disk. What has not arrived whole lies in `incoming`; it is checked, made durable and only
//! then moved to its name, so a file under its name is whole and never changes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use fieldbook_domain::blob::BlobHash;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// How long a file that stopped arriving is kept.
const INCOMING_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Bytes hashed at a time.
const READ_BYTES: usize = 64 << 10;

/// The folder of an organisation's files.
#[derive(Debug)]
pub(crate) struct Blobs {
    dir: PathBuf,
    /// Held for one write at a time; a write is short.
    writing: Mutex<()>,
    /// Held while one file is looked at whole; nobody waits for it who does not bring the last byte of another.
    finishing: Mutex<()>,
}

/// How much of a file is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Held {
    /// All of it, so many bytes.
    Whole(u64),
    /// So many bytes from its start; none of a file nobody has sent.
    UpTo(u64),
}

/// What became of bytes that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// This is held now.
    Held(Held),
    /// The bytes before them are missing; so many are here.
    Gap(u64),
}

impl Blobs {
    /// The files under `dir`, which is made when the first one arrives; forgets what stopped arriving long ago.
    pub(crate) fn open(dir: PathBuf, now_ms: i64) -> Blobs {
        let blobs = Blobs { dir, writing: Mutex::default(), finishing: Mutex::default() };
        if let Err(error) = blobs.forget_stale(now_ms)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, "files that stopped arriving cannot be cleared away");
        }
        blobs
    }

    /// How much of a file is here.
    pub(crate) fn held(&self, hash: BlobHash) -> Result<Held, Error> {
        match size_of(&self.path(hash))? {
            Some(size) => Ok(Held::Whole(size)),
            None => Ok(Held::UpTo(size_of(&self.incoming(hash))?.unwrap_or(0))),
        }
    }

    /// A whole file to read, from its byte `from` on.
    pub(crate) fn reader(&self, hash: BlobHash, from: u64) -> Result<File, Error> {
        let path = self.path(hash);
        let read = || {
            let mut file = File::open(&path)?;
            file.seek(SeekFrom::Start(from))?;
            Ok(file)
        };
        read().map_err(failed(&path))
    }

    /// Puts bytes that start at `at` behind what is here. Bytes that are here already are passed over: whoever sends the file
    /// sends the same ones, so two phones that send it at once help each other.
    pub(crate) fn append(&self, hash: BlobHash, at: u64, bytes: &[u8]) -> Result<Appended, Error> {
        let path = self.incoming(hash);
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let held = match self.held(hash)? {
            whole @ Held::Whole(_) => return Ok(Appended::Held(whole)),
            Held::UpTo(held) => held,
        };
        let Some(known) = held.checked_sub(at) else { return Ok(Appended::Gap(held)) };
        let new = usize::try_from(known).ok().and_then(|known| bytes.get(known..)).unwrap_or_default();
        if !new.is_empty() {
            let write = || {
                fs::create_dir_all(self.dir.join("incoming"))?;
                OpenOptions::new().create(true).append(true).open(&path)?.write_all(new)
            };
            write().map_err(failed(&path))?;
        }
        Ok(Appended::Held(Held::UpTo(held.saturating_add(u64::try_from(new.len()).unwrap_or(0)))))
    }

    /// Takes a file whose last byte has arrived to its name, if its bytes are what the name says; else they are thrown away.
    pub(crate) fn finish(&self, hash: BlobHash) -> Result<bool, Error> {
        let _finishing = self.finishing.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = self.dir.join("incoming").join(format!("{hash}.arrived"));
        let moved = {
            let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
            fs::rename(self.incoming(hash), &mine)
        };
        match moved {
            // Somebody who sent the same file was quicker, and this is what became of it.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(matches!(self.held(hash)?, Held::Whole(_))),
            moved => moved.map_err(failed(&mine))?,
        }
        if digest(&mine).map_err(failed(&mine))? != hash {
            fs::remove_file(&mine).map_err(failed(&mine))?;
            return Ok(false);
        }
        let path = self.path(hash);
        settle(&mine, &path).map_err(failed(&path))?;
        Ok(true)
    }

    fn forget_stale(&self, now_ms: i64) -> io::Result<()> {
        let now = Duration::from_millis(u64::try_from(now_ms).unwrap_or(0));
        for entry in fs::read_dir(self.dir.join("incoming"))? {
            let entry = entry?;
            let touched = entry.metadata()?.modified()?.duration_since(UNIX_EPOCH).unwrap_or(now);
            if now.saturating_sub(touched) > INCOMING_KEPT {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Two digits of the hash make a folder, so that none grows large.
    fn path(&self, hash: BlobHash) -> PathBuf {
        let name = hash.to_string();
        let (folder, _) = name.split_at(2);
        self.dir.join(folder).join(&name)
    }

    fn incoming(&self, hash: BlobHash) -> PathBuf {
        self.dir.join("incoming").join(hash.to_string())
    }
}

/// Makes a file and its new name durable: whoever sent it forgets that it has to be sent.
fn settle(from: &Path, to: &Path) -> io::Result<()> {
    File::open(from)?.sync_all()?;
    let folder = to.parent().unwrap_or(to);
    fs::create_dir_all(folder)?;
    fs::rename(from, to)?;
    for folder in folder.ancestors().take(3) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn digest(path: &Path) -> io::Result<BlobHash> {
    let mut file = File::open(path)?;
    let (mut hasher, mut piece) = (Sha256::new(), vec![0; READ_BYTES]);
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(BlobHash(hasher.finalize().into())),
            read => hasher.update(piece.get(..read).unwrap_or_default()),
        }
    }
}

fn size_of(path: &Path) -> Result<Option<u64>, Error> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some(metadata.len())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(path)(error)),
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error {
    move |source| Error::DataDir { path: path.to_owned(), source }
}
