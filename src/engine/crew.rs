//! Threads that read inputs side by side, and hand over in order what they find.
//!
//! In go the inputs; out come their [`Output`]s in the order of the inputs, as
//! if one thread had read them. Who is free takes a part of a stream that others
//! read, or else the next input. Memory: what the input whose turn it is found
//! is handed over as it is found; what all others found waits within a limit,
//! and who would go beyond it waits for the turn of its input.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::compile::Program;
use crate::source::Input;

use super::input::{InputReport, Worker};
use super::scan::{Output, ScanOptions, ScanReport, Sizes};
use super::stats::Stats;
use super::stream::Slot;
use super::{Engine, Progress};

/// What the threads share.
pub(super) struct Crew<'e> {
    engine: Engine<'e>,
    program: &'e Program,
    inputs: &'e [Input],
    options: ScanOptions,
    sizes: Sizes,
    progress: Arc<Progress>,
    state: Mutex<State>,
    /// Rung when there may be something to do.
    work: Condvar,
    /// Rung when there may be room for what was found.
    room: Condvar,
    /// Rung when something may be handed over.
    found: Condvar,
    /// Parts that were given out and not taken over.
    parts: AtomicUsize,
}

#[derive(Debug, Default)]
struct State {
    /// The first input that nobody has begun.
    next: usize,
    /// The input whose turn it is.
    turn: usize,
    /// Of the inputs from there on that were begun.
    lanes: VecDeque<Lane>,
    /// About the bytes that wait in all lanes but the first.
    ahead: usize,
    slots: VecDeque<Arc<Slot>>,
    /// Threads that have nothing to do.
    idle: usize,
    /// Threads that found too much.
    full: usize,
    /// Whether handing over waits for something.
    hungry: bool,
    report: ScanReport,
    /// What the threads that are over took.
    stats: Stats,
    /// A thread panicked.
    lost: bool,
}

/// What was found in an input and not handed over.
#[derive(Debug, Default)]
struct Lane {
    outputs: Vec<Output>,
    /// About the bytes that they take.
    size: usize,
    done: bool,
}

/// What a thread does next.
enum Work {
    Part(Arc<Slot>),
    Input(usize),
}

impl<'e> Crew<'e> {
    pub(super) fn new(
        engine: Engine<'e>,
        program: &'e Program,
        inputs: &'e [Input],
        options: ScanOptions,
        sizes: Sizes,
    ) -> Self {
        Crew {
            engine,
            program,
            inputs,
            options,
            sizes,
            progress: Arc::default(),
            state: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            found: Condvar::new(),
            parts: AtomicUsize::new(0),
        }
    }

    /// The same, for others to watch how far it is.
    pub(super) fn watched_by(self, progress: &Arc<Progress>) -> Self {
        Crew {
            progress: Arc::clone(progress),
            ..self
        }
    }

    /// Reads all inputs on so many threads, and hands over on this one. Nothing
    /// where there can be no threads.
    pub(super) fn run(&self, threads: usize, emit: &mut dyn FnMut(Output)) -> Option<ScanReport> {
        let report = thread::scope(|scope| {
            let _lost = Lost(self);
            let begin = || {
                let thread = thread::Builder::new().name("scan".to_owned());
                thread.spawn_scoped(scope, || self.work())
            };
            let threads = (0..threads).map_while(|_| begin().ok()).count();
            (threads > 0).then(|| self.hand_over(emit))
        });
        report.map(|report| ScanReport {
            stats: self.options.stats.then(|| self.lock().stats),
            ..report
        })
    }

    fn work(&self) {
        let _lost = Lost(self);
        let mut worker = self.worker();
        while let Some(work) = self.next() {
            match work {
                Work::Part(slot) => {
                    worker.judge(self.engine, &slot);
                    worker.matcher.meter.tell();
                }
                Work::Input(index) => {
                    let mut emit = |output, size| self.push(index, output, size);
                    let report = worker.read(
                        self.engine,
                        &self.inputs[index],
                        self.options,
                        Some(self),
                        &mut emit,
                    );
                    self.finish(index, &report);
                }
            }
        }
        self.lock().stats.add(&worker.stats());
    }

    /// Who reads its inputs.
    pub(super) fn worker(&self) -> Worker<'e> {
        Worker::new(
            self.program,
            self.sizes.whole,
            self.options.stats,
            &self.progress,
        )
    }

    pub(super) fn inputs(&self) -> &'e [Input] {
        self.inputs
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; nothing when all is done.
    fn next(&self) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.lost || state.turn == self.inputs.len() {
                return None;
            }
            if let Some(slot) = state.slots.pop_front() {
                return Some(Work::Part(slot));
            }
            let near = state.next - state.turn < self.sizes.ahead;
            if state.next < self.inputs.len() && near && state.ahead < self.sizes.waiting {
                state.lanes.push_back(Lane::default());
                state.next += 1;
                return Some(Work::Input(state.next - 1));
            }
            state.idle += 1;
            state = wait(&self.work, state);
            state.idle -= 1;
        }
    }

    /// Leaves something that was found in an input to be handed over, as soon as
    /// there is room for it.
    fn push(&self, index: usize, output: Output, size: usize) {
        let mut state = self.lock();
        loop {
            if state.lost {
                return;
            }
            let waits = if index == state.turn {
                state.lanes.front().map_or(0, |lane| lane.size)
            } else {
                state.ahead
            };
            if waits < self.sizes.waiting {
                break;
            }
            state.full += 1;
            state = wait(&self.room, state);
            state.full -= 1;
        }
        let turn = state.turn;
        if index == turn {
            if state.hungry {
                self.found.notify_one();
            }
        } else {
            state.ahead += size;
        }
        if let Some(lane) = state.lanes.get_mut(index - turn) {
            lane.outputs.push(output);
            lane.size += size;
        }
    }

    fn finish(&self, index: usize, report: &InputReport) {
        let mut state = self.lock();
        state.report.take_over(report);
        let turn = state.turn;
        if let Some(lane) = state.lanes.get_mut(index - turn) {
            lane.done = true;
        }
        self.turn(&mut state);
    }

    /// Moves on from inputs that are done and handed over.
    fn turn(&self, state: &mut State) {
        while let Some(lane) = state.lanes.front()
            && lane.done
            && lane.outputs.is_empty()
        {
            state.lanes.pop_front();
            state.turn += 1;
            state.ahead -= state.lanes.front().map_or(0, |lane| lane.size);
        }
        if state.idle > 0 {
            self.work.notify_all();
        }
        if state.full > 0 {
            self.room.notify_all();
        }
        let something = state.lanes.front().map(|lane| !lane.outputs.is_empty());
        if state.hungry && something.unwrap_or(state.turn == self.inputs.len()) {
            self.found.notify_one();
        }
    }

    /// Hands over all that is found, in order.
    fn hand_over(&self, emit: &mut dyn FnMut(Output)) -> ScanReport {
        let mut state = self.lock();
        while !state.lost && state.turn < self.inputs.len() {
            let lane = state.lanes.front_mut();
            match lane.filter(|lane| !lane.outputs.is_empty()) {
                Some(lane) => {
                    let outputs = std::mem::take(&mut lane.outputs);
                    lane.size = 0;
                    self.turn(&mut state);
                    drop(state);
                    outputs.into_iter().for_each(&mut *emit);
                    state = self.lock();
                }
                None => {
                    state.hungry = true;
                    state = wait(&self.found, state);
                    state.hungry = false;
                }
            }
        }
        std::mem::take(&mut state.report)
    }

    pub(super) fn engine(&self) -> Engine<'e> {
        self.engine
    }

    pub(super) fn options(&self) -> &ScanOptions {
        &self.options
    }

    pub(super) fn sizes(&self) -> &Sizes {
        &self.sizes
    }

    /// Makes room for a part, if there is any.
    pub(super) fn part_begins(&self) -> bool {
        let most = self.most_parts();
        let more = |parts: usize| (parts < most).then_some(parts + 1);
        self.parts
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    pub(super) fn part_ends(&self) {
        self.parts.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn has_room(&self) -> bool {
        self.parts.load(Ordering::Relaxed) < self.most_parts()
    }

    fn most_parts(&self) -> usize {
        self.options.jobs.get().saturating_mul(2)
    }

    /// Gives a part to who is free.
    pub(super) fn give_out(&self, slot: Arc<Slot>) {
        let mut state = self.lock();
        state.slots.push_back(slot);
        if state.idle > 0 {
            self.work.notify_one();
        }
    }
}

fn wait<'a, T>(bell: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    bell.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Lets nobody wait for a thread that panics.
struct Lost<'c, 'e>(&'c Crew<'e>);

impl Drop for Lost<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().lost = true;
            for bell in [&self.0.work, &self.0.room, &self.0.found] {
                bell.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests;
