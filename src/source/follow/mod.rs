//! Following files: what is new at some paths since one last looked.
//!
//! In come the paths of a command line, as for [`discover`]; out come, look by
//! look, [`Grown`] files with what was appended to them, files that are there as
//! a whole, and what is wrong with them.
//!
//! One looks again and again: nothing else works alike on every platform, on
//! network file systems and in containers, where the notices of a kernel do not
//! come or come in part, and after which one would have to look all the same. A
//! look costs a few system calls for each file that is there.
//!
//! Text is read as it is appended. What is compressed, packed or a table is read
//! when it is whole: nothing changed for a moment, and the compression ends well.
//! A file is known by its identity and not by its name, so that one that is
//! renamed is not read twice. One that shrinks, or holds something else where it
//! was read already, is read anew.
//!
//! Memory: some hundred bytes, and up to about a kilobyte of what was read, for
//! each file that is there. Files that are gone are forgotten.

mod content;
mod grown;
mod mark;
mod problem;

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

pub use grown::Grown;
use mark::Mark;
use problem::{begun_anew, changed, removed};

use super::{Discovery, Input, InputKind, Skipped, discover, unreadable};
use crate::diagnostic::{Code, Diagnostic};

/// How long a file must not change to be taken for whole.
const QUIET: Duration = Duration::from_millis(500);

/// How long nothing changes in a file until nobody writes to it any more: it is
/// read as it is then, and if it is not whole, that is reported.
const SETTLED: Duration = Duration::from_secs(60);

/// How long a file that was renamed away is read on: who writes to it needs a
/// moment to open the next.
const LINGERS: Duration = Duration::from_secs(2);

/// What tells a file from all others that are there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(Identity);

#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

impl FileId {
    #[cfg(unix)]
    fn of(_: &Path, metadata: &Metadata) -> FileId {
        use std::os::unix::fs::MetadataExt;
        FileId((metadata.dev(), metadata.ino()))
    }

    #[cfg(not(unix))]
    fn of(path: &Path, _: &Metadata) -> FileId {
        FileId(path.to_owned())
    }
}

/// Paths that are followed.
#[derive(Debug)]
pub struct Watch {
    paths: Vec<PathBuf>,
    known: BTreeMap<FileId, Known>,
    /// Problems that were told.
    told: HashSet<(Code, String)>,
    /// Paths of files that were there once: what was in them was read, or told to be lost.
    met: HashSet<PathBuf>,
    skipped: Skipped,
}

/// What is new at one look.
#[derive(Debug, Default)]
pub struct Look {
    /// Files to which something was appended, in the order of their names.
    pub grown: Vec<Grown>,
    /// Files that are whole and to be read at once, in the order of their names.
    pub whole: Vec<Input>,
    /// What is wrong, each told once.
    pub problems: Vec<Diagnostic>,
    /// Files of which something was not read and cannot be any more.
    pub lost: u64,
    /// Files that are forgotten after this look.
    pub over: Vec<FileId>,
}

/// What is known of a file.
#[derive(Debug)]
struct Known {
    path: PathBuf,
    seen: Seen,
    /// Since when it is as it was seen.
    since: Instant,
    /// Since when it is not where it was.
    gone: Option<Instant>,
    content: Content,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    size: u64,
    modified: Option<SystemTime>,
}

#[derive(Debug)]
enum Content {
    /// Too little is there to tell.
    Unknown,
    /// Text, read as it is appended.
    Growing {
        offset: u64,
        /// As it was when it was read.
        tried: Option<Seen>,
        mark: Mark,
        /// Held of a file that was named, to be read on when it is renamed.
        handle: Option<File>,
    },
    /// To be read as a whole.
    Whole {
        /// As it was when it was read.
        read: Option<Seen>,
        /// As it was when it was found not to be whole.
        cut: Option<Seen>,
    },
    /// It cannot be read on.
    Broken,
}

impl Watch {
    /// Follows paths; nothing is looked at yet.
    pub fn new(paths: &[PathBuf]) -> Watch {
        Watch {
            paths: paths.to_vec(),
            known: BTreeMap::new(),
            told: HashSet::new(),
            met: HashSet::new(),
            skipped: Skipped::default(),
        }
    }

    /// Whether there is no path to follow.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// Looks once. At the last look everything that is there is to be read,
    /// whole or not, and what was asked for and never came is told.
    pub fn look(&mut self, last: bool) -> Look {
        let Discovery {
            inputs,
            skipped,
            problems,
            ..
        } = discover(&self.paths);
        self.skipped = skipped;
        let mut look = Look::default();
        self.meet(&problems);
        for problem in problems {
            // What is not there may come, or is being replaced; and what was there has been
            // rotated away.
            if problem.code != Code::NoInput || last && !self.was_met(&problem) {
                self.tell(problem, &mut look);
            }
        }
        let mut there = Vec::new();
        for input in inputs {
            let InputKind::File(path) = input.kind else {
                continue;
            };
            match fs::metadata(&path) {
                Ok(metadata) => there.push((FileId::of(&path, &metadata), path, metadata)),
                // Removed since; if it was known, that shows below.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => self.tell(unreadable(&input.name, &error), &mut look),
            }
        }
        let ids: HashSet<FileId> = there.iter().map(|(id, ..)| id.clone()).collect();
        self.gone(&ids, last, &mut look);
        for (id, path, metadata) in there {
            if let Err(error) = self.one(id.clone(), &path, &metadata, last, &mut look) {
                if error.kind() == io::ErrorKind::NotFound {
                    continue;
                }
                let problem = unreadable(&path.to_string_lossy(), &error);
                self.tell(problem, &mut look);
            }
        }
        look
    }

    /// Takes note of the paths of files that are there.
    fn meet(&mut self, problems: &[Diagnostic]) {
        let missing = |path: &Path| {
            let missing = problems.iter().filter(|p| p.code == Code::NoInput);
            let mut places = missing.filter_map(|problem| problem.place.as_deref());
            // Of a pattern the folder that it begins in may be what is missing.
            places.any(|place| path.starts_with(place))
        };
        for path in &self.paths {
            // A folder that was there is expected to stay.
            if !self.met.contains(path) && !missing(path) && !path.is_dir() {
                self.met.insert(path.clone());
            }
        }
    }

    fn was_met(&self, problem: &Diagnostic) -> bool {
        let place = problem.place.as_deref();
        place.is_some_and(|place| self.met.iter().any(|path| path.starts_with(place)))
    }

    /// What directories hold that is not read, as of the last look.
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Takes note of how far a file was read.
    pub fn advance(&mut self, grown: Grown, to: u64) {
        let Some(known) = self.known.get_mut(&grown.id) else {
            return;
        };
        if let Content::Growing {
            offset,
            mark,
            handle,
            ..
        } = &mut known.content
        {
            *offset = to;
            *mark = grown.mark;
            if self.paths.contains(&known.path) {
                *handle = Some(grown.file);
            }
        }
    }

    /// Takes note of a file that cannot be read on.
    pub fn give_up(&mut self, id: &FileId) {
        if let Some(known) = self.known.get_mut(id) {
            known.content = Content::Broken;
        }
    }

    /// Whether there may be more in a file than was read at this look.
    pub fn read_on(&mut self, id: &FileId) {
        if let Some(known) = self.known.get_mut(id)
            && let Content::Growing { tried, .. } = &mut known.content
        {
            *tried = None;
        }
    }

    fn tell(&mut self, problem: Diagnostic, look: &mut Look) {
        let place = problem.place.clone().unwrap_or_default();
        if self.told.insert((problem.code, place)) {
            look.problems.push(problem);
        }
    }

    /// Files that are not there any more: one that is held is read to its end.
    fn gone(&mut self, there: &HashSet<FileId>, last: bool, look: &mut Look) {
        let mut over = Vec::new();
        for (id, known) in &mut self.known {
            if there.contains(id) {
                known.gone = None;
                continue;
            }
            let since = *known.gone.get_or_insert_with(Instant::now);
            let ends = last || since.elapsed() >= LINGERS;
            let seen = known.seen;
            match &mut known.content {
                Content::Growing {
                    offset,
                    handle: Some(file),
                    tried,
                    mark,
                } => {
                    let size = file.metadata().map_or(*offset, |metadata| metadata.len());
                    let now = Seen { size, ..seen };
                    let grew = size > *offset && *tried != Some(now);
                    if (grew || ends)
                        && let Ok(file) = file.try_clone()
                    {
                        *tried = Some(now);
                        look.grown.push(Grown {
                            id: id.clone(),
                            name: known.path.to_string_lossy().into_owned(),
                            anew: false,
                            size,
                            last: ends,
                            file,
                            at: 0,
                            mark: std::mem::take(mark),
                        });
                    }
                    if ends {
                        over.push(id.clone());
                    }
                }
                Content::Growing { offset, .. } if *offset < seen.size => {
                    over.push(id.clone());
                    look.lost += 1;
                    look.problems.push(removed(&known.path));
                }
                Content::Whole { read: None, .. } => {
                    over.push(id.clone());
                    look.lost += 1;
                    look.problems.push(removed(&known.path));
                }
                _ => over.push(id.clone()),
            }
        }
        for id in &over {
            self.known.remove(id);
        }
        look.over = over;
    }

    /// One file that is there.
    fn one(
        &mut self,
        id: FileId,
        path: &Path,
        metadata: &Metadata,
        last: bool,
        look: &mut Look,
    ) -> io::Result<()> {
        let seen = Seen {
            size: metadata.len(),
            modified: metadata.modified().ok(),
        };
        let known = self.known.entry(id.clone()).or_insert_with(|| Known {
            path: path.to_owned(),
            seen,
            since: Instant::now(),
            gone: None,
            content: Content::Unknown,
        });
        if known.path != path {
            known.path = path.to_owned();
        }
        if known.seen != seen {
            known.seen = seen;
            known.since = Instant::now();
        }
        if matches!(known.content, Content::Unknown) {
            known.content = match content::of(path, seen.size, last)? {
                None => Content::Unknown,
                Some(content::Kind::Text) => Content::Growing {
                    offset: 0,
                    tried: None,
                    mark: Mark::default(),
                    handle: None,
                },
                Some(content::Kind::Whole) => Content::Whole {
                    read: None,
                    cut: None,
                },
            };
        }
        match &mut known.content {
            Content::Unknown | Content::Broken => Ok(()),
            Content::Growing {
                offset,
                tried,
                mark,
                ..
            } => {
                if *tried == Some(seen) && !last {
                    return Ok(());
                }
                let mut file = File::open(path)?;
                let mut anew = tried.is_none() && *offset == 0;
                if seen.size < *offset || !mark.holds(&mut file)? {
                    look.problems.push(begun_anew(path, seen.size < *offset));
                    *offset = 0;
                    *mark = Mark::default();
                    anew = true;
                }
                *tried = Some(seen);
                look.grown.push(Grown {
                    id,
                    name: path.to_string_lossy().into_owned(),
                    anew,
                    size: seen.size,
                    last,
                    file,
                    at: 0,
                    mark: std::mem::take(mark),
                });
                Ok(())
            }
            Content::Whole { read, cut } => {
                let age = seen.modified.and_then(|time| time.elapsed().ok());
                let age = age.unwrap_or_default().max(known.since.elapsed());
                let settled = last || age >= SETTLED;
                if *read == Some(seen) || !settled && (age < QUIET || *cut == Some(seen)) {
                    return Ok(());
                }
                if !settled && !content::ends_well(path)? {
                    *cut = Some(seen);
                    return Ok(());
                }
                if read.is_some() {
                    look.problems.push(changed(path));
                }
                *read = Some(seen);
                look.whole.push(Input::file(path.to_owned()));
                Ok(())
            }
        }
    }
}
