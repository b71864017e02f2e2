//! What a scan took: counts of what was met and asked, and time by stage.
//!
//! In come the counts of each worker; out comes their sum. Counting goes on
//! always and costs an addition here and there; the clock is looked at only
//! where somebody wants to know.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::{Judgement, Progress};
use crate::compile::Program;

/// What a scan came to cost, all threads together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// What the rules were made into.
    pub built: Built,
    /// Bytes of the inputs, as they are stored.
    pub bytes_read: u64,
    /// The same bytes decompressed.
    pub bytes_decoded: u64,
    /// Bytes of objects and arrays that no rule looks into: only their framing
    /// was checked.
    pub bytes_passed_over: u64,
    /// Pairs of event source and event name for which rules were chosen anew.
    pub pairs: u64,
    /// Rules that source and name left over, summed over the events.
    pub rules_met: u64,
    /// Look-ups of the rules that a field's value leaves over.
    pub lookups: u64,
    /// Tests of fields that were evaluated.
    pub predicates_asked: u64,
    /// Tests whose answer was known from the same value in an event before.
    pub predicates_remembered: u64,
    /// Tests that were asked of the same event before.
    pub predicates_repeated: u64,
    /// Distinct values of fields that are remembered.
    pub values_learnt: u64,
    /// Records that were parsed whole.
    pub parsed: Parsed,
    /// Where the time went.
    pub times: Times,
}

/// What the rules were made into.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Built {
    /// Rules that are run.
    pub rules: u64,
    /// Fields that are looked at, those of every event included.
    pub fields: u64,
    /// Distinct tests of fields; one that several rules have counts once.
    pub predicates: u64,
    /// Rules that are looked up by the event's name.
    pub by_name: u64,
    /// Rules that are looked up by the event's source.
    pub by_source: u64,
    /// Rules that ask something else of the two.
    pub by_other_names: u64,
    /// Rules that ask nothing of the two, and so are asked of every event.
    pub of_every_event: u64,
}

/// Records that were parsed whole, by what for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parsed {
    /// A rule matches.
    pub with_findings: u64,
    /// No rule matches; one could not be decided.
    pub undecided: u64,
    /// No rule matches that might have.
    pub in_vain: u64,
    /// Not plainly an event: all rules were asked, if it is one.
    pub unclear: u64,
}

/// Time by stage. With several threads the sum over them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Times {
    /// Rules become a program.
    pub compiling: Duration,
    /// Bytes are read and decompressed.
    pub reading: Duration,
    /// Records are told apart, and what rules look at is found in them.
    pub projecting: Duration,
    /// It is told which rules may match.
    pub matching: Duration,
    /// Records are parsed, the reference evaluator is asked, findings are built.
    pub judging: Duration,
    /// Findings are told apart from those delivered before, and written.
    pub writing: Duration,
    /// From the beginning to the end.
    pub elapsed: Duration,
}

/// A part of the work of one worker.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    Reading,
    Projecting,
    Matching,
    Judging,
}

/// Events that are told together to those who watch.
const TOLD_AT_ONCE: u64 = 256;

/// What one worker counts beside the evaluator.
#[derive(Debug, Default)]
pub(super) struct Meter {
    bytes_read: u64,
    bytes_decoded: u64,
    pub(super) pairs: u64,
    parsed: Parsed,
    times: Times,
    /// What streams gave: as they are stored, and decoded.
    stored: Arc<Reads>,
    decoded: Arc<Reads>,
    /// When the last stage ended; nothing where nobody asks for times.
    since: Option<Instant>,
    progress: Arc<Progress>,
    /// Events that those who watch do not know of yet.
    untold: u64,
}

impl Stats {
    /// Of a program that took some time to be made, and has not been run.
    pub(super) fn new(program: &Program, compiling: Duration) -> Stats {
        Stats {
            built: Built::of(program),
            times: Times {
                compiling,
                ..Times::default()
            },
            ..Stats::default()
        }
    }

    /// Adds what another worker counted; what was built is the same for all.
    pub(super) fn add(&mut self, other: &Stats) {
        self.bytes_read += other.bytes_read;
        self.bytes_decoded += other.bytes_decoded;
        self.bytes_passed_over += other.bytes_passed_over;
        self.pairs += other.pairs;
        self.rules_met += other.rules_met;
        self.lookups += other.lookups;
        self.predicates_asked += other.predicates_asked;
        self.predicates_remembered += other.predicates_remembered;
        self.predicates_repeated += other.predicates_repeated;
        self.values_learnt += other.values_learnt;
        self.parsed.add(other.parsed);
        self.times.add(other.times);
    }
}

impl Built {
    fn of(program: &Program) -> Built {
        let index = &program.index;
        let [by_name, by_source, by_other_names] = index.counts(program.rules.len());
        Built {
            rules: program.rules.len() as u64,
            fields: program.trie.slots() as u64,
            predicates: program.atoms.len() as u64,
            by_name,
            by_source,
            by_other_names,
            of_every_event: index.nameless().len() as u64,
        }
    }
}

impl Parsed {
    /// What one record was parsed for.
    pub(super) fn of(judgement: &Judgement) -> Parsed {
        let mut parsed = Parsed::default();
        *if !judgement.findings.is_empty() || !judgement.signals.is_empty() {
            &mut parsed.with_findings
        } else if !judgement.undecided.is_empty() {
            &mut parsed.undecided
        } else {
            &mut parsed.in_vain
        } = 1;
        parsed
    }

    /// One record that is not plainly an event.
    pub(super) fn unclear() -> Parsed {
        Parsed {
            unclear: 1,
            ..Parsed::default()
        }
    }

    /// All of them.
    pub fn total(self) -> u64 {
        self.with_findings + self.undecided + self.in_vain + self.unclear
    }

    fn add(&mut self, other: Parsed) {
        self.with_findings += other.with_findings;
        self.undecided += other.undecided;
        self.in_vain += other.in_vain;
        self.unclear += other.unclear;
    }
}

impl Times {
    fn add(&mut self, other: Times) {
        self.compiling += other.compiling;
        self.reading += other.reading;
        self.projecting += other.projecting;
        self.matching += other.matching;
        self.judging += other.judging;
        self.writing += other.writing;
        self.elapsed += other.elapsed;
    }

    fn of(&mut self, stage: Stage) -> &mut Duration {
        match stage {
            Stage::Reading => &mut self.reading,
            Stage::Projecting => &mut self.projecting,
            Stage::Matching => &mut self.matching,
            Stage::Judging => &mut self.judging,
        }
    }
}

impl Meter {
    /// A meter with a clock, if somebody wants to know.
    pub(super) fn new(timed: bool, progress: &Arc<Progress>) -> Self {
        Meter {
            since: timed.then(Instant::now),
            progress: Arc::clone(progress),
            ..Meter::default()
        }
    }

    /// An event was judged. Those who watch are told now and then, so that
    /// threads do not wait for each other to count.
    #[inline]
    pub(super) fn event(&mut self) {
        self.untold += 1;
        if self.untold >= TOLD_AT_ONCE {
            self.tell();
        }
    }

    /// Tells those who watch of all events.
    pub(super) fn tell(&mut self) {
        if self.untold > 0 {
            self.progress.events(std::mem::take(&mut self.untold));
        }
    }

    /// An input was read to its end, or as far as it goes.
    pub(super) fn input_is_over(&mut self) {
        self.tell();
        self.progress.input_is_over();
    }

    /// What went by since the last stage belongs to none.
    #[inline]
    pub(super) fn resume(&mut self) {
        if let Some(since) = &mut self.since {
            *since = Instant::now();
        }
    }

    /// A stage is over, and the next one begins.
    #[inline]
    pub(super) fn lap(&mut self, stage: Stage) {
        if let Some(since) = &mut self.since {
            let now = Instant::now();
            *self.times.of(stage) += now - *since;
            *since = now;
        }
    }

    /// A record was parsed whole, and is judged.
    pub(super) fn parsed(&mut self, parsed: Parsed) {
        self.parsed.add(parsed);
        self.lap(Stage::Judging);
    }

    /// A file was read as a whole.
    pub(super) fn read(&mut self, stored: usize) {
        self.bytes_read += stored as u64;
        self.progress.bytes(stored as u64);
    }

    /// So much is there, decoded as a whole.
    pub(super) fn whole(&mut self, decoded: usize) {
        self.bytes_decoded += decoded as u64;
        self.lap(Stage::Reading);
    }

    /// A source whose reads are counted, on whichever thread.
    pub(super) fn stored<R: Read>(&self, source: R) -> Metered<R> {
        Metered {
            source,
            reads: Arc::clone(&self.stored),
            timed: false,
            progress: Some(Arc::clone(&self.progress)),
        }
    }

    /// Decoded bytes whose reads are counted and timed, on whichever thread.
    pub(super) fn decoded<R: Read>(&self, source: R) -> Metered<R> {
        Metered {
            source,
            reads: Arc::clone(&self.decoded),
            timed: self.since.is_some(),
            progress: None,
        }
    }

    /// The time that streams took to be read so far.
    pub(super) fn reading(&self) -> Duration {
        self.decoded.time()
    }

    /// So much of the time of projecting was spent on something else.
    pub(super) fn not_projecting(&mut self, time: Duration) {
        let projecting = &mut self.times.projecting;
        *projecting = projecting.saturating_sub(time);
    }

    /// What was counted so far.
    pub(super) fn stats(&self) -> Stats {
        let mut times = self.times;
        times.reading += self.decoded.time();
        Stats {
            bytes_read: self.bytes_read + self.stored.bytes.load(Relaxed),
            bytes_decoded: self.bytes_decoded + self.decoded.bytes.load(Relaxed),
            pairs: self.pairs,
            parsed: self.parsed,
            times,
            ..Stats::default()
        }
    }
}

/// What was read from sources, on any thread.
#[derive(Debug, Default)]
pub(super) struct Reads {
    bytes: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Reads {
    fn time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Relaxed))
    }
}

/// A source whose reads are counted and, where asked, timed.
#[derive(Debug)]
pub(super) struct Metered<R> {
    source: R,
    reads: Arc<Reads>,
    timed: bool,
    progress: Option<Arc<Progress>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let began = self.timed.then(Instant::now);
        let read = self.source.read(out);
        let bytes = *read.as_ref().unwrap_or(&0) as u64;
        self.reads.bytes.fetch_add(bytes, Relaxed);
        if let Some(progress) = &self.progress {
            progress.bytes(bytes);
        }
        if let Some(began) = began {
            let time = began.elapsed().as_nanos() as u64;
            self.reads.nanoseconds.fetch_add(time, Relaxed);
        }
        read
    }
}
