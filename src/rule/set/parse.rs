//! From the texts of rules files to their documents: the pack alone has hundreds,
//! and a run of a few records should not wait for them one by one.

use std::thread;

use super::RulesFile;
use crate::diagnostic::{Diagnostic, SourceId};
use crate::yaml::{self, Documents};

/// So many files are parsed on several threads, and on so many at most.
const MANY: usize = 64;
const MOST_THREADS: usize = 4;

/// What a file came to.
pub(super) struct Parsed {
    /// Its documents.
    pub(super) documents: Documents,
    /// What is wrong with them.
    pub(super) problems: Vec<Diagnostic>,
}

/// Parses files, many of them on several threads; what comes out is in their order.
pub(super) fn parsed(files: &[(SourceId, RulesFile)]) -> Vec<Parsed> {
    let parse = |(source, file): &(SourceId, RulesFile)| {
        let mut problems = Vec::new();
        let documents = yaml::parse(*source, &file.text, &mut problems);
        Parsed {
            documents,
            problems,
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = files.len().div_ceil(threads.min(MOST_THREADS));
    if files.len() < MANY || share == files.len() {
        return files.iter().map(parse).collect();
    }
    thread::scope(|scope| {
        let (own, others) = files.split_at(share);
        let others: Vec<_> = others
            .chunks(share)
            .map(|files| {
                (
                    files,
                    scope.spawn(move || files.iter().map(parse).collect()),
                )
            })
            .collect();
        let mut all: Vec<Parsed> = own.iter().map(parse).collect();
        for (files, thread) in others {
            let parsed: Result<Vec<Parsed>, _> = thread.join();
            // A thread that breaks off leaves its files to this one.
            all.extend(parsed.unwrap_or_else(|_| files.iter().map(parse).collect()));
        }
        all
    })
}
