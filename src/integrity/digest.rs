//! Digests: the objects in which CloudTrail says what it delivered.

use jiff::Timestamp;
use serde::Deserialize;

use super::content::{self, Hash};
use super::evidence::DigestMetadata;
use super::files::Files;
use super::name::DigestName;
use super::work::side_by_side;
use super::{Options, name};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::parse_rfc3339;
use crate::source::Input;

/// One digest. Texts are kept as they stand, because signatures cover them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// Which chain it belongs to, by its own key.
    pub name: DigestName,
    /// The bucket that it was written to.
    pub bucket: String,
    /// The key that it was written under.
    pub key: String,
    /// When the hour that it covers begins.
    pub start: Timestamp,
    /// When the hour that it covers ends.
    pub end: Timestamp,
    /// The end as it is written.
    pub end_text: String,
    /// Which key signed it.
    pub fingerprint: String,
    /// How it is signed.
    pub signature_algorithm: String,
    /// The digest before it; the first one of a chain has none.
    pub previous: Option<PreviousDigest>,
}

/// What a digest says of the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviousDigest {
    /// Its bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// The hash of its content, in hexadecimal digits.
    pub hash: String,
    /// The kind of hash.
    pub hash_algorithm: String,
    /// Its signature, in hexadecimal digits.
    pub signature: String,
}

/// A log file as a digest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogFile {
    /// Its bucket.
    pub s3_bucket: String,
    /// Its key.
    pub s3_object: String,
    /// The hash of its content, in hexadecimal digits.
    pub hash_value: String,
    /// The kind of hash.
    pub hash_algorithm: String,
}

/// The object as CloudTrail writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    digest_start_time: String,
    digest_end_time: String,
    #[serde(rename = "digestS3Bucket")]
    bucket: String,
    #[serde(rename = "digestS3Object")]
    key: String,
    digest_public_key_fingerprint: String,
    digest_signature_algorithm: String,
    #[serde(rename = "previousDigestS3Bucket")]
    previous_bucket: Option<String>,
    #[serde(rename = "previousDigestS3Object")]
    previous_key: Option<String>,
    previous_digest_hash_value: Option<String>,
    previous_digest_hash_algorithm: Option<String>,
    previous_digest_signature: Option<String>,
    log_files: Vec<LogFile>,
}

impl Digest {
    /// Reads a digest and the log files that it lists from decoded bytes.
    ///
    /// # Errors
    ///
    /// What keeps the bytes from being a digest, as the end of a sentence.
    pub fn parse(bytes: &[u8]) -> Result<(Digest, Vec<LogFile>), String> {
        let mut written: Written =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let time =
            |text: &str| parse_rfc3339(text).ok_or_else(|| format!("`{text}` is no RFC 3339 time"));
        let name = DigestName::of_key(&written.key)
            .ok_or_else(|| format!("`{}` is not how digests are named", written.key))?;
        let (start, end) = (
            time(&written.digest_start_time)?,
            time(&written.digest_end_time)?,
        );
        if end < start {
            return Err("its hour ends before it begins".to_owned());
        }
        let previous = previous(&mut written)?;
        let digest = Digest {
            name,
            bucket: written.bucket,
            key: written.key,
            start,
            end,
            end_text: written.digest_end_time,
            fingerprint: written.digest_public_key_fingerprint,
            signature_algorithm: written.digest_signature_algorithm,
            previous,
        };
        Ok((digest, written.log_files))
    }
}

/// All parts are there, or none: with a hash and without a signature nothing could
/// be proven of the digest before it, and CloudTrail writes both.
fn previous(written: &mut Written) -> Result<Option<PreviousDigest>, String> {
    let parts = (
        written.previous_bucket.take(),
        written.previous_key.take(),
        written.previous_digest_hash_value.take(),
        written.previous_digest_signature.take(),
    );
    match (parts, written.previous_digest_hash_algorithm.take()) {
        ((None, None, None, None), _) => Ok(None),
        ((Some(bucket), Some(key), Some(hash), Some(signature)), Some(hash_algorithm)) => {
            Ok(Some(PreviousDigest {
                bucket,
                key,
                hash,
                hash_algorithm,
                signature,
            }))
        }
        _ => Err("it says only a part of what the digest before it is".to_owned()),
    }
}

/// A digest that was read from a file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: usize,
    pub(super) digest: Digest,
    pub(super) hash: Hash,
    /// What the metadata of the object says, where the file is one.
    pub(super) metadata: Option<DigestMetadata>,
}

/// What the digest files of a copy came to.
#[derive(Debug, Default)]
pub(super) struct AllRead {
    pub(super) found: Vec<Found>,
    /// Files that should be digests and could not be read as such.
    pub(super) broken: Vec<usize>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Reads every digest; the log files that they list are read again later, so that
/// they need not all be kept.
pub(super) fn read_all(files: &Files<'_>, options: &Options) -> AllRead {
    let digests: Vec<usize> = files
        .paths()
        .enumerate()
        .filter(|(_, path)| name::is_digest(path))
        .map(|(file, _)| file)
        .collect();
    let read = side_by_side(
        &digests,
        options.jobs,
        |file| -> Result<_, Box<Diagnostic>> {
            let (digest, _, hash) = read(files, *file, options)?;
            Ok(Found {
                file: *file,
                digest,
                hash,
                metadata: metadata(files.input(*file))?,
            })
        },
    );
    let mut all = AllRead::default();
    for (file, read) in digests.into_iter().zip(read) {
        match read {
            Ok(found) => all.found.push(found),
            Err(problem) => {
                all.broken.push(file);
                all.problems.push(*problem);
            }
        }
    }
    all
}

/// What is said beside an object; a file has nothing beside it.
fn metadata(input: &Input) -> Result<Option<DigestMetadata>, Box<Diagnostic>> {
    match input.metadata() {
        Ok(said) => Ok(said.map(|said| DigestMetadata::of(|name| said.get(name).cloned()))),
        Err(error) => Err(Box::new(input.unreadable(&error))),
    }
}

/// Reads one digest with its log files and the hash of its content.
///
/// # Errors
///
/// Says why the file cannot be read, or is no digest.
pub(super) fn read(
    files: &Files<'_>,
    file: usize,
    options: &Options,
) -> Result<(Digest, Vec<LogFile>, Hash), Box<Diagnostic>> {
    let input = files.input(file);
    let (bytes, fault) = content::decoded(input, options.limits, options.max_digest)?;
    let damaged = |why: String| {
        Box::new(
            Diagnostic::new(Code::DigestDamaged, why)
                .in_place(&input.name)
                .help("what it listed cannot be verified; copy it from the bucket again"),
        )
    };
    if let Some(fault) = fault {
        return Err(damaged(format!("the digest cannot be read: {fault}")));
    }
    let (digest, logs) =
        Digest::parse(&bytes).map_err(|why| damaged(format!("this is no whole digest: {why}")))?;
    Ok((digest, logs, content::hash_of(&bytes)))
}
