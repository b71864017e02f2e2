//! RSA signatures, and what they are over.

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};

use super::content::{Hash, hex, unhex};
use super::digest::Digest;
use super::evidence::PublicKeys;

/// The only algorithm that CloudTrail signs with: RSASSA-PKCS1-v1_5 over SHA-256.
pub(super) const ALGORITHM: &str = "SHA256withRSA";

/// An RSA key that signatures are verified with.
#[derive(Debug)]
pub(super) struct PublicKey(ParsedPublicKey);

impl PublicKey {
    /// Reads an `RSAPublicKey` as in PKCS#1.
    pub(super) fn from_der(der: &[u8]) -> Option<PublicKey> {
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
        key.ok().map(PublicKey)
    }
}

/// What a signature comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    Valid,
    Invalid,
    /// No key with this fingerprint is at hand.
    KeyMissing,
}

/// Checks a signature in hexadecimal digits.
pub(super) fn check(
    keys: &PublicKeys,
    fingerprint: &str,
    message: &str,
    signature: &str,
) -> Checked {
    let Some(keys) = keys.with(fingerprint) else {
        return Checked::KeyMissing;
    };
    let Some(signature) = unhex(signature) else {
        return Checked::Invalid;
    };
    let fits = |key: &PublicKey| key.0.verify_sig(message.as_bytes(), &signature).is_ok();
    if keys.iter().any(fits) {
        Checked::Valid
    } else {
        Checked::Invalid
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
