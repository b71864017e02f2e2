//! What was saved beside the copy: public keys, and the metadata of objects.

use std::collections::HashMap;
use std::path::Path;

use data_encoding::BASE64;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::signature::{PublicKey, Span};
use crate::diagnostic::{Code, Diagnostic};
use crate::event::parse_rfc3339;

/// What signatures are verified with.
#[derive(Debug, Default)]
pub struct Evidence {
    /// The public keys of CloudTrail; `None` where none were given.
    pub keys: Option<PublicKeys>,
    /// The metadata of objects; `None` where none was given.
    pub metadata: Option<ObjectMetadata>,
}

/// Public keys by their fingerprint.
#[derive(Debug, Default)]
pub struct PublicKeys {
    keys: HashMap<String, Vec<PublicKey>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyList {
    public_key_list: Vec<WrittenKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WrittenKey {
    value: String,
    fingerprint: String,
    validity_start_time: Option<Value>,
    validity_end_time: Option<Value>,
}

impl WrittenKey {
    /// When it was valid, if that is said: RFC 3339, or seconds since 1970 as
    /// older versions of the AWS command line write them.
    fn valid(&self) -> Result<Option<Span>, String> {
        let time = |written: &Value| match written {
            Value::String(text) => parse_rfc3339(text),
            Value::Number(seconds) => seconds
                .as_f64()
                .and_then(|seconds| Timestamp::from_second(seconds as i64).ok()),
            _ => None,
        };
        let (Some(from), Some(to)) = (&self.validity_start_time, &self.validity_end_time) else {
            return Ok(None);
        };
        match (time(from), time(to)) {
            (Some(from), Some(to)) => Ok(Some(Span { from, to })),
            _ => Err(format!(
                "the times of key {} cannot be read",
                self.fingerprint
            )),
        }
    }
}

impl PublicKeys {
    /// Adds the keys of a saved `aws cloudtrail list-public-keys`.
    ///
    /// # Errors
    ///
    /// Says why the file cannot be read, or is something else.
    pub fn add_file(&mut self, path: &Path) -> Result<(), Box<Diagnostic>> {
        let list: KeyList = read_json(path, KEYS_HELP)?;
        let bad = |why: String| Box::new(unusable(path, why, KEYS_HELP));
        if list.public_key_list.is_empty() {
            return Err(bad("it lists no key".to_owned()));
        }
        self.add(list).map_err(bad)
    }

    /// Adds the keys of an answer of CloudTrail, which may list none.
    ///
    /// # Errors
    ///
    /// Says why it is no list of keys.
    pub fn add_answer(&mut self, json: &[u8]) -> Result<(), String> {
        let list = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        self.add(list)
    }

    fn add(&mut self, list: KeyList) -> Result<(), String> {
        for written in list.public_key_list {
            let valid = written.valid()?;
            let key = BASE64
                .decode(written.value.as_bytes())
                .ok()
                .and_then(|der| PublicKey::from_der(&der, valid));
            let Some(key) = key else {
                let fingerprint = written.fingerprint;
                return Err(format!(
                    "the value of key {fingerprint} is no RSA key of at least 2,048 bits"
                ));
            };
            self.keys.entry(written.fingerprint).or_default().push(key);
        }
        Ok(())
    }

    /// The keys that have a fingerprint; there is mostly one.
    pub(super) fn with(&self, fingerprint: &str) -> Option<&[PublicKey]> {
        self.keys.get(fingerprint).map(Vec::as_slice)
    }
}

const KEYS_HELP: &str = "save them with `aws cloudtrail list-public-keys --start-time ... \
                         --end-time ... > keys.json`, in the region of the trail";

/// The user-defined metadata of objects, by their keys.
#[derive(Debug, Default)]
pub struct ObjectMetadata {
    objects: HashMap<String, DigestMetadata>,
}

/// What is said in the metadata of a digest.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct DigestMetadata {
    pub(super) signature: Option<String>,
    pub(super) backfill_generation: Option<String>,
}

impl DigestMetadata {
    /// Reads it, by the names of what is said.
    pub(super) fn of(text: impl Fn(&str) -> Option<String>) -> Self {
        DigestMetadata {
            signature: text("signature"),
            backfill_generation: text("backfill-generation-timestamp"),
        }
    }
}

impl ObjectMetadata {
    /// Adds a file that maps keys to metadata, or to what `aws s3api head-object`
    /// says of the object.
    ///
    /// # Errors
    ///
    /// Says why the file cannot be read, or is something else.
    pub fn add_file(&mut self, path: &Path) -> Result<(), Box<Diagnostic>> {
        let objects: HashMap<String, HashMap<String, Value>> = read_json(path, METADATA_HELP)?;
        for (key, mut object) in objects {
            let nested = object.remove("Metadata");
            let text = |name: &str| {
                let inside = nested.as_ref().and_then(|metadata| metadata.get(name));
                let value = inside.or_else(|| object.get(name))?;
                value.as_str().map(str::to_owned)
            };
            self.objects.insert(key, DigestMetadata::of(text));
        }
        Ok(())
    }

    pub(super) fn of(&self, key: &str) -> Option<&DigestMetadata> {
        self.objects.get(key)
    }
}

const METADATA_HELP: &str = "it is a JSON object from object keys to their metadata: \
                             {\"AWSLogs/...json.gz\": {\"signature\": \"...\"}}; docs/verify.md says \
                             how to save it";

fn read_json<T: serde::de::DeserializeOwned>(
    path: &Path,
    help: &str,
) -> Result<T, Box<Diagnostic>> {
    let bytes = std::fs::read(path)
        .map_err(|error| Box::new(unusable(path, format!("it cannot be read: {error}"), help)))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| {
        Box::new(unusable(
            path,
            format!("it is something else: {error}"),
            help,
        ))
    })
}

fn unusable(path: &Path, why: String, help: &str) -> Diagnostic {
    Diagnostic::new(Code::EvidenceUnreadable, why)
        .in_place(path.to_string_lossy())
        .help(help)
}
