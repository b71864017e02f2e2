//! Work on several threads, whose outcome does not depend on how many.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a function makes of each item, in the order of the items.
pub(super) fn side_by_side<T: Sync, O: Send>(
    items: &[T],
    jobs: NonZeroUsize,
    work: impl Fn(&T) -> O + Sync,
) -> Vec<O> {
    let taken = AtomicUsize::new(0);
    let judge = || {
        let mut done = Vec::new();
        loop {
            let index = taken.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return done;
            };
            done.push((index, work(item)));
        }
    };
    let mut done: Vec<(usize, O)> = std::thread::scope(|scope| {
        let jobs = jobs.get().min(items.len().max(1));
        let helpers: Vec<_> = (1..jobs).map(|_| scope.spawn(judge)).collect();
        let mut done = judge();
        for helper in helpers {
            match helper.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}
