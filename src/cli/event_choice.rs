//! One event of an export, as the user names it: by its record number, by its
//! id, or as the only one there is.

use std::path::{Path, PathBuf};

use serde_json::Value;

use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::event::{self, Losses};
use trailgate::finding::counted;
use trailgate::shape::Kind;
use trailgate::source::{Input, discover};

use super::Exit;
use super::every_record::{Content, Met, every_record};

/// Which event is meant.
#[derive(Debug, Clone)]
pub(crate) struct EventChoice {
    path: PathBuf,
    /// The member of an archive that it is in, named as findings name it.
    member: Option<String>,
    by: By,
}

#[derive(Debug, Clone)]
enum By {
    /// The only record there is.
    Alone,
    /// The record of this number, from 1.
    Number(u64),
    /// The record with this `eventID`.
    Id(String),
}

/// An event and where it was read.
#[derive(Debug)]
pub(crate) struct FoundEvent {
    pub(crate) record: Value,
    /// What its shape lost of it.
    pub(crate) losses: Losses,
    pub(crate) place: String,
    /// What is worth knowing about it.
    pub(crate) remarks: Vec<Diagnostic>,
}

/// Why there is no event, with the exit code for it.
#[derive(Debug)]
pub(crate) struct NoEvent {
    pub(crate) exit: Exit,
    pub(crate) problems: Vec<Diagnostic>,
}

impl EventChoice {
    /// Reads `FILE`, `FILE:N`, `FILE#N` or `FILE, record N` (as findings say it); a
    /// file of that very name goes first. `-` is standard input, `ARCHIVE!MEMBER` a file
    /// in an archive.
    pub(crate) fn new(text: &str, event_id: Option<&str>) -> EventChoice {
        let of = |text: &str, by| {
            let (path, member) = in_archive(text);
            EventChoice { path, member, by }
        };
        let whole = |by| of(text, by);
        if let Some(id) = event_id {
            return whole(By::Id(id.to_owned()));
        }
        if Path::new(text).exists() {
            return whole(By::Alone);
        }
        let split = [", record ", ":", "#"].iter().find_map(|separator| {
            let (path, number) = text.rsplit_once(separator)?;
            let number = number.parse::<u64>().ok().filter(|number| *number > 0)?;
            Some((path, number))
        });
        match split {
            Some((path, number)) => of(path, By::Number(number)),
            None => whole(By::Alone),
        }
    }

    /// Reads on until the event is found.
    pub(crate) fn find(&self) -> Result<FoundEvent, NoEvent> {
        let discovery = discover(std::slice::from_ref(&self.path));
        if !discovery.problems.is_empty() {
            return Err(NoEvent {
                exit: Exit::INPUT,
                problems: discovery.problems,
            });
        }
        if let (By::Number(_), [_, _, ..]) = (&self.by, discovery.inputs.as_slice()) {
            let problem = Diagnostic::new(
                Code::Usage,
                format!("`{}` is more than one file", self.path.display()),
            )
            .help("a record's number belongs to one file; find the event with --event-id");
            return Err(NoEvent {
                exit: Exit::USAGE,
                problems: vec![problem],
            });
        }
        let mut search = Search {
            by: &self.by,
            member: self.member.as_deref(),
            found: None,
            seen: 0,
            problems: Vec::new(),
        };
        for input in &discovery.inputs {
            if search.input(input) {
                break;
            }
        }
        search.finish(&self.path)
    }
}

/// The path of a file, and the member in it that is meant, if it is one of an archive. A
/// name may have the mark between the two in itself: a file that is there goes first.
fn in_archive(text: &str) -> (PathBuf, Option<String>) {
    let path_of = |name: &str| PathBuf::from(name.replace(STDIN, "-"));
    let marks = text.match_indices('!').map(|(at, _)| &text[..at]);
    let archive = |name: &&str| *name == STDIN || Path::new(name).is_file();
    match marks.filter(|_| !Path::new(text).exists()).find(archive) {
        Some(name) => (path_of(name), Some(text.to_owned())),
        None => (path_of(text), None),
    }
}

/// What findings call standard input.
const STDIN: &str = "<stdin>";

struct Search<'c> {
    by: &'c By,
    member: Option<&'c str>,
    found: Option<FoundEvent>,
    seen: u64,
    problems: Vec<Diagnostic>,
}

impl Search<'_> {
    /// Whether the search is over.
    fn input(&mut self, input: &Input) -> bool {
        every_record(input, self.member, &mut |met| match met {
            Met::Record(content, number, file) => self.record(content, number, file),
            Met::Damaged(problem) => {
                self.seen += 1;
                self.problems.push(problem);
                false
            }
            Met::Fault(problem) => {
                self.problems.push(problem);
                false
            }
        })
    }

    /// Whether the search is over.
    fn record(&mut self, content: Content, number: u64, input: &str) -> bool {
        self.seen += 1;
        match self.by {
            By::Number(wanted) if number != *wanted => return false,
            // A second record: the first was not alone.
            By::Alone if self.found.is_some() => return true,
            _ => {}
        }
        let (value, kind, losses) = match content {
            Content::Record(value, kind, losses) => (value, kind, losses),
            Content::Unparsed(fault) => {
                self.problems.push(fault.diagnostic(input, number));
                return false;
            }
            Content::Fault(fault) => {
                self.problems.push(fault.diagnostic(input, number));
                return false;
            }
        };
        if let By::Id(id) = self.by
            && event::event_id(&value) != Some(id)
        {
            return false;
        }
        let place = format!("{input}, record {number}");
        self.found = Some(FoundEvent {
            remarks: remark(kind, &place).into_iter().collect(),
            record: value,
            losses,
            place,
        });
        !matches!(self.by, By::Alone)
    }

    fn finish(self, path: &Path) -> Result<FoundEvent, NoEvent> {
        let path_is_folder = path.is_dir();
        let path = match self.member {
            Some(member) => member.to_owned(),
            None => path.display().to_string(),
        };
        let (exit, message, help) = match (self.found, self.by) {
            (Some(_), By::Alone) if self.seen > 1 => (
                Exit::USAGE,
                format!("`{path}` holds more than one event"),
                if path_is_folder {
                    "find it with --event-id ID, or name one of its files and a record number"
                        .to_owned()
                } else {
                    format!("say which: `{path}:3` for its third record, or --event-id ID")
                },
            ),
            (Some(found), _) => return Ok(found),
            (None, By::Alone) => (
                Exit::INPUT,
                format!("`{path}` holds no event"),
                "name a file with a CloudTrail record in it".to_owned(),
            ),
            (None, By::Number(number)) => (
                Exit::INPUT,
                format!("`{path}` has no record {number} that can be read"),
                match self.seen {
                    0 => "it holds no record at all".to_owned(),
                    seen => format!("its records are numbered 1 to {seen}"),
                },
            ),
            (None, By::Id(id)) => (
                Exit::INPUT,
                format!("no event in `{path}` has the id {id}"),
                format!(
                    "{} read; an id is the value of `eventID`",
                    counted(self.seen, "record")
                ),
            ),
        };
        let mut problems = self.problems;
        problems.push(Diagnostic::new(Code::UnknownEvent, message).help(help));
        Err(NoEvent { exit, problems })
    }
}

/// What a record that `scan` would not evaluate is.
pub(super) fn remark(kind: Kind, place: &str) -> Option<Diagnostic> {
    let what = match kind {
        Kind::Event => return None,
        Kind::Wraps(shape) => format!("this is a record in the shape {shape}"),
        Kind::Insight => "this is an Insights event".to_owned(),
        Kind::Digest => "this is a digest file".to_owned(),
        Kind::NotCloudTrail(foreign) => format!("this is {foreign}"),
        Kind::UnknownVersion(version) => format!("this is a record of version {version}"),
    };
    Some(
        Diagnostic::new(Code::NotCloudTrail, what)
            .in_place(place)
            .help("`scan` does not evaluate it; here it is taken as it is"),
    )
}
