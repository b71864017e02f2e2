//! In which order rules are lowered: those first that others name.
//!
//! In come the documents of a set; out come their places in that order, what any of
//! them names, and what names itself through others.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Document, id_of};

/// The order, and what was seen on the way.
#[derive(Debug, Default)]
pub(super) struct Order {
    /// Places of documents; all of them.
    pub places: Vec<usize>,
    /// The ids that any rule names.
    pub named: BTreeSet<String>,
    /// Those that lead back to themselves.
    pub circular: BTreeSet<String>,
}

/// How far a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Visit {
    Not,
    /// What it names is being visited.
    Begun,
    Done,
}

impl Order {
    pub(super) fn of(documents: &[Document]) -> Order {
        let mut order = Order::default();
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        for (place, document) in documents.iter().enumerate() {
            if let Some(id) = id_of(document.node()) {
                at.entry(id).or_insert(place);
            }
        }
        let mut visits = vec![Visit::Not; documents.len()];
        for place in 0..documents.len() {
            order.visit(place, documents, &at, &mut visits);
        }
        order
    }

    /// Goes down by hand: a chain of rules may be as long as the set.
    fn visit(
        &mut self,
        place: usize,
        documents: &[Document],
        at: &BTreeMap<&str, usize>,
        visits: &mut [Visit],
    ) {
        if visits[place] != Visit::Not {
            return;
        }
        visits[place] = Visit::Begun;
        let mut path = vec![(place, documents[place].source.named_rules())];
        while let Some((place, names)) = path.last_mut() {
            let place = *place;
            let Some(name) = names.pop() else {
                visits[place] = Visit::Done;
                self.places.push(place);
                path.pop();
                continue;
            };
            self.named.insert(name.to_owned());
            let Some(next) = at.get(name).copied() else {
                continue;
            };
            match visits[next] {
                Visit::Done => {}
                Visit::Not => {
                    visits[next] = Visit::Begun;
                    path.push((next, documents[next].source.named_rules()));
                }
                Visit::Begun => {
                    // From there on down, all names lead back.
                    let circle = path.iter().skip_while(|(place, _)| *place != next);
                    let ids = circle.filter_map(|(place, _)| id_of(documents[*place].node()));
                    self.circular.extend(ids.map(str::to_owned));
                }
            }
        }
    }
}
