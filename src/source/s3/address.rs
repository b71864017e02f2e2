//! `s3://bucket/prefix`, as a person writes it.

use std::fmt;

/// A bucket and which of its keys are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) bucket: String,
    pub(super) keys: Keys,
}

/// Which keys of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keys {
    /// Those below a folder: empty, or with a slash at its end.
    Below(String),
    /// The object of this key, and those below it as a folder.
    Named(String),
    /// Those that begin so.
    Beginning(String),
}

impl Address {
    const SCHEME: &'static str = "s3://";

    /// Whether a text is meant to be one.
    pub fn looks_like_one(text: &str) -> bool {
        let scheme = text.get(..Self::SCHEME.len());
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(Self::SCHEME))
    }

    /// The bucket that it is in.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// Reads an address: `s3://bucket/folder/`, `s3://bucket/key.json.gz`, or
    /// `s3://bucket/begin*`.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text.get(Self::SCHEME.len()..).unwrap_or_default();
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        // The ARN of an access point has slashes of its own.
        let (bucket, key) = match bucket.starts_with("arn:") {
            true => match key.split_once('/') {
                Some((point, key)) => (format!("{bucket}/{point}"), key),
                None => (format!("{bucket}/{key}"), ""),
            },
            false => (bucket.to_owned(), key),
        };
        if bucket.is_empty() {
            return Err("a bucket is missing: write s3://bucket/prefix".to_owned());
        }
        let keys = match key.strip_suffix('*') {
            Some(begin) if begin.contains(['*', '?']) => {
                return Err("of patterns S3 knows only one `*` at the end".to_owned());
            }
            Some(begin) => Keys::Beginning(begin.to_owned()),
            None if key.is_empty() || key.ends_with('/') => Keys::Below(key.to_owned()),
            None => Keys::Named(key.to_owned()),
        };
        Ok(Address { bucket, keys })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, more) = match &self.keys {
            Keys::Below(key) | Keys::Named(key) => (key, ""),
            Keys::Beginning(key) => (key, "*"),
        };
        write!(f, "{}{}/{key}{more}", Self::SCHEME, self.bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_keys() {
        let keys = |text: &str| Address::parse(text).map(|address| (address.bucket, address.keys));
        let bucket = || "logs".to_owned();
        for text in ["s3://logs", "s3://logs/"] {
            assert_eq!(keys(text), Ok((bucket(), Keys::Below(String::new()))));
        }
        assert_eq!(
            keys("s3://logs/a/b/"),
            Ok((bucket(), Keys::Below("a/b/".to_owned())))
        );
        assert_eq!(
            keys("s3://logs/a/b.json"),
            Ok((bucket(), Keys::Named("a/b.json".to_owned())))
        );
        assert_eq!(
            keys("s3://logs/a/2*"),
            Ok((bucket(), Keys::Beginning("a/2".to_owned())))
        );
        let point = "arn:aws:s3:eu-central-1:111122223333:accesspoint/audit";
        assert_eq!(
            keys(&format!("s3://{point}/a/")),
            Ok((point.to_owned(), Keys::Below("a/".to_owned())))
        );
    }

    #[test]
    fn an_address_without_a_bucket_and_a_pattern_within_are_refused() {
        for text in ["s3://", "s3:///key", "s3://logs/*/a*", "s3://logs/a?*"] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
