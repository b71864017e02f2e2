//! RSA signatures, and what they are over.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};

use jiff::Timestamp;

use super::content::{Hash, hex, unhex};
use super::digest::Digest;
use super::evidence::PublicKeys;

/// The only algorithm that CloudTrail signs with: RSASSA-PKCS1-v1_5 over SHA-256.
pub(super) const ALGORITHM: &str = "SHA256withRSA";

/// An RSA key that signatures are verified with.
#[derive(Debug)]
pub(super) struct PublicKey {
    key: ParsedPublicKey,
    valid: Option<Span>,
}

/// From a time to another, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Span {
    fn meets(&self, other: &Span) -> bool {
        self.from <= other.to && other.from <= self.to
    }
}

impl PublicKey {
    /// Reads an `RSAPublicKey` as in PKCS#1, and takes it to sign at certain
    /// times alone.
    pub(super) fn from_der(der: &[u8], valid: Option<Span>) -> Option<PublicKey> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der).ok()?;
        Some(PublicKey { key, valid })
    }

    /// Whether it may have signed at some time of the span, where both are known.
    fn signed_in(&self, span: Option<Span>) -> bool {
        let (Some(valid), Some(span)) = (self.valid, span) else {
            return true;
        };
        valid.meets(&span)
    }
}

/// What a signature comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Valid,
    Invalid,
    /// It fits, and the key was not valid at the time.
    OutOfTime,
    /// No key with this fingerprint is at hand.
    KeyMissing,
}

/// Checks a signature in hexadecimal digits, which was made at some time of a span
/// where that is known.
pub(super) fn check(
    keys: &PublicKeys,
    fingerprint: &str,
    message: &str,
    signature: &str,
    made: Option<Span>,
) -> Checked {
    let Some(keys) = keys.with(fingerprint) else {
        return Checked::KeyMissing;
    };
    let Some(signature) = unhex(signature) else {
        return Checked::Invalid;
    };
    let fits = |key: &&PublicKey| key.key.verify_sig(message.as_bytes(), &signature).is_ok();
    let mut fitting = keys.iter().filter(fits).peekable();
    if fitting.peek().is_none() {
        Checked::Invalid
    } else if fitting.any(|key| key.signed_in(made)) {
        Checked::Valid
    } else {
        Checked::OutOfTime
    }
}

/// The text that the signature of a digest is over.
pub(super) fn string_to_sign(digest: &Digest, hash: &Hash) -> String {
    let previous = digest.previous.as_ref();
    format!(
        "{}\n{}/{}\n{}\n{}",
        digest.end_text,
        digest.bucket,
        digest.key,
        hex(hash),
        previous.map_or("null", |previous| previous.signature.as_str()),
    )
}
