//! Where CloudTrail puts its log files:
//! `[prefix/]AWSLogs/[o-id/]ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/name`, by the
//! day of delivery.
//!
//! In comes a key or a folder of keys; out comes where it stands, as far as its
//! names say.

use jiff::civil::Date;

/// Where a folder or a key stands in the layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// In no `AWSLogs`, or in it where no account should be.
    Elsewhere,
    /// Where the folders of accounts are.
    Accounts,
    /// The folder of an account.
    Account(&'a str),
    /// The folder of a service in that of an account: account, service, and the
    /// folder with its slash.
    Service(&'a str, &'a str, &'a str),
    /// In the folder of a region in that of CloudTrail.
    Region(Place<'a>),
}

/// In the folder of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    /// The day of delivery, where it stands there.
    pub(super) day: Option<Date>,
    /// The folder of the region, with its slash.
    pub(super) root: &'a str,
}

/// Whether a service's folder is one of CloudTrail: logs, digests, Insights, results
/// of queries.
pub(super) fn is_cloudtrail(service: &str) -> bool {
    service.starts_with("CloudTrail")
}

/// Whether it holds results of CloudTrail Lake queries. They lie by the day of the
/// query, in no folder of a region, and may tell of any time and region.
pub(super) fn holds_queries(service: &str) -> bool {
    service == "CloudTrail-Lake"
}

impl<'a> Standing<'a> {
    /// Of a key, or of a folder with a slash at its end.
    pub(super) fn of(key: &'a str) -> Self {
        let folders = match key.rfind('/') {
            Some(end) => &key[..end],
            None => return Standing::Elsewhere,
        };
        let mut names = folders.split('/');
        if !names.any(|name| name == "AWSLogs") {
            return Standing::Elsewhere;
        }
        let mut names = names.peekable();
        names.next_if(|name| name.starts_with("o-"));
        let Some(account) = names.next() else {
            return Standing::Accounts;
        };
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Standing::Elsewhere;
        }
        let Some(service) = names.next() else {
            return Standing::Account(account);
        };
        let region = match names.next() {
            Some(region) if is_cloudtrail(service) && !holds_queries(service) => region,
            _ => return Standing::Service(account, service, to_end_of(key, service)),
        };
        let mut number = || names.next()?.parse::<i16>().ok();
        let day = match (number(), number(), number()) {
            (Some(year), Some(month), Some(day)) => date(year, month, day),
            _ => None,
        };
        Standing::Region(Place {
            account,
            region,
            day,
            root: to_end_of(key, region),
        })
    }
}

/// The part of a key up to one of its names, with the slash after it.
fn to_end_of<'a>(key: &'a str, name: &'a str) -> &'a str {
    let end = name.as_ptr() as usize - key.as_ptr() as usize + name.len() + 1;
    key.get(..end).unwrap_or(key)
}

fn date(year: i16, month: i16, day: i16) -> Option<Date> {
    Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_account_region_and_day() {
        for root in [
            "AWSLogs/111122223333/CloudTrail/eu-central-1/",
            "audit/2026/AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/eu-central-1/",
        ] {
            let key = format!("{root}2026/11/21/a.json.gz");
            let place = Place {
                account: "111122223333",
                region: "eu-central-1",
                day: Date::new(2026, 11, 21).ok(),
                root,
            };
            assert_eq!(Standing::of(&key), Standing::Region(place));
        }
    }

    #[test]
    fn folders_stand_where_their_names_say() {
        for (folder, standing) in [
            ("", Standing::Elsewhere),
            ("audit/", Standing::Elsewhere),
            ("AWSLogs", Standing::Elsewhere),
            ("AWSLogs/", Standing::Accounts),
            ("audit/AWSLogs/o-a1b2c3d4e5/", Standing::Accounts),
            ("AWSLogs/111122223333/", Standing::Account("111122223333")),
            ("AWSLogs/export/a/", Standing::Elsewhere),
            (
                "AWSLogs/111122223333/Config/eu-central-1/",
                Standing::Service("111122223333", "Config", "AWSLogs/111122223333/Config/"),
            ),
            (
                "AWSLogs/111122223333/CloudTrail/",
                Standing::Service(
                    "111122223333",
                    "CloudTrail",
                    "AWSLogs/111122223333/CloudTrail/",
                ),
            ),
        ] {
            assert_eq!(Standing::of(folder), standing, "{folder}");
        }
    }
}
