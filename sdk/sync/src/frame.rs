//! Messages as bytes, within limits.
//!
//! A frame is `FB`, the protocol version, flags, the length of the body (4 bytes, little-endian) and the body: a postcard
//! message, compressed with zstd where that helps. Every claim of the sender is bounded before memory is spent on it.
//! What the messages mean is `message.rs`.

use std::io::Read;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, within};
use crate::message::PROTOCOL_VERSION;

/// Bytes of one frame on the wire.
pub const FRAME_BYTES_MAX: usize = 4 << 20;
/// Bytes of one message once unpacked.
pub const UNPACKED_BYTES_MAX: usize = 16 << 20;
/// Bytes of one device message once unpacked; lower, because in memory it can grow about thirtyfold.
pub const CLIENT_UNPACKED_BYTES_MAX: usize = 4 << 20;
/// How many times bigger than its packed form a message may be.
pub const RATIO_MAX: usize = 1_000;
/// Intents in one push.
pub const INTENTS_MAX: usize = 1_000;
/// Documents in one intent.
pub const PARTS_MAX: usize = 64;
/// Changes in one push.
pub const CHANGES_MAX: usize = 1_000;
/// Scopes a device may follow.
pub const CURSORS_MAX: usize = 256;
/// Bytes of a scope, a record type or a device name.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes of the name of a rule.
pub const RULE_BYTES_MAX: usize = 32;

/// Bytes before the body.
pub const HEADER_BYTES: usize = 8;

const MAGIC: [u8; 2] = *b"FB";
const FLAG_PACKED: u8 = 1;
/// zstd is built without the levels above (ADR 0013).
const PACK_LEVEL: i32 = 3;
/// A window of 8 MiB is all a frame may ask for while it is unpacked.
const WINDOW_LOG_MAX: u32 = 23;

/// What the server takes; sent in `Welcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of one frame on the wire.
    pub frame_bytes_max: u32,
    /// Bytes of one device message once unpacked.
    pub unpacked_bytes_max: u32,
    /// Intents in one push.
    pub intents_max: u32,
    /// Documents in one intent.
    pub parts_max: u32,
    /// Changes in one push.
    pub changes_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes_max: FRAME_BYTES_MAX as u32,
            unpacked_bytes_max: CLIENT_UNPACKED_BYTES_MAX as u32,
            intents_max: INTENTS_MAX as u32,
            parts_max: PARTS_MAX as u32,
            changes_max: CHANGES_MAX as u32,
        }
    }
}

/// Packs one message into one frame.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, Error> {
    let plain = postcard::to_stdvec(message).map_err(|_| Error::PackMessage)?;
    within("unpacked bytes", plain.len(), UNPACKED_BYTES_MAX)?;
    let packed = zstd::bulk::compress(&plain, PACK_LEVEL).map_err(|_| Error::PackMessage)?;
    // A receiver takes a ratio above the limit for a bomb, so honest monotony travels as it is.
    let pays = packed.len() < plain.len() && plain.len() <= packed.len().saturating_mul(RATIO_MAX);
    let (flags, body) = if pays { (FLAG_PACKED, packed) } else { (0, plain) };
    within("frame bytes", body.len().saturating_add(HEADER_BYTES), FRAME_BYTES_MAX)?;
    let length = u32::try_from(body.len()).map_err(|_| Error::PackMessage)?;
    let mut frame = Vec::with_capacity(body.len().saturating_add(HEADER_BYTES));
    frame.extend_from_slice(&MAGIC);
    frame.extend_from_slice(&[PROTOCOL_VERSION as u8, flags]);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&body);
    Ok(frame)
}

/// Reads the one message of the one frame in `bytes`.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    decode_within(bytes, UNPACKED_BYTES_MAX)
}

/// Reads a message that may unpack to no more than `unpacked_bytes_max`.
pub fn decode_within<T: DeserializeOwned>(bytes: &[u8], unpacked_bytes_max: usize) -> Result<T, Error> {
    let (flags, body, rest) = open(bytes)?;
    if !rest.is_empty() {
        return Err(Error::TrailingBytes);
    }
    let max = unpacked_bytes_max.min(UNPACKED_BYTES_MAX);
    if flags & FLAG_PACKED == 0 {
        within("unpacked bytes", body.len(), max)?;
        return read_message(body);
    }
    read_message(&unpack(body, max)?)
}

/// Walks the frames that stand one after the other in an HTTP body.
///
/// Ends after the first thing that is not a frame, which is returned as an error.
pub fn split(bytes: &[u8]) -> Frames<'_> {
    Frames { rest: bytes }
}

/// The frames of one HTTP body; see `split`.
#[derive(Debug, Clone)]
pub struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Frames<'a> {
    type Item = Result<&'a [u8], Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let whole = std::mem::take(&mut self.rest);
        Some(open(whole).and_then(|(_, _, rest)| {
            let (frame, rest) = whole.split_at_checked(whole.len().saturating_sub(rest.len())).ok_or(Error::Truncated)?;
            self.rest = rest;
            Ok(frame)
        }))
    }
}

/// Checks the header; gives the flags, the body and what follows the frame.
fn open(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Error> {
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        let known = bytes.iter().zip(&MAGIC).all(|(a, b)| a == b);
        return Err(if known { Error::Truncated } else { Error::NotAFrame });
    };
    let [m0, m1, version, flags, l0, l1, l2, l3] = *header;
    if [m0, m1] != MAGIC {
        return Err(Error::NotAFrame);
    }
    if u16::from(version) != PROTOCOL_VERSION {
        return Err(Error::UpgradeNeeded { theirs: u16::from(version), ours: PROTOCOL_VERSION });
    }
    if flags & !FLAG_PACKED != 0 {
        return Err(Error::UnknownFlags);
    }
    let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
    within("frame bytes", length.saturating_add(HEADER_BYTES), FRAME_BYTES_MAX)?;
    let (body, rest) = rest.split_at_checked(length).ok_or(Error::Truncated)?;
    Ok((flags, body, rest))
}

/// Unpacks without believing the size the sender declares.
fn unpack(body: &[u8], max: usize) -> Result<Vec<u8>, Error> {
    let max = max.min(body.len().saturating_mul(RATIO_MAX));
    let mut decoder = zstd::stream::read::Decoder::with_buffer(body).map_err(|_| Error::Unpack)?.single_frame();
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(|_| Error::Unpack)?;
    let mut plain = Vec::new();
    decoder.by_ref().take((max as u64).saturating_add(1)).read_to_end(&mut plain).map_err(|_| Error::Unpack)?;
    within("unpacked bytes", plain.len(), max)?;
    if !decoder.finish().is_empty() {
        return Err(Error::TrailingBytes);
    }
    Ok(plain)
}

fn read_message<T: DeserializeOwned>(plain: &[u8]) -> Result<T, Error> {
    let (message, rest) = postcard::take_from_bytes(plain).map_err(|source| Error::ReadMessage { source })?;
    if !rest.is_empty() {
        return Err(Error::TrailingBytes);
    }
    Ok(message)
}
