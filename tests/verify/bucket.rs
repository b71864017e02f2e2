//! Makes copies of buckets: log files, digests over them, and the signatures of a
//! key that is drawn for the run.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use data_encoding::BASE64;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{event, gzip, put, records};

/// What the key is called; it is nothing but a name.
pub const FINGERPRINT: &str = "5f1e0c9a0d5a4b7e8c3d2b1a09f8e7d6";

static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

/// A trail, and the hours of a day that it has digests of.
#[derive(Clone)]
pub struct Trail {
    pub bucket: &'static str,
    /// Before `AWSLogs/`, with its slash.
    pub prefix: &'static str,
    /// Behind `AWSLogs/`, with its slash.
    pub organization: &'static str,
    pub account: &'static str,
    pub region: &'static str,
    pub name: &'static str,
    pub backfill: bool,
    /// The hours, each with how many logs; none is a gap.
    pub hours: Vec<(u32, usize)>,
    /// The hour at which the chain begins anew.
    pub restart: Option<u32>,
}

impl Default for Trail {
    fn default() -> Self {
        Trail {
            bucket: "example-trail",
            prefix: "",
            organization: "",
            account: "111122223333",
            region: "eu-central-1",
            name: "audit",
            backfill: false,
            hours: vec![(8, 2), (9, 1), (10, 0), (11, 2)],
            restart: None,
        }
    }
}

/// What was written for a trail, the oldest first. Keys are those of S3.
#[derive(Default)]
pub struct Written {
    pub digests: Vec<String>,
    pub logs: Vec<Vec<String>>,
    /// The metadata of each digest.
    pub metadata: Map<String, Value>,
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// The signature of a text, in hexadecimal digits.
pub fn sign(text: &str) -> String {
    let mut signature = vec![0; KEY.public_modulus_len()];
    let random = SystemRandom::new();
    KEY.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature)
        .unwrap();
    hex(&signature)
}

/// What `aws cloudtrail list-public-keys` says.
pub fn public_keys(fingerprint: &str) -> String {
    let key = BASE64.encode(KEY.public_key().as_ref());
    json!({"PublicKeyList": [{
        "Value": key,
        "ValidityStartTime": "2026-01-01T00:00:00+00:00",
        "ValidityEndTime": "2026-12-31T00:00:00+00:00",
        "Fingerprint": fingerprint,
    }]})
    .to_string()
}

/// A log file of a trail.
pub fn log_key(trail: &Trail, hour: u32, minute: u32) -> String {
    let Trail {
        prefix,
        organization,
        account,
        region,
        ..
    } = trail;
    format!(
        "{prefix}AWSLogs/{organization}{account}/CloudTrail/{region}/2026/02/03/\
         {account}_CloudTrail_{region}_20260203T{hour:02}{minute:02}Z_{hour:08}{minute:08}.json.gz"
    )
}

pub fn digest_key(trail: &Trail, end: u32) -> String {
    let Trail {
        prefix,
        organization,
        account,
        region,
        name,
        ..
    } = trail;
    let suffix = if trail.backfill { "_backfill" } else { "" };
    format!(
        "{prefix}AWSLogs/{organization}{account}/CloudTrail-Digest/{region}/2026/02/03/\
         {account}_CloudTrail-Digest_{region}_{name}_{region}_20260203T{end:02}0000Z{suffix}.json.gz"
    )
}

/// The content of a log file.
pub fn log(hour: u32, number: u32) -> String {
    records(&[event("Info", u64::from(hour * 3600 + number))])
}

/// The text that a digest's signature is over.
pub fn string_to_sign(digest: &Value, bytes: &[u8]) -> String {
    let text = |name: &str| digest[name].as_str().unwrap_or("null").to_owned();
    format!(
        "{}\n{}/{}\n{}\n{}",
        text("digestEndTime"),
        text("digestS3Bucket"),
        text("digestS3Object"),
        sha256(bytes),
        text("previousDigestSignature"),
    )
}

/// Writes the log files and the digests of a trail below a folder.
pub fn write(folder: &Path, trail: &Trail) -> Written {
    let mut written = Written::default();
    // Key, hash and signature of the digest before.
    let mut previous: Option<[String; 3]> = None;
    for &(hour, count) in &trail.hours {
        let mut keys = Vec::new();
        let mut files = Vec::new();
        for number in 0..u32::try_from(count).unwrap() {
            let key = log_key(trail, hour, 10 + number);
            let content = log(hour, number);
            put(folder, &key, gzip(content.as_bytes()));
            files.push(json!({
                "s3Bucket": trail.bucket,
                "s3Object": key,
                "hashValue": sha256(content.as_bytes()),
                "hashAlgorithm": "SHA-256",
                "newestEventTime": "2026-02-03T00:00:00Z",
                "oldestEventTime": "2026-02-03T00:00:00Z",
            }));
            keys.push(key);
        }
        if trail.restart == Some(hour) {
            previous = None;
        }
        let key = digest_key(trail, hour + 1);
        let part = |index: usize| previous.as_ref().map(|previous| previous[index].clone());
        let digest = json!({
            "awsAccountId": trail.account,
            "digestStartTime": format!("2026-02-03T{hour:02}:00:00Z"),
            "digestEndTime": format!("2026-02-03T{:02}:00:00Z", hour + 1),
            "digestS3Bucket": trail.bucket,
            "digestS3Object": key,
            "digestPublicKeyFingerprint": FINGERPRINT,
            "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null,
            "oldestEventTime": null,
            "previousDigestS3Bucket": previous.as_ref().map(|_| trail.bucket),
            "previousDigestS3Object": part(0),
            "previousDigestHashValue": part(1),
            "previousDigestHashAlgorithm": previous.as_ref().map(|_| "SHA-256"),
            "previousDigestSignature": part(2),
            "logFiles": files,
        });
        let bytes = digest.to_string();
        put(folder, &key, gzip(bytes.as_bytes()));
        let signature = sign(&string_to_sign(&digest, bytes.as_bytes()));
        let mut metadata = json!({"signature": signature, "signature-algorithm": "SHA256withRSA"});
        if trail.backfill {
            metadata["backfill-generation-timestamp"] = "2026-02-04T00:00:00Z".into();
        }
        written.metadata.insert(key.clone(), metadata);
        previous = Some([key.clone(), sha256(bytes.as_bytes()), signature]);
        written.digests.push(key);
        written.logs.push(keys);
    }
    written
}

/// A copy of one trail in `export`, with `keys.json` and `metadata.json` beside it.
pub fn copy(folder: &Path, trail: &Trail) -> Written {
    let written = write(&folder.join("export"), trail);
    put(folder, "keys.json", public_keys(FINGERPRINT));
    save_metadata(folder, &written.metadata);
    written
}

pub fn save_metadata(folder: &Path, metadata: &Map<String, Value>) -> PathBuf {
    let text = Value::Object(metadata.clone()).to_string();
    put(folder, "metadata.json", text)
}

/// Decompresses a file, changes its text, and compresses it again.
pub fn change(path: &Path, change: impl FnOnce(String) -> String) {
    let packed = std::fs::read(path).unwrap();
    let mut text = String::new();
    let mut decoder = flate2::read::GzDecoder::new(packed.as_slice());
    std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
    let changed = change(text.clone());
    assert_ne!(changed, text, "nothing was changed");
    std::fs::write(path, gzip(changed.as_bytes())).unwrap();
}
