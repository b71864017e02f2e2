//! What vouches for one digest: its signatures, and the hash that the next digest
//! quotes. Where they contradict each other, this tells what was altered.

use jiff::{SignedDuration, Timestamp};

use super::chain::{Chain, Link};
use super::content::hex;
use super::digest::Digest;
use super::evidence::{DigestMetadata, Evidence};
use super::logs::HASH_ALGORITHM;
use super::report::Level;
use super::signature::{ALGORITHM, Checked, Span, check, string_to_sign};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::parse_rfc3339;

/// How long after its hour a digest may be signed: keys are asked for up to then.
const SIGNED_AFTER: SignedDuration = SignedDuration::from_hours(2);
/// How far from the time in its metadata a backfill digest may be signed.
const AROUND_GENERATION: SignedDuration = SignedDuration::from_hours(1);

/// When a digest was signed, so far as that is known. These are the times for
/// which the AWS command line asks for keys; a backfill digest is written long
/// after its hour, and says when in its metadata alone.
fn signed_within(digest: &Digest, metadata: Option<&DigestMetadata>) -> Option<Span> {
    let around = |from: Timestamp, to: Timestamp, before, after| {
        Some(Span {
            from: from.checked_sub(before).ok()?,
            to: to.checked_add(after).ok()?,
        })
    };
    if !digest.name.backfill {
        return around(digest.start, digest.end, SignedDuration::ZERO, SIGNED_AFTER);
    }
    let written = metadata?.backfill_generation.as_deref()?;
    let time = parse_rfc3339(written)?;
    around(time, time, AROUND_GENERATION, AROUND_GENERATION)
}

/// What is known about one digest.
pub(super) struct Facts {
    /// The signature in the metadata of the object, if it is there, and what it comes
    /// to, if there are keys.
    saved: Option<Option<Checked>>,
    /// The same of the one that the digest after it quotes.
    quoted: Option<Option<Checked>>,
    /// Whether both are there and are not the same.
    differ: bool,
    /// Whether the digest after it says its hash, and whether that is so.
    hash: Option<bool>,
    key_missing: bool,
    unknown_algorithm: Option<String>,
    no_generation_time: bool,
}

impl Facts {
    /// Looks at a digest, at the one that quotes it and at what was saved.
    pub(super) fn gather(
        chain: &Chain<'_>,
        index: usize,
        next: Option<usize>,
        evidence: &Evidence,
    ) -> Facts {
        let found = &chain.links[index].found;
        let digest = &found.digest;
        let next = next.map(|next| &chain.links[next].found.digest);
        let saved = evidence.metadata.as_ref();
        // What the object itself says comes before what somebody saved of it.
        let metadata = found
            .metadata
            .as_ref()
            .or_else(|| saved.and_then(|metadata| metadata.of(&digest.key)));
        let saved = metadata.and_then(|metadata| metadata.signature.as_deref());
        let previous = next.and_then(|next| next.previous.as_ref());
        let quoted = previous.map(|previous| previous.signature.as_str());
        let known = digest.signature_algorithm == ALGORITHM;
        let keys = evidence.keys.as_ref().filter(|_| known);
        let message = string_to_sign(digest, &found.hash);
        let made = signed_within(digest, metadata);
        let checked = |signature: &str| {
            keys.map(|keys| check(keys, &digest.fingerprint, &message, signature, made))
        };
        let (quoted_hash, other_hash) = match previous {
            Some(previous) if previous.hash_algorithm == HASH_ALGORITHM => {
                let same = previous.hash.eq_ignore_ascii_case(&hex(&found.hash));
                (Some(same), None)
            }
            Some(previous) => (None, Some(previous.hash_algorithm.clone())),
            None => (None, None),
        };
        let differ = matches!((saved, quoted), (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b));
        let has_no_generation = |metadata: &DigestMetadata| metadata.backfill_generation.is_none();
        let (saved, quoted) = (saved.map(checked), quoted.map(checked));
        let missing = Some(Some(Checked::KeyMissing));
        // Without a signature the key is not asked for, but would not be there either.
        let unsigned_key = saved.is_none()
            && quoted.is_none()
            && keys.is_some_and(|keys| keys.with(&digest.fingerprint).is_none());
        Facts {
            saved,
            quoted,
            differ,
            hash: quoted_hash,
            key_missing: saved == missing || quoted == missing || unsigned_key,
            unknown_algorithm: (!known)
                .then(|| digest.signature_algorithm.clone())
                .or(other_hash),
            no_generation_time: chain.name.backfill && metadata.is_some_and(has_no_generation),
        }
    }

    /// Whether the key that it was signed with is not at hand.
    pub(super) fn key_missing(&self) -> bool {
        self.key_missing
    }

    /// Whether the saved signature, and the quoted one, come to this.
    fn is(&self, checked: Checked) -> (bool, bool) {
        let wanted = Some(Some(checked));
        (self.saved == wanted, self.quoted == wanted)
    }

    /// What vouches for the digest.
    pub(super) fn level(&self) -> Level {
        let (saved, quoted) = self.is(Checked::Valid);
        let (bad, also_bad) = self.is(Checked::Invalid);
        if saved || quoted {
            Level::Signed
        } else if self.hash == Some(true) && !(bad || also_bad) {
            Level::HashChain
        } else {
            Level::Unverifiable
        }
    }

    /// Whether there is neither a signature nor a digest after it, and no problem.
    pub(super) fn nothing_vouches(&self) -> bool {
        self.level() == Level::Unverifiable
            && self.is(Checked::Invalid) == (false, false)
            && self.is(Checked::OutOfTime) == (false, false)
    }

    /// What is wrong with the digest itself.
    pub(super) fn problems(
        &self,
        chain: &Chain<'_>,
        index: usize,
        next: Option<usize>,
    ) -> Vec<Diagnostic> {
        let link = &chain.links[index];
        let mut problems = Vec::new();
        if let Some(problem) = self.about_content(link, next.map(|next| &chain.links[next])) {
            problems.push(problem);
        }
        if let Some(algorithm) = &self.unknown_algorithm {
            let message = format!("the algorithm `{algorithm}` is not known");
            problems.push(
                Diagnostic::new(Code::NotVerifiable, message)
                    .in_place(link.shown)
                    .help("CloudTrail signs with SHA256withRSA and hashes with SHA-256"),
            );
        }
        if self.is(Checked::OutOfTime) != (false, false) {
            let message = "the digest was signed with a key that was not valid at its time";
            problems.push(
                Diagnostic::new(Code::KeyOutOfTime, message)
                    .in_place(link.shown)
                    .help(
                        "the signature fits, but CloudTrail signed with another key then: take the \
                         list of keys from AWS again",
                    ),
            );
        }
        if self.no_generation_time {
            let message =
                "the metadata of a backfill digest has no `backfill-generation-timestamp`";
            problems.push(
                Diagnostic::new(Code::BadSignature, message)
                    .in_place(link.shown)
                    .help("CloudTrail writes it with the signature"),
            );
        }
        problems
    }

    /// Tells an altered digest from an altered signature.
    fn about_content(&self, link: &Link<'_>, next: Option<&Link<'_>>) -> Option<Diagnostic> {
        let (saved_valid, quoted_valid) = self.is(Checked::Valid);
        let (saved_bad, quoted_bad) = self.is(Checked::Invalid);
        let after = next.map_or("", |next| next.shown);
        let altered = |message: &str, help: &str| {
            let problem = Diagnostic::new(Code::DigestAltered, message);
            Some(problem.in_place(link.shown).help(help))
        };
        let bad_signature = |message: &str, help: String| {
            let problem = Diagnostic::new(Code::BadSignature, message);
            Some(problem.in_place(link.shown).help(help))
        };
        if saved_valid || quoted_valid {
            if self.hash == Some(false) {
                let problem = Diagnostic::new(
                    Code::DigestAltered,
                    "the digest says another hash of the one before it than that one has",
                );
                let help = format!(
                    "the signature of {} holds: this one was altered",
                    link.shown
                );
                return Some(problem.in_place(after).help(help));
            }
            if saved_bad || (self.differ && quoted_valid) {
                return bad_signature(
                    "the signature in the object's metadata was altered",
                    format!("the one that {after} quotes fits the digest"),
                );
            }
            if quoted_bad || self.differ {
                return bad_signature(
                    "the signature was altered where the next digest quotes it",
                    format!("the one in the metadata fits the digest; the quote is in {after}"),
                );
            }
            return None;
        }
        if saved_bad || quoted_bad {
            return match self.hash {
                Some(true) => bad_signature(
                    "the signature of the digest was altered",
                    format!(
                        "it does not fit, although the digest has the content that {after} says"
                    ),
                ),
                Some(false) => altered(
                    "the digest was altered",
                    "neither its signature nor the hash in the next digest fits its content",
                ),
                None => altered(
                    "the digest or its signature was altered",
                    "they do not fit; there is no digest after it that says which of the two",
                ),
            };
        }
        if self.hash == Some(false) {
            return altered(
                "the digest is not the one that the next digest follows",
                "its content has another hash than the next one says: one of the two was altered",
            );
        }
        if self.differ {
            return bad_signature(
                "the signature in the object's metadata is not the one that the next digest quotes",
                format!("one of the two was altered; the quote is in {after}"),
            );
        }
        None
    }
}
