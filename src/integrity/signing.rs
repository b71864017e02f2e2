//! When and where CloudTrail signed what is to be verified.
//!
//! In come the inputs: the name of a digest says its hour and its regions, a list of
//! query results says its own in its text. Out comes, for each region, the time whose
//! public keys are wanted; nothing is fetched here.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

use super::Options;
use super::files::{delivered_as, name_of, path_of};
use super::lake::{self, SIGN_FILE};
use super::name::digest_name;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Input;

/// How far from the time that is said something may have been signed.
const AROUND: SignedDuration = SignedDuration::from_hours(3);

/// When digests and query results were signed.
#[derive(Debug, Default)]
pub struct SigningTimes {
    /// From the first to the last signature, by the region that signs.
    pub regions: BTreeMap<String, RangeInclusive<Timestamp>>,
    /// The lists that do not say it.
    pub problems: Vec<Diagnostic>,
}

impl SigningTimes {
    /// Of all digests and lists of query results among the inputs. What was written
    /// later than its name says may have been signed at any time until now.
    pub fn of<'a>(
        inputs: impl Iterator<Item = &'a Input>,
        options: &Options,
        now: Timestamp,
    ) -> Self {
        let mut times = SigningTimes::default();
        for input in inputs {
            let path = path_of(input);
            let path = delivered_as(&path).unwrap_or(path);
            if let Some((digest, end)) = digest_name(&path) {
                let last = if digest.backfill { end.max(now) } else { end };
                for region in [digest.region, digest.home_region] {
                    times.add(region, end, last);
                }
            } else if name_of(&path) == SIGN_FILE {
                times.add_list(input, options);
            }
        }
        times
    }

    fn add_list(&mut self, input: &Input, options: &Options) {
        // One that cannot be read is reported where it is verified.
        let Ok(written) = lake::read(input, options) else {
            return;
        };
        match written.signed_in() {
            Some((region, time)) => self.add(region, time, time),
            None => self.problems.push(
                Diagnostic::new(
                    Code::KeysNotFetched,
                    "the list does not say in which region and when the query ended",
                )
                .in_place(&input.name)
                .help("save the public keys of that time and give them with `--public-keys`"),
            ),
        }
    }

    fn add(&mut self, region: String, first: Timestamp, last: Timestamp) {
        let from = first.saturating_sub(AROUND).unwrap_or(first);
        let to = last.saturating_add(AROUND).unwrap_or(last);
        let known = self.regions.entry(region).or_insert(from..=to);
        *known = from.min(*known.start())..=to.max(*known.end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::InputKind;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn named(name: &str) -> Input {
        Input {
            name: name.to_owned(),
            kind: InputKind::File(name.into()),
        }
    }

    #[test]
    fn each_region_has_the_time_of_what_was_signed_there() {
        let digest = |region: &str, home: &str, end: &str| {
            named(&format!(
                "AWSLogs/1/1_CloudTrail-Digest_{region}_t_{home}_{end}.json.gz"
            ))
        };
        let inputs = [
            digest("eu-west-1", "eu-west-1", "20260105T110000Z"),
            digest("us-east-1", "eu-west-1", "20260107T110000Z"),
            digest("us-east-2", "us-east-2", "20260101T110000Z_backfill"),
            named("AWSLogs/1/other.json.gz"),
        ];
        let now = time("2026-03-01T00:00:00Z");
        let times = SigningTimes::of(inputs.iter(), &Options::default(), now);
        let expected = [
            ("eu-west-1", "2026-01-05T08:00:00Z", "2026-01-07T14:00:00Z"),
            ("us-east-1", "2026-01-07T08:00:00Z", "2026-01-07T14:00:00Z"),
            ("us-east-2", "2026-01-01T08:00:00Z", "2026-03-01T03:00:00Z"),
        ];
        let expected = expected
            .map(|(region, from, to)| (region.to_owned(), time(from)..=time(to)))
            .into();
        assert_eq!(times.regions, expected);
        assert!(times.problems.is_empty());
    }
}
