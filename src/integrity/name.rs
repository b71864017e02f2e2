//! The names that CloudTrail gives to objects.

use jiff::Timestamp;

use crate::event::parse_rfc3339;

/// What the key of a digest says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DigestName {
    /// The account that the logs are of.
    pub account: String,
    /// The region that the logs are of.
    pub region: String,
    /// The trail's name.
    pub trail: String,
    /// The region that the trail belongs to.
    pub home_region: String,
    /// The organization, for a trail of one.
    pub organization: Option<String>,
    /// Whether the digest was written later, for a time that had none.
    pub backfill: bool,
}

impl DigestName {
    /// Reads `.../<account>_CloudTrail-Digest_<region>_<trail>_<home>_<time>.json.gz`,
    /// also with `_backfill` after the time. Digests of one chain have equal names.
    pub fn of_key(key: &str) -> Option<DigestName> {
        digest_name(key).map(|(name, _)| name)
    }
}

/// What the name of a digest says, and the time in it, at which its hour ends.
pub(super) fn digest_name(key: &str) -> Option<(DigestName, Timestamp)> {
    let (folders, name) = key.rsplit_once('/').unwrap_or(("", key));
    let stem = name.strip_suffix(".json.gz")?;
    let (stem, backfill) = match stem.strip_suffix("_backfill") {
        Some(stem) => (stem, true),
        None => (stem, false),
    };
    let (rest, time) = stem.rsplit_once('_')?;
    let time = compact_time(time)?;
    let (rest, home_region) = rest.rsplit_once('_')?;
    let (account, rest) = rest.split_once("_CloudTrail-Digest_")?;
    let (region, trail) = rest.split_once('_')?;
    let filled = [account, region, trail, home_region];
    if filled.iter().any(|part| part.is_empty()) {
        return None;
    }
    let organization = folders.split('/').rev().find(|part| part.starts_with("o-"));
    let name = DigestName {
        account: account.to_owned(),
        region: region.to_owned(),
        trail: trail.to_owned(),
        home_region: home_region.to_owned(),
        organization: organization.map(str::to_owned),
        backfill,
    };
    Some((name, time))
}

/// What the name of a log file says: whose it is and when it was delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogName<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) delivered: Timestamp,
}

impl<'a> LogName<'a> {
    /// Reads `<account>_CloudTrail_<region>_<time>_<id>.json.gz`.
    pub(super) fn of_path(path: &'a str) -> Option<LogName<'a>> {
        let name = path.rsplit('/').next()?;
        let (account, rest) = name.split_once("_CloudTrail_")?;
        let (region, rest) = rest.split_once('_')?;
        let (time, _) = rest.split_once('_')?;
        Some(LogName {
            account,
            region,
            delivered: compact_time(time)?,
        })
    }
}

/// Whether a file lies or is called as digests are.
pub(super) fn is_digest(path: &str) -> bool {
    path.contains("_CloudTrail-Digest_") || path.split('/').any(|part| part == "CloudTrail-Digest")
}

/// Whether an object lies where log files of events do.
pub(super) fn is_log_key(key: &str) -> bool {
    let mut folders = key.split('/').skip_while(|part| *part != "AWSLogs");
    folders.any(|part| part == "CloudTrail")
}

/// `20260105T110000Z`, also without the seconds.
fn compact_time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || !matches!(time.len(), 4 | 6) || !digits(date) || !digits(time) {
        return None;
    }
    let seconds = time.get(4..6).unwrap_or("00");
    parse_rfc3339(&format!(
        "{}-{}-{}T{}:{}:{seconds}Z",
        &date[..4],
        &date[4..6],
        &date[6..],
        &time[..2],
        &time[2..4],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_trail_may_have_underscores_in_its_name() {
        let key = "x/AWSLogs/o-abc/111122223333/CloudTrail-Digest/us-east-1/2026/01/05/\
                   111122223333_CloudTrail-Digest_us-east-1_my_own_trail_eu-west-1_20260105T110000Z_backfill.json.gz";
        let name = DigestName::of_key(key).unwrap();
        assert_eq!(name.account, "111122223333");
        assert_eq!(name.region, "us-east-1");
        assert_eq!(name.trail, "my_own_trail");
        assert_eq!(name.home_region, "eu-west-1");
        assert_eq!(name.organization.as_deref(), Some("o-abc"));
        assert!(name.backfill);
    }

    #[test]
    fn what_is_no_digest_has_no_digest_name() {
        for key in [
            "",
            "a.json.gz",
            "1_CloudTrail-Digest_us-east-1_t_us-east-1_20260105T1100.json.gz",
            "1_CloudTrail-Digest_us-east-1_20260105T110000Z.json.gz",
            "1_CloudTrail-Digest_us-east-1__us-east-1_20260105T110000Z.json.gz",
            "1_CloudTrail-Digest_us-east-1_t_us-east-1_20261305T110000Z.json.gz",
        ] {
            assert_eq!(DigestName::of_key(key), None, "{key}");
        }
    }

    #[test]
    fn a_log_says_when_it_was_delivered() {
        let log = LogName::of_path("a/1_CloudTrail_us-east-1_20260105T1010Z_abc.json.gz").unwrap();
        assert_eq!(log.delivered.to_string(), "2026-01-05T10:10:00Z");
        assert_eq!((log.account, log.region), ("1", "us-east-1"));
    }

    #[test]
    fn a_folder_of_that_name_outside_of_the_bucket_holds_no_logs() {
        assert!(is_log_key("AWSLogs/1/CloudTrail/us-east-1/extra.gz"));
        assert!(is_log_key("p/AWSLogs/o-a/1/CloudTrail/extra.gz"));
        assert!(!is_log_key("CloudTrail/AWSLogs/1/extra.gz"));
        assert!(!is_log_key(
            "AWSLogs/1/CloudTrail-Insight/us-east-1/extra.gz"
        ));
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd_to_be_read_as_a_name(text in any::<String>()) {
            let _ = (DigestName::of_key(&text), LogName::of_path(&text).is_some());
            let _ = DigestName::of_key(&format!("1_CloudTrail-Digest_{text}_20260105T110000Z.json.gz"));
            let _ = compact_time(&text);
        }
    }
}
