//! What the buckets of these tests hold.

use std::path::Path;

use crate::support::s3::{Objects, objects_of};
use crate::support::{event, gzip, lines, put, records};

pub const ACCOUNT: &str = "111122223333";
pub const OTHER: &str = "444455556666";

/// A log file of some events that CloudTrail would deliver on that day.
pub fn log(
    folder: &Path,
    account: &str,
    region: &str,
    day: &str,
    events: std::ops::Range<u64>,
) -> String {
    let events: Vec<_> = events
        .map(|number| {
            let mut event = event("Critical", number);
            event["recipientAccountId"] = account.into();
            event["awsRegion"] = region.into();
            event["eventTime"] =
                format!("{}T{:02}:00:00Z", day.replace('/', "-"), number % 24).into();
            event["eventID"] = format!("{account}-{region}-{day}-{number}").into();
            event
        })
        .collect();
    let key = format!(
        "AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{}.json.gz",
        events.len()
    );
    put(folder, &key, gzip(records(&events).as_bytes()));
    key
}

/// A bucket's tree: two accounts, two regions, four days, and what else is there.
pub fn tree(folder: &Path) -> Objects {
    for account in [ACCOUNT, OTHER] {
        for region in ["eu-central-1", "us-east-1"] {
            for day in ["2026/11/19", "2026/11/20", "2026/11/21", "2026/11/22"] {
                log(folder, account, region, day, 0..24);
            }
        }
        let digests = format!("AWSLogs/{account}/CloudTrail-Digest/eu-central-1/2026/11/20");
        put(
            folder,
            &format!("{digests}/{account}_CloudTrail-Digest_a.json.gz"),
            gzip(b"{}"),
        );
    }
    put(folder, "AWSLogs/.hidden.json", "no JSON");
    objects_of(folder)
}

/// A bucket with one log file of three events.
pub fn one_object() -> Objects {
    let events = [1, 2, 3].map(|number| event("Critical", number));
    let bytes = gzip(records(&events).as_bytes());
    [("logs/a.json.gz".to_owned(), bytes.into())].into()
}

/// JSON Lines of more than 8 MiB, which are read in ranges.
pub fn large() -> String {
    let mut events: Vec<_> = (0..20_000).map(|number| event("Nothing", number)).collect();
    for at in [0, 10_000, 19_999] {
        events[at]["eventName"] = "Critical".into();
    }
    lines(&events)
}
