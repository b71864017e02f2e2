//! The reader of digests: what it takes is what stands in the bytes, and nothing
//! that was cut is taken.

use serde_json::Value;
use trailgate::integrity::{Digest, DigestName, LogFile};

pub fn check(data: &[u8]) -> bool {
    let parsed = Digest::parse(data);
    assert_eq!(parsed, Digest::parse(data), "read twice");
    let Ok((digest, logs)) = parsed else {
        return false;
    };
    assert!(digest.start <= digest.end);
    assert_eq!(Some(&digest.name), DigestName::of_key(&digest.key).as_ref());
    says_what_stands_there(data, &digest, &logs);
    let end = data.trim_ascii_end().len();
    for cut in [end - 1, end / 2] {
        assert!(Digest::parse(&data[..cut]).is_err(), "cut at {cut}");
    }
    true
}

/// Holds a digest to the object as another reader gives it.
fn says_what_stands_there(data: &[u8], digest: &Digest, logs: &[LogFile]) {
    // What is no JSON here has none of the texts below.
    let written: Value = serde_json::from_slice(data).unwrap_or_default();
    let text = |name: &str| written[name].as_str();
    assert_eq!(text("digestS3Bucket"), Some(digest.bucket.as_str()));
    assert_eq!(text("digestS3Object"), Some(digest.key.as_str()));
    assert_eq!(text("digestEndTime"), Some(digest.end_text.as_str()));
    let fingerprint = text("digestPublicKeyFingerprint");
    assert_eq!(fingerprint, Some(digest.fingerprint.as_str()));
    let previous = digest.previous.as_ref();
    let signature = previous.map(|previous| previous.signature.as_str());
    assert_eq!(text("previousDigestSignature"), signature);
    let key = previous.map(|previous| previous.key.as_str());
    assert_eq!(text("previousDigestS3Object"), key);
    let hash = previous.map(|previous| previous.hash.as_str());
    assert_eq!(text("previousDigestHashValue"), hash);
    let listed = written["logFiles"].as_array().map_or(0, Vec::len);
    assert_eq!(listed, logs.len());
    for (index, log) in logs.iter().enumerate() {
        let file = &written["logFiles"][index];
        assert_eq!(file["s3Object"].as_str(), Some(log.s3_object.as_str()));
        assert_eq!(file["hashValue"].as_str(), Some(log.hash_value.as_str()));
    }
}
