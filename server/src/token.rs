//! Bearer tokens: signing them, and believing nothing in one that is not proved.
//!
//! A token says who somebody is and for which organisation. What they may do is read from their user record at every use.

use fieldbook_domain::ids::RecordId;
use fieldbook_domain::permission::Role;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

use crate::error::Error;

/// Who issues tokens, and whom they are for.
const PARTY: &str = "fieldbook";
/// How far the clocks of issuer and server may differ.
const LEEWAY_S: i64 = 60;
/// Bytes of a token; ours are about 400.
const TOKEN_BYTES_MAX: usize = 4_096;

/// How many tokens this process has issued.
static ISSUED: AtomicU64 = AtomicU64::new(0);

/// The key tokens are signed with.
pub(crate) type Secret = [u8; 32];

/// Who is asking, proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The organisation.
    pub org: Uuid,
    /// The user.
    pub user: RecordId,
    /// What they may do, as their record says.
    pub role: Role,
    /// When the token ends, in milliseconds since 1970.
    pub expires_ms: i64,
    /// What the token is known by.
    pub(crate) mark: Mark,
}

/// The SHA-256 of a token: enough to know it again, and no use to whoever reads it.
pub(crate) type Mark = [u8; 32];

/// What a token is known by.
pub(crate) fn mark(token: &str) -> Mark {
    Sha256::digest(token.as_bytes()).into()
}

/// What a token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: Uuid,
    pub(crate) org: Uuid,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) role: String,
    #[serde(default)]
    pub(crate) iat: i64,
    pub(crate) exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) nbf: Option<i64>,
    /// Tells apart what is issued to one person in one second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jti: Option<String>,
}

/// Somebody to issue a token for.
#[derive(Clone, Debug)]
pub(crate) struct Holder<'a> {
    pub(crate) org: Uuid,
    pub(crate) user: RecordId,
    pub(crate) name: &'a str,
    pub(crate) role: Role,
}

/// Signs a token that is good for `days`.
pub(crate) fn issue(secret: &Secret, holder: &Holder<'_>, now_ms: i64, days: u32) -> Result<String, Error> {
    let iat = now_ms.div_euclid(1_000);
    let claims = Claims {
        iss: PARTY.to_owned(),
        aud: PARTY.to_owned(),
        sub: holder.user.0,
        org: holder.org,
        name: holder.name.to_owned(),
        role: holder.role.name().to_owned(),
        iat,
        exp: iat.saturating_add(i64::from(days).saturating_mul(86_400)),
        nbf: None,
        jti: Some(format!("{now_ms}-{}", ISSUED.fetch_add(1, Ordering::Relaxed))),
    };
    let key = EncodingKey::from_secret(secret);
    encode(&Header::new(Algorithm::HS256), &claims, &key).map_err(|source| Error::SignToken { source })
}

/// Reads a token, if it is signed by us, meant for us, and good now.
pub(crate) fn verify(secret: &Secret, token: &str, now_ms: i64) -> Option<Claims> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let mut validation = Validation::new(Algorithm::HS256);
    validation.set_issuer(&[PARTY]);
    validation.set_audience(&[PARTY]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    // The library would ask the machine for the time; times are checked below against the server's clock.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    let claims = decode::<Claims>(token, &DecodingKey::from_secret(secret), &validation).ok()?.claims;
    let now = now_ms.div_euclid(1_000);
    let ended = claims.exp.saturating_add(LEEWAY_S) <= now;
    let early = claims.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY_S) > now);
    (!ended && !early).then_some(claims)
}
