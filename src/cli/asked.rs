//! Which events a scan is asked about, as options say it.

use clap::Args;
use jiff::{SignedDuration, Timestamp};

use trailgate::event::{Asked, is_account_id, parse_duration, parse_rfc3339};

/// Which events are judged; others are counted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Which events")]
pub(crate) struct AskedOptions {
    /// Judge events from this time on: RFC 3339, a date, or how long before
    /// `--now`, such as 24h, 90m or 7d
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    since: Option<Moment>,

    /// Judge events before this time, written as for `--since`
    #[arg(long, value_name = "TIME", value_parser = parse_moment)]
    until: Option<Moment>,

    /// Judge events of this account (may be repeated, or a list with commas)
    #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = parse_account)]
    account: Vec<String>,

    /// Judge events of this region (may be repeated, or a list with commas)
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    region: Vec<String>,

    /// How late CloudTrail may deliver an event: of a bucket, days are listed
    /// from `--since` to this long after `--until`
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = parse_duration)]
    delivery_margin: SignedDuration,
}

/// A time, or how long ago.
#[derive(Debug, Clone, Copy)]
enum Moment {
    At(Timestamp),
    Ago(SignedDuration),
}

impl Moment {
    fn before(self, now: Timestamp) -> Result<Timestamp, String> {
        match self {
            Moment::At(time) => Ok(time),
            Moment::Ago(ago) => now.checked_sub(ago).map_err(|error| error.to_string()),
        }
    }
}

impl AskedOptions {
    /// The choice, for a run made for `now`.
    pub(crate) fn asked(&self, now: Timestamp) -> Result<Asked, String> {
        let moment = |moment: Option<Moment>| moment.map(|m| m.before(now)).transpose();
        let (since, until) = (moment(self.since)?, moment(self.until)?);
        if let (Some(since), Some(until)) = (since, until)
            && since >= until
        {
            return Err(format!(
                "no event happened from {since} on and before {until}"
            ));
        }
        Ok(Asked {
            since,
            until,
            accounts: self.account.iter().cloned().collect(),
            regions: self.region.iter().cloned().collect(),
        })
    }

    pub(crate) fn delivery_margin(&self) -> SignedDuration {
        self.delivery_margin
    }
}

fn parse_moment(text: &str) -> Result<Moment, String> {
    if let Some(time) = time_or_date(text) {
        return Ok(Moment::At(time));
    }
    parse_duration(text).map(Moment::Ago).map_err(|_| {
        "write a time such as 2026-01-31T08:00:00Z, a date, or how long ago, such as 24h or 7d"
            .to_owned()
    })
}

/// Reads a time that hangs on no other: RFC 3339, or a date.
pub(crate) fn parse_time(text: &str) -> Result<Timestamp, String> {
    time_or_date(text)
        .ok_or_else(|| "write a time such as 2026-01-31T08:00:00Z, or a date".to_owned())
}

/// A date is its first moment, in UTC.
fn time_or_date(text: &str) -> Option<Timestamp> {
    parse_rfc3339(text).or_else(|| parse_rfc3339(&format!("{text}T00:00:00Z")))
}

fn parse_account(text: &str) -> Result<String, String> {
    is_account_id(text)
        .then(|| text.to_owned())
        .ok_or_else(|| "an account is told by its 12 digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(since: &str, until: Option<&str>) -> Result<Asked, String> {
        let options = AskedOptions {
            since: Some(parse_moment(since)?),
            until: until.map(parse_moment).transpose()?,
            account: Vec::new(),
            region: Vec::new(),
            delivery_margin: SignedDuration::ZERO,
        };
        options.asked("2026-11-22T06:00:00Z".parse().map_err(|_| "now")?)
    }

    #[test]
    fn a_time_is_a_timestamp_a_date_or_how_long_ago() {
        for (text, time) in [
            ("2026-11-20T08:30:00+01:00", "2026-11-20T07:30:00Z"),
            ("2026-11-20", "2026-11-20T00:00:00Z"),
            ("24h", "2026-11-21T06:00:00Z"),
            ("7d", "2026-11-15T06:00:00Z"),
            ("1h30m", "2026-11-22T04:30:00Z"),
        ] {
            let since = asked(text, None).map(|asked| asked.since);
            assert_eq!(since, Ok(time.parse().ok()), "{text}");
        }
        for text in ["", "yesterday", "-24h", "24", "3 fortnights", "1month"] {
            assert!(parse_moment(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_interval_without_a_moment_in_it_is_refused() {
        assert!(asked("24h", Some("1h")).is_ok());
        assert!(asked("1h", Some("24h")).is_err());
        assert!(asked("2026-11-20", Some("2026-11-20")).is_err());
    }
}
