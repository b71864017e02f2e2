//! Inputs: which ones an earlier run read.
//!
//! An input is known by what is in it: a file by the hash of its bytes, an object in
//! S3 by its key and ETag. A file at the same place which the file system says
//! nobody wrote to is not read for that; any other of a size that is known is hashed
//! first. Known is not enough to be left out: it has to have been read to its end,
//! under the same rules, and asked for at least what is asked now, by a run whose
//! outputs were written.

use std::fs;
use std::fs::File;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Result, Row, params};

use super::recording::Recording;
use super::values::{Columns, asked, asked_again, count, micros};
use crate::diagnostic::{Code, Diagnostic};
use crate::engine::{InputEnd, InputIdentity};
use crate::event::Asked;
use crate::finding::{KnownInputs, counted as in_words};
use crate::source::{Content, FileVersion, Input, InputKind};

/// Past this many nanoseconds a file system's clock tells two moments apart.
const TICK: i64 = 2_000_000_000;

/// What was found out about the inputs of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Those that are left out.
    pub left_out: KnownInputs,
    /// Those that were read under other rules, and are read again.
    pub again: u64,
    /// The state file itself and its journal, where they lie among the inputs. They
    /// are no inputs.
    pub own: usize,
}

impl Known {
    /// What to say of those that are read again.
    pub fn notice(&self) -> Option<Diagnostic> {
        let inputs = in_words(self.again, "input");
        (self.again > 0).then(|| {
            let message = format!(
                "{inputs} of earlier runs read again: the rules or lists in force are others than then"
            );
            Diagnostic::new(Code::ReadAgain, message)
                .help("nothing need be done: the next run under these rules leaves them out")
        })
    }
}

/// What is kept of an input, in the order of [`COLUMNS`].
struct Kept {
    place: String,
    size: u64,
    etag: Option<String>,
    modified: Option<i64>,
    changed: Option<i64>,
    number: Option<i64>,
    looked: i64,
    rules: [u8; 32],
    asked: Option<String>,
    events: u64,
    findings: u64,
    span: Option<(Timestamp, Timestamp)>,
}

const COLUMNS: &str = "place, size, etag, modified, changed, number, looked, inputs.rules, inputs.asked, \
     inputs.events, findings, first_event, last_event";

impl Kept {
    fn of(row: &Row<'_>) -> Result<Kept> {
        let mut columns = Columns::of(row);
        Ok(Kept {
            place: columns.next()?,
            size: columns.count()?,
            etag: columns.next()?,
            modified: columns.next()?,
            changed: columns.next()?,
            number: columns.next()?,
            looked: columns.next()?,
            rules: columns.next()?,
            asked: columns.next()?,
            events: columns.count()?,
            findings: columns.count()?,
            span: columns.time_if_any()?.zip(columns.time_if_any()?),
        })
    }

    /// Whether nobody wrote to the file since. Where the file system does not say
    /// when anything was changed, and where a change may have come within one tick
    /// of its clock, that cannot be told.
    fn is_untouched(&self, version: FileVersion) -> bool {
        let same = self.size == version.size
            && self.modified == Some(version.modified)
            && self.changed == version.changed
            && self.number == version.number.map(u64::cast_signed);
        let looked = self.looked.saturating_mul(1000);
        let settled = |changed: i64| changed.max(version.modified).saturating_add(TICK) < looked;
        same && version.changed.is_some_and(settled)
    }

    /// Whether reading it now would tell nothing that was not told.
    fn answers(&self, asked: &Asked) -> bool {
        match &self.asked {
            None => true,
            Some(then) => asked_again(then).is_some_and(|then| asked.is_within(&then)),
        }
    }

    /// Whether an event of it may be asked about.
    fn may_hold(&self, asked: &Asked) -> bool {
        self.span.is_none_or(|(first, last)| {
            asked.since.is_none_or(|since| last >= since)
                && asked.until.is_none_or(|until| first < until)
        })
    }
}

/// An input that is known, and what its place looks like now.
struct Met {
    kept: Kept,
    place: String,
    version: Option<FileVersion>,
    looked: i64,
}

impl Recording {
    /// Takes out the inputs that an earlier run read, as far as nothing new could be
    /// told of them.
    ///
    /// # Errors
    /// The state file cannot be read.
    pub fn leave_out(
        &mut self,
        inputs: &mut Vec<Input>,
    ) -> std::result::Result<Known, Box<Diagnostic>> {
        let mut known = Known::default();
        let reads = inputs.iter().map(|input| self.reads(input, &mut known));
        let mut reads = reads
            .collect::<Result<Vec<bool>>>()
            .map_err(|error| self.unreadable(&error))?
            .into_iter();
        inputs.retain(|input| {
            let reads = reads.next().unwrap_or(true);
            if !reads {
                input.leave_out();
            }
            reads
        });
        Ok(known)
    }

    /// Whether an input is to be read.
    fn reads(&self, input: &Input, known: &mut Known) -> Result<bool> {
        if self.is_own(input) {
            known.own += 1;
            return Ok(false);
        }
        let Some(met) = self.met(input)? else {
            return Ok(true);
        };
        if met.kept.rules != self.run.rules.0 {
            known.again += 1;
            return Ok(true);
        }
        if !met.kept.answers(&self.run.asked) {
            return Ok(true);
        }
        known.left_out.add(&met.kept, &self.run.asked);
        self.keep_met(&met)?;
        Ok(false)
    }

    /// Whether an input is the state file, or its journal.
    fn is_own(&self, input: &Input) -> bool {
        let InputKind::File(path) = &input.kind else {
            return false;
        };
        let own = place_of(&self.path);
        let rest = place_of(path);
        rest.strip_prefix(&own)
            .is_some_and(|rest| matches!(rest, "" | "-journal"))
    }

    fn met(&self, input: &Input) -> Result<Option<Met>> {
        match &input.kind {
            InputKind::Stdin => Ok(None),
            InputKind::File(path) => self.met_file(path),
            #[cfg(feature = "s3")]
            InputKind::Object(object) => {
                let Some(etag) = object.etag() else {
                    return Ok(None);
                };
                let kept = self.at(&input.name)?.filter(|kept| {
                    kept.etag.as_deref() == Some(etag) && kept.size == object.size()
                });
                Ok(kept.map(|kept| Met {
                    place: input.name.clone(),
                    looked: kept.looked,
                    kept,
                    version: None,
                }))
            }
        }
    }

    fn met_file(&self, path: &Path) -> Result<Option<Met>> {
        let Some(version) = FileVersion::of(path) else {
            return Ok(None);
        };
        let place = place_of(path);
        if let Some(kept) = self.at(&place)?
            && kept.is_untouched(version)
        {
            return Ok(Some(Met {
                place,
                looked: kept.looked,
                kept,
                version: Some(version),
            }));
        }
        if !self.has_size(version.size)? {
            return Ok(None);
        }
        let looked = micros(Timestamp::now());
        // What cannot be read, or is written to just now, is for the scan to say.
        let content = File::open(path).and_then(Content::of_reader).ok();
        let unchanged = FileVersion::of(path) == Some(version);
        let Some(content) = content.filter(|_| unchanged) else {
            return Ok(None);
        };
        let kept = self.with_content(content)?;
        Ok(kept.map(|kept| Met {
            kept,
            place,
            version: Some(version),
            looked,
        }))
    }

    fn at(&self, place: &str) -> Result<Option<Kept>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM inputs JOIN runs ON runs.id = run WHERE place = ?1 AND reported = 1"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        query.query_row([place], Kept::of).optional()
    }

    fn has_size(&self, size: u64) -> Result<bool> {
        let sql = "SELECT EXISTS (SELECT 1 FROM inputs WHERE size = ?1 AND content IS NOT NULL)";
        let mut query = self.connection.prepare_cached(sql)?;
        query.query_row([count(size)], |row| row.get(0))
    }

    /// One that was read under the rules of this run, if there is one.
    fn with_content(&self, content: Content) -> Result<Option<Kept>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM inputs JOIN runs ON runs.id = run \
             WHERE size = ?1 AND content = ?2 AND reported = 1 \
             ORDER BY inputs.rules = ?3 DESC, inputs.asked IS NULL DESC, run DESC, place LIMIT 1"
        );
        let mut query = self.connection.prepare_cached(&sql)?;
        let rules = self.run.rules.0;
        query
            .query_row(
                params![count(content.size), content.sha256, rules],
                Kept::of,
            )
            .optional()
    }

    /// Keeps that a known input was met, and where.
    fn keep_met(&self, met: &Met) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO temp.ends \
             SELECT ?1, size, etag, content, ?2, ?3, ?4, ?5, run, rules, asked, events, findings, \
             first_event, last_event, ?6 FROM main.inputs WHERE place = ?7";
        let version = met.version;
        self.connection.prepare_cached(sql)?.execute(params![
            met.place,
            version.map(|version| version.modified),
            version.and_then(|version| version.changed),
            version
                .and_then(|version| version.number)
                .map(u64::cast_signed),
            met.looked,
            micros(self.began),
            met.kept.place,
        ])?;
        Ok(())
    }

    /// Takes note of an input that is over, after the findings in it.
    pub fn end(&mut self, end: &InputEnd) {
        let findings = std::mem::take(&mut self.findings_of_input);
        // Where something could not be judged, reading it again says so again.
        let judged = end.whole && (self.run.allows_not_evaluated || !end.unevaluated);
        if let Some(identity) = end.identity.as_ref().filter(|_| judged) {
            let kept = self.keep_end(end, identity, findings);
            self.note_fault(kept);
        }
    }

    fn keep_end(&self, end: &InputEnd, identity: &InputIdentity, findings: u64) -> Result<()> {
        let (place, size, etag, file) = match identity {
            InputIdentity::File {
                path,
                version,
                content,
            } => {
                let file = Some((version, content));
                (place_of(path), version.size, None, file)
            }
            InputIdentity::Object { etag, size } => {
                (end.name.to_string(), *size, Some(etag.as_str()), None)
            }
        };
        // Where no event was left out, the answer is the same whatever is asked.
        let asked = (end.outside > 0).then(|| asked(&self.run.asked)).flatten();
        let sql = "INSERT OR REPLACE INTO temp.ends VALUES \
             (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9, ?10, ?11, ?12, ?13, ?14, ?8)";
        self.connection.prepare_cached(sql)?.execute(params![
            place,
            count(size),
            etag,
            file.map(|(_, content)| content.sha256),
            file.map(|(version, _)| version.modified),
            file.and_then(|(version, _)| version.changed),
            file.and_then(|(version, _)| version.number)
                .map(u64::cast_signed),
            micros(self.began),
            self.run.rules.0,
            asked,
            count(end.events),
            count(findings),
            end.span.map(|(first, _)| micros(first)),
            end.span.map(|(_, last)| micros(last)),
        ])?;
        Ok(())
    }
}

impl KnownInputs {
    fn add(&mut self, kept: &Kept, asked: &Asked) {
        self.inputs += 1;
        self.findings += kept.findings;
        if kept.may_hold(asked) {
            self.events += kept.events;
            self.last = self.last.max(kept.span.map(|(_, last)| last));
        }
    }
}

/// The one path of a file, however it was named.
fn place_of(path: &Path) -> String {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    path.to_string_lossy().into_owned()
}
