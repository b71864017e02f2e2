//! Signals come back from memory and from disk as they went in.

use std::sync::Arc;

use super::cases::{Case, Random};
use crate::correlate::{Key, Signal, Store};

fn signals(seed: u64) -> Vec<Signal> {
    let mut random = Random::new(seed);
    let mut signals: Vec<Signal> = (0..200)
        .flat_map(|more| Case::of(seed + more).signals())
        .collect();
    for signal in &mut signals {
        signal.rule = Arc::from(["a", "b"][random.below(2) as usize]);
        signal.key = Key::from(vec![random.below(5).to_string().into()]);
        signal.record = random.below(1000);
        signal.carried = random.below(2) == 0;
        signal.exception = [None, Some(3)][random.below(2) as usize];
    }
    signals
}

#[test]
fn what_waits_on_disk_comes_back_in_order() {
    for seed in 0..10 {
        let mut wanted = signals(seed);
        let mut small = Store::new(1 << 10);
        for signal in &wanted {
            small.add(signal.clone()).unwrap();
        }
        assert_eq!(small.len(), wanted.len() as u64);
        wanted.sort_by(Signal::order);
        let read: Vec<Signal> = small.sorted().unwrap().map(Result::unwrap).collect();
        assert_eq!(read, wanted, "seed {seed}");
    }
}

#[test]
fn a_signal_can_be_written_and_read_back() {
    for signal in signals(7) {
        let text = serde_json::to_string(&signal).unwrap();
        let read: Signal = serde_json::from_str(&text).unwrap();
        let carried = signal.carried;
        assert_eq!(Signal { carried, ..read }, signal);
    }
}
