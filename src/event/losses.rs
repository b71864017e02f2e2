//! Which fields of a record were lost on its way here.
//!
//! Tables and other schemas keep some fields of CloudTrail's record and drop the
//! rest. A field that was lost is not one that is missing: nobody knows what it
//! held. What reads a shape says what it lost; the reference evaluator answers
//! *not known* where an answer hangs on it.

use std::collections::BTreeMap;

use super::catalogue;

/// The fields that a record does not have because what wrote it dropped them.
/// Array elements are passed through: `resources.ARN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Losses {
    root: Node,
}

/// What was lost of a field and what is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Kept,
    Lost,
    /// Some of what is below.
    Parts {
        named: BTreeMap<String, Node>,
        /// Whether all that is not named was lost.
        others_lost: bool,
    },
}

/// How much of a field was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Nothing: what is not there was not there.
    None,
    /// Something below it.
    Part,
    /// It, and all below it.
    Whole,
}

static NONE: Losses = Losses { root: Node::Kept };

impl Losses {
    /// Of a record as CloudTrail wrote it.
    pub fn none() -> &'static Losses {
        &NONE
    }

    /// Everything was lost: what is there is said with [`Losses::keep`].
    pub fn all() -> Losses {
        Losses { root: Node::Lost }
    }

    /// This field was kept, with all below it.
    pub fn keep(&mut self, path: &[&str]) {
        self.root.set(path, &Node::Kept);
    }

    /// This field was lost, with all below it.
    pub fn lose(&mut self, path: &[&str]) {
        self.root.set(path, &Node::Lost);
    }

    /// Whether nothing was lost.
    pub fn is_none(&self) -> bool {
        self.root.loss() == Loss::None
    }

    /// How much was lost of the field at a path of keys.
    pub fn at<'k>(&self, path: impl IntoIterator<Item = &'k str>) -> Loss {
        let mut node = &self.root;
        for key in path {
            match node {
                Node::Kept => return Loss::None,
                Node::Lost => return Loss::Whole,
                Node::Parts { named, others_lost } => match named.get(key) {
                    Some(field) => node = field,
                    None if *others_lost => return Loss::Whole,
                    None => return Loss::None,
                },
            }
        }
        node.loss()
    }

    /// The fixed fields that were lost, as dotted paths: of those that were lost
    /// with all below them, only the topmost.
    pub fn paths(&self) -> Vec<String> {
        let is_lost = |path: &str| self.at(path.split('.')) == Loss::Whole;
        let is_topmost = |path: &str| match path.rsplit_once('.') {
            Some((above, _)) => !is_lost(above),
            None => true,
        };
        let paths = catalogue::paths().fixed.into_iter();
        paths
            // `@timestamp` and the like are not CloudTrail's own.
            .filter(|path| !path.starts_with('@') && is_lost(path) && is_topmost(path))
            .collect()
    }
}

impl Node {
    fn set(&mut self, path: &[&str], to: &Node) {
        let Some((key, rest)) = path.split_first() else {
            *self = to.clone();
            return;
        };
        let others_lost = match self {
            Node::Kept => false,
            Node::Lost => true,
            Node::Parts { others_lost, .. } => *others_lost,
        };
        if !matches!(self, Node::Parts { .. }) {
            *self = Node::Parts {
                named: BTreeMap::new(),
                others_lost,
            };
        }
        if let Node::Parts { named, .. } = self {
            let before = if others_lost { Node::Lost } else { Node::Kept };
            named
                .entry((*key).to_owned())
                .or_insert(before)
                .set(rest, to);
        }
    }

    fn loss(&self) -> Loss {
        match self {
            Node::Kept => Loss::None,
            Node::Lost => Loss::Whole,
            Node::Parts { named, others_lost } => {
                let same = if *others_lost {
                    Loss::Whole
                } else {
                    Loss::None
                };
                if named.values().all(|field| field.loss() == same) {
                    same
                } else {
                    Loss::Part
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(losses: &Losses, path: &str) -> Loss {
        losses.at(path.split('.').filter(|key| !key.is_empty()))
    }

    #[test]
    fn what_is_not_kept_was_lost() {
        let mut losses = Losses::all();
        losses.keep(&["eventName"]);
        losses.keep(&["userIdentity", "type"]);
        assert_eq!(at(&losses, "eventName"), Loss::None);
        assert_eq!(at(&losses, "userIdentity"), Loss::Part);
        assert_eq!(at(&losses, "userIdentity.type"), Loss::None);
        assert_eq!(at(&losses, "userIdentity.arn"), Loss::Whole);
        assert_eq!(at(&losses, "requestParameters.a.b"), Loss::Whole);
        assert_eq!(at(&losses, ""), Loss::Part);
        assert!(!losses.is_none());
    }

    #[test]
    fn of_a_plain_record_nothing_was_lost() {
        assert!(Losses::none().is_none());
        assert_eq!(at(Losses::none(), "a.b"), Loss::None);
        assert_eq!(Losses::none().paths(), [] as [String; 0]);
    }

    #[test]
    fn lost_fields_are_named_once() {
        let mut losses = Losses::none().clone();
        losses.lose(&["requestParameters"]);
        losses.lose(&["userIdentity", "sessionContext"]);
        losses.lose(&["resources", "accountId"]);
        assert_eq!(
            losses.paths(),
            [
                "userIdentity.sessionContext",
                "requestParameters",
                "resources.accountId"
            ]
        );
    }

    proptest! {
        /// What was said last of a path or of one above it counts.
        #[test]
        fn the_last_word_counts(
            words in prop::collection::vec((any::<bool>(), "[ab](\\.[ab]){0,2}"), 0..8),
            asked in "[ab](\\.[ab]){2}",
        ) {
            let mut losses = Losses::none().clone();
            let mut lost = false;
            for (lose, path) in &words {
                let keys: Vec<&str> = path.split('.').collect();
                if *lose { losses.lose(&keys) } else { losses.keep(&keys) }
                if asked == *path || asked.starts_with(&format!("{path}.")) {
                    lost = *lose;
                }
            }
            prop_assert_eq!(at(&losses, &asked) == Loss::Whole, lost);
        }
    }
}
