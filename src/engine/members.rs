//! The members of an archive, read one after another as files are.
//!
//! In comes the stream of an archive; out come what its members hold, in their
//! order, and one report on all of them. Where a finding or a problem is, is
//! told by the archive's name, `!`, and the member's. What a directory would
//! leave out of the same files is left out and counted here, too.

use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::archive::{ArchiveFault, Kind, Member, Members, Quota, Within, is_hidden, shown};
use crate::codec::{Format, Limits};
use crate::shape::table::Begin;
use crate::source::is_digest;

use super::input::{InputReport, Run, Worker};

/// What stands between an archive and its own name.
const INSIDE: &str = "!";

/// How deep in archives something is, and what they may come to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nest<'q> {
    pub(super) quota: &'q Quota,
    depth: u8,
}

impl<'q> Nest<'q> {
    /// Outside of any archive.
    pub(super) fn of(quota: &'q Quota) -> Self {
        Nest { quota, depth: 0 }
    }

    fn deeper(self) -> Self {
        Nest {
            depth: self.depth + 1,
            ..self
        }
    }

    /// The level of what comes out of the archive.
    pub(super) fn content(self) -> usize {
        usize::from(self.depth) * 2
    }

    /// The level of that when it is decoded.
    pub(super) fn decoded(self) -> usize {
        self.content() + 1
    }
}

/// What is done with a member.
pub(super) enum Choice {
    Read,
    Pass,
    Hidden,
    Digest,
    Special,
    Link,
}

impl Choice {
    /// What a directory does with such a file.
    fn of(member: &Member) -> Choice {
        let digest = |part: &[u8]| is_digest(&String::from_utf8_lossy(part));
        match member.kind {
            Kind::Directory => Choice::Pass,
            _ if is_hidden(&member.name) => Choice::Hidden,
            _ if member.name.split(|byte| *byte == b'/').any(digest) => Choice::Digest,
            Kind::File => Choice::Read,
            Kind::Link => Choice::Link,
            Kind::Special => Choice::Special,
        }
    }
}

/// What is met in an archive.
pub(super) enum Met<'m> {
    /// What is wrong with the archive, or that a limit was met.
    Fault(ArchiveFault),
    /// A member: what becomes of it, the name that findings in it have, its content,
    /// and how deep that is.
    Member(Choice, String, &'m mut dyn Read, Nest<'m>),
}

/// Shows what is in an archive of this name, in order, until enough was seen; whether
/// the limits let it come to the end.
pub(super) fn each_member(
    name: &str,
    format: Format,
    source: &mut dyn Read,
    limits: Limits,
    nest: Nest<'_>,
    meet: &mut dyn FnMut(Met<'_>) -> ControlFlow<()>,
) -> ControlFlow<(), bool> {
    if nest.depth >= limits.max_depth {
        let limit = limits.max_depth;
        meet(Met::Fault(ArchiveFault::TooDeep { limit }))?;
        return ControlFlow::Continue(false);
    }
    let Some(mut members) = Members::new(format, source, limits) else {
        return ControlFlow::Continue(true);
    };
    loop {
        let next = members.next_member();
        if matches!(next, Ok(Some(_)) | Err(_)) && nest.quota.one_member_too_many() {
            let limit = limits.max_members;
            meet(Met::Fault(ArchiveFault::TooMany { limit }))?;
            return ControlFlow::Continue(false);
        }
        match next {
            Ok(None) => return ControlFlow::Continue(true),
            Err(fault) => meet(Met::Fault(fault))?,
            Ok(Some(member)) => {
                let choice = Choice::of(&member);
                let place = format!("{name}{INSIDE}{}", shown(&member.name));
                meet(Met::Member(choice, place, &mut members, nest.deeper()))?;
            }
        }
        if nest.quota.is_spent() {
            if nest.depth == 0 {
                meet(Met::Fault(ArchiveFault::Spent))?;
            }
            return ControlFlow::Continue(false);
        }
    }
}

impl<'p> Worker<'p> {
    /// Reads all members of an archive, which is in as many others as `nest` says.
    pub(super) fn archive(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        format: Format,
        source: &mut dyn Read,
        nest: Nest<'_>,
    ) -> InputReport {
        let limits = run.options.limits;
        let mut report = InputReport {
            complete: true,
            ..InputReport::default()
        };
        let ended = each_member(name, format, source, limits, nest, &mut |met| {
            match met {
                Met::Fault(fault) => {
                    run.problem(fault.diagnostic(name));
                    report.complete = false;
                }
                Met::Member(choice, place, content, nest) => match choice {
                    Choice::Pass => {}
                    Choice::Hidden => report.skipped.hidden += 1,
                    Choice::Digest => report.skipped.digest += 1,
                    Choice::Special => report.skipped.special += 1,
                    Choice::Link => report.skipped.link += 1,
                    Choice::Read => {
                        report.take_over(self.member(run, &place.into(), content, nest));
                    }
                },
            }
            ControlFlow::Continue(())
        });
        report.complete &= ended == ControlFlow::Continue(true);
        report
    }

    /// Reads the content of a member: as a whole if it is of ordinary size.
    fn member(
        &mut self,
        run: &mut Run<'_, 'p>,
        name: &Arc<str>,
        content: &mut dyn Read,
        nest: Nest<'_>,
    ) -> InputReport {
        self.matcher.meter.resume();
        let mut content = Within::new(content, nest.quota, nest.content());
        self.file.clear();
        let most = self.whole as u64;
        let read = (&mut content).take(most + 1).read_to_end(&mut self.file);
        match read {
            Ok(length) if length as u64 <= most => self.held(run, name, Some(nest)),
            Ok(_) => {
                let begin = Cursor::new(std::mem::take(&mut self.file));
                self.streamed(
                    run,
                    name,
                    &mut begin.chain(content) as &mut dyn Read,
                    Some(nest),
                )
            }
            Err(error) => {
                // Looking for a table must not meet the error before it is due.
                let table = Begin::of_whole(&self.file).is_some();
                let begin = Cursor::new(std::mem::take(&mut self.file));
                let mut failed = Failed(Some(error));
                let mut content = begin.chain(&mut failed);
                let source = &mut content as &mut dyn Read;
                let mut report = self.streamed_as(run, name, source, Some(nest), table);
                // Who found something else first did not come to it.
                if let Some(error) = failed.0 {
                    run.problem(ArchiveFault::Source(error).diagnostic(name));
                    report.complete = false;
                }
                report
            }
        }
    }
}

impl InputReport {
    /// Adds what a member came to, or an archive in the archive.
    fn take_over(&mut self, member: InputReport) {
        let inner = member.members;
        let is_archive = inner.read + inner.failed > 0;
        self.members.add(inner);
        if !is_archive {
            self.members.read += u64::from(member.complete);
            self.members.failed += u64::from(!member.complete);
        }
        self.complete &= member.complete;
        self.skipped.add(member.skipped);
        self.records.merge(&member.records);
        self.coverage.merge(&member.coverage);
        self.unevaluated.take_over(member.unevaluated);
        for (index, count) in member.undecided {
            *self.undecided.entry(index).or_default() += count;
        }
    }
}

/// A source that cannot be read on.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
