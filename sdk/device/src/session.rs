//! Who is signed in, as the token says it.
//!
//! The token is read, never verified: that is the server's business at every contact. What is read here decides whose
//! name stands under local work and what the phone lets them try.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fieldbook_domain::action::Author;
use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use fieldbook_domain::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The address of the server, without a slash at its end.
    pub server: String,
    /// The organisation.
    pub org: String,
    /// The user.
    pub user: RecordId,
    /// What they are called.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// When the token ends, in milliseconds since 1970; `None` if it does not say.
    pub expires_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Claims {
    org: serde_json::Value,
    sub: RecordId,
    role: Role,
    #[serde(default)]
    name: String,
    exp: Option<i64>,
}

impl Session {
    /// Reads the claims of a token.
    pub(crate) fn read(server: &str, token: &str) -> Result<Self, Error> {
        let server = server.trim().trim_end_matches('/');
        if !server.starts_with("http://") && !server.starts_with("https://") {
            let message = "the address of a server starts with https:// (or http:// on your own machine)";
            return Err(Refusal::field("login.server", "server", message).into());
        }
        let unreadable = || Refusal::field("login.token", "token", "this is not a token of a Fieldbook server");
        let payload = token.trim().split('.').nth(1).ok_or_else(unreadable)?;
        let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).map_err(|_| unreadable())?;
        let claims: Claims = serde_json::from_slice(&bytes).map_err(|_| unreadable())?;
        let org = claims.org.as_str().map_or_else(|| claims.org.to_string(), str::to_owned);
        Ok(Self {
            server: server.to_owned(),
            org,
            user: claims.sub,
            name: claims.name,
            role: claims.role,
            expires_ms: claims.exp.map(|seconds| seconds.saturating_mul(1_000)),
        })
    }

    /// The author of work done at this time.
    pub(crate) fn author(&self, now_ms: i64) -> Author {
        Author { user: self.user, role: self.role, now_ms }
    }
}
