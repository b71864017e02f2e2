//! Which of many networks an address or a network lies in.

use std::collections::{BTreeSet, HashMap};

use super::Mark;
use crate::rule::value::Network;

/// Networks by their first bits.
#[derive(Debug, Default)]
pub(super) struct Networks {
    marks: HashMap<Network, Mark>,
    /// The prefix lengths that occur, each family by itself.
    lengths: [Vec<u8>; 2],
}

impl Networks {
    /// From networks that all differ.
    pub(super) fn new(networks: impl Iterator<Item = (Network, Mark)>) -> Self {
        let marks: HashMap<Network, Mark> = networks.collect();
        let lengths = [true, false].map(|v4| {
            let networks = marks.keys().filter(|network| network.is_v4() == v4);
            let lengths: BTreeSet<u8> = networks.map(Network::prefix_length).collect();
            lengths.into_iter().collect()
        });
        Networks { marks, lengths }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Adds the marks of all that the text lies in, if it is an address or a network.
    pub(super) fn marks(&self, text: &str, marks: &mut Vec<Mark>) {
        if self.is_empty() {
            return;
        }
        let Some(found) = Network::of_event(text) else {
            return;
        };
        for length in &self.lengths[usize::from(!found.is_v4())] {
            let Some(wider) = found.widened(*length) else {
                break;
            };
            marks.extend(self.marks.get(&wider));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text() -> impl Strategy<Value = String> {
        let v4 = (0_u8..3, 0_u8..3, 0_u8..=32, any::<bool>());
        let v6 = (0_u16..3, 0_u16..3, 0_u8..=128, any::<bool>());
        let shown = |address: String, length: u8, bare: bool| match bare {
            true => address,
            false => format!("{address}/{length}"),
        };
        prop_oneof![
            v4.clone().prop_map(move |(a, b, length, bare)| shown(
                format!("10.{a}.0.{b}"),
                length,
                bare
            )),
            v6.prop_map(move |(a, b, length, bare)| shown(format!("2001:{a}::{b}"), length, bare)),
            v4.clone().prop_map(move |(a, b, length, bare)| {
                shown(format!("::ffff:10.{a}.0.{b}"), 96 + length, bare)
            }),
            Just("AWS Internal".to_owned()),
            Just("::ffff:0:0/90".to_owned()),
        ]
    }

    proptest! {
        #[test]
        fn those_are_found_that_contain_it(
            networks in prop::collection::vec(text(), 0..12),
            texts in prop::collection::vec(text(), 1..20),
        ) {
            let mut networks: Vec<Network> =
                networks.iter().filter_map(|text| Network::of_event(text)).collect();
            networks.sort_by_key(Network::to_string);
            networks.dedup();
            let built = Networks::new(networks.iter().copied().zip(0..));
            for text in &texts {
                let found = Network::of_event(text);
                let holds = |network: &Network| found.is_some_and(|found| network.contains(&found));
                let wanted: Vec<Mark> = networks
                    .iter()
                    .zip(0..)
                    .filter(|(network, _)| holds(network))
                    .map(|(_, mark)| mark)
                    .collect();
                let mut marks = Vec::new();
                built.marks(text, &mut marks);
                marks.sort_unstable();
                prop_assert_eq!(marks, wanted, "{} in {:?}", text, &networks);
            }
        }
    }
}
