//! Which objects an address names, and may hold what is asked about.
//!
//! Folders are walked as far as the layout of keys goes, many at once, so that
//! only accounts and regions asked about are listed; in a region's folder, whose
//! keys are in the order of days, only the days from the first moment asked about
//! to the last one that may have been delivered on. Where there is no layout, all
//! is listed.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio::task::JoinSet;

use super::address::{Address, Keys};
use super::connection::Bucket;
use super::fault::{Action, Trouble};
use super::layout::{Standing, holds_queries, is_cloudtrail};
use super::object::Location;
use crate::diagnostic::{Code, Diagnostic};
use crate::event::Asked;
use crate::source::walk::{Skipped, is_digest};

/// Listings at once.
const AT_ONCE: usize = 16;
/// How many folders deep a layout is looked for,
const DEEPEST: usize = 4;
/// and among how many folders side by side.
const WIDEST: usize = 64;

/// What was listed.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub(super) objects: Vec<Location>,
    pub(super) skipped: Skipped,
    /// The folders that could not be listed, of which nothing is among the objects.
    pub(super) problems: Vec<Diagnostic>,
    /// Folders of services that are not CloudTrail.
    others: BTreeSet<String>,
}

impl Listed {
    pub(super) fn holds_nothing(&self) -> bool {
        self.objects.is_empty() && self.problems.is_empty()
    }

    /// When all has been asked for.
    fn finish(mut self, is_proof: bool) -> Self {
        self.skipped.other_service = self.others.len();
        // Answers come in any order.
        self.problems.sort_by(|a, b| a.place.cmp(&b.place));
        // What was not listed cannot be told from what was removed.
        if is_proof && !self.problems.is_empty() {
            self.objects.clear();
        }
        self
    }
}

/// Which objects are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Those that may hold events asked about,
    pub(super) asked: &'a Asked,
    /// delivered no later than this after they happened.
    pub(super) margin: SignedDuration,
    /// Whether digests are, too.
    pub(super) digests: bool,
}

/// What is asked of a bucket.
pub(super) struct Listing<'a> {
    bucket: &'a Arc<Bucket>,
    asked: &'a Asked,
    /// The first and the last day of delivery that count.
    first: Option<Date>,
    last: Option<Date>,
    takes_digests: bool,
}

/// Something to list.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A folder and the folders in it, which stands so many folders below where
    /// the address begins.
    Folder(String, usize),
    /// All keys that begin so, after the first and before the last of these.
    Keys {
        prefix: String,
        after: Option<String>,
        before: Option<String>,
    },
}

impl Step {
    fn prefix(&self) -> &str {
        match self {
            Step::Folder(prefix, _) | Step::Keys { prefix, .. } => prefix,
        }
    }
}

/// What a step came to.
struct Found {
    step: Step,
    objects: Vec<(String, u64, Option<String>)>,
    folders: Vec<String>,
}

impl<'a> Listing<'a> {
    pub(super) fn new(bucket: &'a Arc<Bucket>, wanted: &Wanted<'a>) -> Self {
        let Wanted {
            asked,
            margin,
            digests,
        } = *wanted;
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        Listing {
            bucket,
            asked,
            first: asked.since.map(day),
            last: asked
                .until
                .map(|until| day(until.saturating_add(margin).unwrap_or(Timestamp::MAX))),
            takes_digests: digests,
        }
    }

    /// Asks for all of it. A folder that does not answer is named and left out whole;
    /// those beside it are listed.
    ///
    /// # Errors
    ///
    /// Why no folder at all would answer.
    pub(super) async fn run(self, address: &Address) -> Result<Listed, Diagnostic> {
        let mut pending = match &address.keys {
            Keys::Below(folder) => vec![self.below(folder.clone(), 0)],
            Keys::Named(key) => vec![
                // The key alone; those that are longer come after it.
                self.keys(key.clone(), None, Some(format!("{key}\0"))),
                self.below(format!("{key}/"), 0),
            ],
            Keys::Beginning(begin) => vec![self.keys(begin.clone(), None, None)],
        };
        let mut listed = Listed::default();
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(step) = pending.pop()
            {
                running.spawn(list(Arc::clone(self.bucket), step));
            }
            let Some(found) = running.join_next().await else {
                return Ok(listed.finish(self.takes_digests));
            };
            let found =
                found.map_err(|error| Diagnostic::new(Code::S3Interrupted, error.to_string()))?;
            match found {
                Ok(found) => self.take(found, &mut pending, &mut listed),
                Err((_, trouble)) if trouble.is_of_all() => {
                    return Err(trouble.diagnostic().in_place(address.to_string()));
                }
                Err((step, trouble)) => {
                    let place = format!("s3://{}/{}", self.bucket.name, step.prefix());
                    listed.problems.push(trouble.diagnostic().in_place(place));
                }
            }
        }
    }

    fn take(&self, found: Found, pending: &mut Vec<Step>, listed: &mut Listed) {
        if let Step::Folder(folder, depth) = &found.step
            && Standing::of(folder) == Standing::Elsewhere
            && (*depth >= DEEPEST || found.folders.len() > WIDEST)
        {
            // No layout in sight: what it holds is listed without its folders.
            pending.push(self.keys(folder.clone(), None, None));
            return;
        }
        // A service whose folder was named is meant.
        let is_meant = matches!(Standing::of(found.step.prefix()), Standing::Service(..));
        for (key, size, etag) in found.objects {
            match Standing::of(&key) {
                Standing::Service(account, service, folder)
                    if !is_meant && !is_cloudtrail(service) =>
                {
                    if self.asked.has_account(account) {
                        listed.others.insert(folder.to_owned());
                    }
                }
                _ => self.object(key, size, etag, listed),
            }
        }
        let depth = match found.step {
            Step::Folder(_, depth) => depth + 1,
            Step::Keys { .. } => 0,
        };
        for folder in found.folders {
            match Standing::of(&folder) {
                Standing::Account(account) | Standing::Service(account, ..)
                    if !self.asked.has_account(account) => {}
                Standing::Service(_, service, folder) if !is_meant && !is_cloudtrail(service) => {
                    listed.others.insert(folder.to_owned());
                }
                Standing::Region(place) if !self.asked.has_region(place.region) => {}
                _ => pending.push(self.below(folder, depth)),
            }
        }
    }

    /// How what is below a folder is listed.
    fn below(&self, folder: String, depth: usize) -> Step {
        match Standing::of(&folder) {
            Standing::Region(place) => {
                let root = place.root;
                let day = |day: Date| day.strftime("%Y/%m/%d").to_string();
                let after = self.first.map(|first| format!("{root}{}", day(first)));
                // In the order of keys 0 is next to the slash.
                let before = self.last.map(|last| format!("{root}{}0", day(last)));
                self.keys(folder, after, before)
            }
            Standing::Service(_, service, _) if holds_queries(service) => {
                self.keys(folder, None, None)
            }
            _ => Step::Folder(folder, depth),
        }
    }

    fn keys(&self, prefix: String, after: Option<String>, before: Option<String>) -> Step {
        Step::Keys {
            prefix,
            after,
            before,
        }
    }

    fn object(&self, key: String, size: u64, etag: Option<String>, listed: &mut Listed) {
        let is_folder = key.ends_with('/') && size == 0;
        if is_folder || !self.is_asked(&key) {
            return;
        }
        let mut names = key.split('/');
        if names.clone().any(|name| name.starts_with('.')) {
            listed.skipped.hidden += 1;
        } else if !self.takes_digests && names.any(is_digest) {
            listed.skipped.digest += 1;
        } else {
            listed.objects.push(Location {
                bucket: Arc::clone(self.bucket),
                key,
                size,
                etag,
            });
        }
    }

    /// Whether an object may hold what is asked about, by its key.
    fn is_asked(&self, key: &str) -> bool {
        match Standing::of(key) {
            Standing::Account(account) | Standing::Service(account, ..) => {
                self.asked.has_account(account)
            }
            Standing::Region(place) => {
                self.asked.has_account(place.account)
                    && self.asked.has_region(place.region)
                    && place.day.is_none_or(|day| {
                        self.first.is_none_or(|first| day >= first)
                            && self.last.is_none_or(|last| day <= last)
                    })
            }
            Standing::Elsewhere | Standing::Accounts => true,
        }
    }
}

/// Lists all pages of a step, or says which step it was that ended before the last.
async fn list(bucket: Arc<Bucket>, step: Step) -> Result<Found, (Step, Trouble)> {
    match pages(&bucket, &step).await {
        Ok((objects, folders)) => Ok(Found {
            step,
            objects,
            folders,
        }),
        Err(trouble) => Err((step, trouble)),
    }
}

/// Keys with their sizes and tags, and folders.
type Pages = (Vec<(String, u64, Option<String>)>, Vec<String>);

async fn pages(bucket: &Bucket, step: &Step) -> Result<Pages, Trouble> {
    let (prefix, delimiter, after, before) = match step {
        Step::Folder(folder, _) => (folder, Some("/"), None, None),
        Step::Keys {
            prefix,
            after,
            before,
        } => (prefix, None, after.clone(), before.clone()),
    };
    let mut objects = Vec::new();
    let mut folders = Vec::new();
    let mut token = None;
    loop {
        let page = bucket
            .client
            .list_objects_v2()
            .bucket(&bucket.name)
            .prefix(prefix)
            .set_delimiter(delimiter.map(str::to_owned))
            .set_start_after(after.clone().filter(|_| token.is_none()))
            .set_continuation_token(token)
            .set_request_payer(bucket.payer.clone())
            .send()
            .await
            .map_err(|error| Trouble::of(&error, bucket, Action::List))?;
        token = next(&page);
        let common = page.common_prefixes.unwrap_or_default();
        folders.extend(common.into_iter().filter_map(|folder| folder.prefix));
        let mut past = false;
        for object in page.contents.unwrap_or_default() {
            let Some(key) = object.key else { continue };
            past |= before.as_ref().is_some_and(|before| key >= *before);
            if !past {
                let size = object.size.and_then(|size| u64::try_from(size).ok());
                objects.push((key, size.unwrap_or(0), object.e_tag));
            }
        }
        if past || token.is_none() {
            return Ok((objects, folders));
        }
    }
}

fn next(page: &ListObjectsV2Output) -> Option<String> {
    let more = page.is_truncated.unwrap_or(false);
    page.next_continuation_token.clone().filter(|_| more)
}
