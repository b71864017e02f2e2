//! The same work on each of many things, on several threads: the pack alone has
//! hundreds of rules, and a run of a few records should not wait for them one by one.

use std::thread;

/// So many things are spread over threads, and over so many at most.
const MANY: usize = 64;
const MOST_THREADS: usize = 4;

/// What `work` makes of each item, in their order.
pub(super) fn spread<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads.min(MOST_THREADS));
    if items.len() < MANY || share == items.len() {
        return items.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let (own, others) = items.split_at(share);
        let others: Vec<_> = others
            .chunks(share)
            .map(|items| {
                let thread = scope.spawn(move || items.iter().map(work).collect());
                (items, thread)
            })
            .collect();
        let mut all: Vec<R> = own.iter().map(work).collect();
        for (items, thread) in others {
            let made: Result<Vec<R>, _> = thread.join();
            // A thread that breaks off leaves its items to this one.
            all.extend(made.unwrap_or_else(|_| items.iter().map(work).collect()));
        }
        all
    })
}
