//! Signals that wait to be folded: in memory up to a bound, beyond it on disk.
//!
//! In come signals in any order; out they come in [`Signal::order`]. What is on disk
//! is in files without a name, which are gone when the run is.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use super::grouped::{Grouped, Groups};
use super::log::{Log, Stand};
use super::signal::Signal;
use super::text::EventText;

/// Sorted files that are read side by side; more are first made one.
const MOST_RUNS: usize = 64;

/// Signals in no order.
#[derive(Debug)]
pub struct Store {
    memory: Groups,
    most: usize,
    /// What is kept of the events.
    texts: Arc<Log>,
    runs: Vec<File>,
    count: u64,
}

impl Store {
    /// A store that takes about so many bytes of memory.
    pub fn new(most: usize) -> Self {
        let half = most / 2;
        Store {
            memory: Groups::default(),
            most: half,
            texts: Arc::new(Log::new(half)),
            runs: Vec::new(),
            count: 0,
        }
    }

    /// How many signals there are.
    pub fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a signal.
    ///
    /// # Errors
    /// There was no room in memory, and the disk cannot be written.
    pub fn add(&mut self, mut signal: Signal) -> io::Result<()> {
        let stand = signal.event.stand(&self.texts)?;
        signal.event = EventText::logged(&self.texts, stand);
        self.count += 1;
        self.memory.add(signal);
        if self.memory.size() > self.most {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        if self.runs.len() == MOST_RUNS {
            let runs = std::mem::take(&mut self.runs);
            let merged = Sorted::of(Groups::default(), runs, &self.texts)?;
            let merged = write_run(merged, &self.texts)?;
            self.runs.push(merged);
        }
        let run = write_run(
            std::mem::take(&mut self.memory).into_sorted().map(Ok),
            &self.texts,
        )?;
        self.runs.push(run);
        Ok(())
    }

    /// All signals, sorted.
    ///
    /// # Errors
    /// What is on disk cannot be read.
    pub fn sorted(self) -> io::Result<Sorted> {
        Sorted::of(self.memory, self.runs, &self.texts)
    }
}

fn write_run(signals: impl Iterator<Item = io::Result<Signal>>, texts: &Log) -> io::Result<File> {
    let mut writer = BufWriter::new(tempfile::tempfile()?);
    for signal in signals {
        let mut signal = signal?;
        let Stand { at, length } = signal.event.stand(texts)?;
        signal.event = EventText::from("");
        writer.write_all(&at.to_le_bytes())?;
        writer.write_all(&length.to_le_bytes())?;
        let bytes = postcard::to_stdvec(&signal).map_err(io::Error::other)?;
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        writer.write_all(&length.to_le_bytes())?;
        writer.write_all(&[u8::from(signal.carried)])?;
        writer.write_all(&bytes)?;
    }
    let mut file = writer
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

/// Signals in order, as they are read.
#[derive(Debug)]
pub struct Sorted {
    memory: Grouped,
    runs: Vec<BufReader<File>>,
    texts: Arc<Log>,
    next: BinaryHeap<Reverse<Next>>,
}

/// The next signal of a run.
#[derive(Debug)]
struct Next {
    signal: Signal,
    /// Which run; `None` for what is in memory.
    run: Option<usize>,
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Next {}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        self.signal
            .order(&other.signal)
            .then_with(|| self.run.cmp(&other.run))
    }
}

impl Sorted {
    fn of(memory: Groups, runs: Vec<File>, texts: &Arc<Log>) -> io::Result<Sorted> {
        let mut sorted = Sorted {
            memory: memory.into_sorted(),
            runs: runs.into_iter().map(BufReader::new).collect(),
            texts: Arc::clone(texts),
            next: BinaryHeap::new(),
        };
        for run in (0..sorted.runs.len()).map(Some).chain([None]) {
            sorted.fetch(run)?;
        }
        Ok(sorted)
    }

    fn fetch(&mut self, run: Option<usize>) -> io::Result<()> {
        let signal = match run {
            None => self.memory.next(),
            Some(run) => read_signal(&mut self.runs[run], &self.texts)?,
        };
        if let Some(signal) = signal {
            self.next.push(Reverse(Next { signal, run }));
        }
        Ok(())
    }
}

impl Sorted {
    /// Why what is kept of an event could not be read, if that is so.
    ///
    /// # Errors
    /// That.
    pub fn check(&self) -> io::Result<()> {
        self.texts.failure().map_or(Ok(()), Err)
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Signal>;

    fn next(&mut self) -> Option<io::Result<Signal>> {
        if self.runs.is_empty() && self.next.len() <= 1 {
            // Only what is in memory: no need to compare.
            let first = self.next.pop().map(|Reverse(next)| next.signal);
            return first.or_else(|| self.memory.next()).map(Ok);
        }
        let Reverse(next) = self.next.pop()?;
        Some(self.fetch(next.run).map(|()| next.signal))
    }
}

fn read_signal(run: &mut BufReader<File>, texts: &Arc<Log>) -> io::Result<Option<Signal>> {
    let mut at = [0; 8];
    match run.read_exact(&mut at) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut head = [0; 9];
    run.read_exact(&mut head)?;
    let [a, b, c, d, e, f, g, h, carried] = head;
    let stand = Stand {
        at: u64::from_le_bytes(at),
        length: u32::from_le_bytes([a, b, c, d]),
    };
    let mut bytes = vec![0; u32::from_le_bytes([e, f, g, h]) as usize];
    run.read_exact(&mut bytes)?;
    let mut signal: Signal = postcard::from_bytes(&bytes).map_err(io::Error::other)?;
    signal.event = EventText::logged(texts, stand);
    signal.carried = carried != 0;
    Ok(Some(signal))
}
