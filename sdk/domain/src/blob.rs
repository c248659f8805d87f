//! Content-addressed files: a file is named by what is in it, so it never changes and is never sent twice.
//!
//! Documents hold the name only. The bytes rest beside them, on the phone and on the server, and travel on their own.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// Bytes of the largest file.
pub const BLOB_BYTES_MAX: i64 = 100 << 20;

/// The SHA-256 of a file's bytes: its name everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobHash(pub [u8; 32]);

impl Display for BlobHash {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file is named by its SHA-256, 64 lower-case hexadecimal digits")]
pub struct NoBlobHash;

impl FromStr for BlobHash {
    type Err = NoBlobHash;

    /// Reads the one spelling a hash has: a second one would be a second name for the same file.
    fn from_str(text: &str) -> Result<Self, NoBlobHash> {
        if text.len() != 64 {
            return Err(NoBlobHash);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = pair.iter().try_fold(0_u8, |value, &digit| Some((value << 4) | nibble(digit)?)).ok_or(NoBlobHash)?;
        }
        Ok(BlobHash(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}
