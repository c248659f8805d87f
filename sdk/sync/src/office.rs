//! What only the office does: one request and its answer, JSON over HTTP, beside every session.
//!
//! Nothing of it is queued. The id of the action makes a repeated request harmless, so that a lost answer may be asked for
//! again. A rule that says no is answered with status 422 and `{"error": {"code", "field", "message"}}`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Where the request goes.
pub const PATH: &str = "/v1/act";

/// Bytes of one request.
pub const REQUEST_BYTES_MAX: usize = 256 << 10;

/// What somebody wants done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficeRequest {
    /// The device that asks; it has said Hello before.
    pub device: Uuid,
    /// The record, `type:id`.
    pub record: String,
    /// The verb.
    pub action: String,
    /// Identifies the action.
    pub id: Uuid,
    /// What the person says with it.
    #[serde(default)]
    pub args: Map<String, Value>,
}

/// It is done, and in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeAnswer {
    /// The action.
    pub id: Uuid,
}
