//! All paths that rules look at, as one tree: a record is walked once, and what
//! stands at the end of a path is kept in that path's slot.

/// A place in the tree; also what is kept of a path that ends there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) u32);

/// Numbers the paths whose values are kept, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

impl NodeId {
    /// Where walks begin. No key leads here, so it also stands for nowhere.
    pub(crate) const ROOT: NodeId = NodeId(0);

    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

impl Slot {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// The tree of paths.
#[derive(Debug)]
pub(crate) struct Trie {
    nodes: Vec<TrieNode>,
    slots: u32,
    /// By slot, the keys of its path.
    paths: Vec<Vec<Box<str>>>,
}

#[derive(Debug, Default)]
pub(crate) struct TrieNode {
    /// Where to keep what stands here, if a rule asks for it.
    pub(crate) slot: Option<Slot>,
    children: Children,
}

impl Trie {
    pub(crate) fn new() -> Self {
        Trie {
            nodes: vec![TrieNode::default()],
            slots: 0,
            paths: Vec::new(),
        }
    }

    /// The slot of a path of at least one key.
    pub(crate) fn slot(&mut self, keys: &[&str]) -> Slot {
        let mut at = NodeId::ROOT;
        for key in keys {
            at = match self.nodes[at.index()].children.get(key.as_bytes()) {
                Some(child) => child,
                None => {
                    let child = NodeId(self.nodes.len() as u32);
                    self.nodes.push(TrieNode::default());
                    self.nodes[at.index()].children.insert(key, child);
                    child
                }
            };
        }
        let next = Slot(self.slots);
        let slot = *self.nodes[at.index()].slot.get_or_insert(next);
        self.slots += u32::from(slot == next);
        if slot == next {
            self.paths
                .push(keys.iter().map(|key| (*key).into()).collect());
        }
        slot
    }

    /// The keys that lead to a slot.
    pub(crate) fn path(&self, slot: Slot) -> &[Box<str>] {
        &self.paths[slot.index()]
    }

    /// Where the first key of a slot's path leads.
    pub(crate) fn top(&self, slot: Slot) -> NodeId {
        let first = self.path(slot).first();
        first
            .and_then(|key| self.node(NodeId::ROOT).child(key.as_bytes()))
            .unwrap_or(NodeId::ROOT)
    }

    pub(crate) fn node(&self, id: NodeId) -> &TrieNode {
        &self.nodes[id.index()]
    }

    /// The places, by their number.
    pub(crate) fn nodes(&self) -> &[TrieNode] {
        &self.nodes
    }

    /// How many places there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many slots there are.
    pub(crate) fn slots(&self) -> usize {
        self.slots as usize
    }
}

impl TrieNode {
    /// Where a key leads.
    pub(crate) fn child(&self, key: &[u8]) -> Option<NodeId> {
        self.children.get(key)
    }

    /// Whether nothing below is asked for.
    pub(crate) fn is_leaf(&self) -> bool {
        self.children.entries.is_empty()
    }
}

/// Keys in a table with few collisions, compared by words.
#[derive(Debug, Default)]
struct Children {
    entries: Vec<Entry>,
    /// Indices into the entries plus one, 0 for none; a power of two long.
    table: Vec<u32>,
}

#[derive(Debug)]
struct Entry {
    ends: Ends,
    key: Box<[u8]>,
    child: NodeId,
}

/// The length of a key and its first and last eight bytes, which are all of it
/// where it is no longer than sixteen. Of a key shorter than eight both are the
/// key itself, filled up with zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    length: usize,
    first: u64,
    last: u64,
}

const WORD: usize = 8;

impl Ends {
    #[inline]
    fn of(key: &[u8]) -> Ends {
        let length = key.len();
        let (first, last) = match (key.first_chunk::<WORD>(), key.last_chunk::<WORD>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => {
                let short = key.iter().rev();
                let word = short.fold(0, |word, byte| word << 8 | u64::from(*byte));
                (word, word)
            }
        };
        Ends {
            length,
            first,
            last,
        }
    }

    /// Spreads keys over a table.
    #[inline]
    fn spread(self) -> usize {
        let mixed = (self.first ^ self.last.rotate_left(29) ^ self.length as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 40) as usize
    }
}

impl Children {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<NodeId> {
        if self.table.is_empty() {
            return None;
        }
        let ends = Ends::of(key);
        let mask = self.table.len() - 1;
        let mut at = ends.spread() & mask;
        loop {
            let index = (self.table[at] as usize).checked_sub(1)?;
            let entry = &self.entries[index];
            if entry.ends == ends && (ends.length <= 2 * WORD || *entry.key == *key) {
                return Some(entry.child);
            }
            at = (at + 1) & mask;
        }
    }

    fn insert(&mut self, key: &str, child: NodeId) {
        let key = key.as_bytes();
        self.entries.push(Entry {
            ends: Ends::of(key),
            key: key.into(),
            child,
        });
        let size = (self.entries.len() * 4).next_power_of_two().max(8);
        self.table = vec![0; size];
        for (index, entry) in self.entries.iter().enumerate() {
            let mut at = entry.ends.spread() & (size - 1);
            while self.table[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = index as u32 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_path_has_one_slot_and_its_prefix_another() {
        let mut trie = Trie::new();
        let whole = trie.slot(&["userIdentity", "type"]);
        let prefix = trie.slot(&["userIdentity"]);
        assert_ne!(whole, prefix);
        assert_eq!(trie.slot(&["userIdentity", "type"]), whole);
        assert_eq!(trie.slots(), 2);
        let identity = trie.node(NodeId::ROOT).child(b"userIdentity").unwrap();
        assert_eq!(trie.node(identity).slot, Some(prefix));
        assert!(trie.node(identity).child(b"typ").is_none());
        assert!(trie.node(identity).child(b"").is_none());
    }

    #[test]
    fn every_one_of_many_keys_is_found() {
        let mut trie = Trie::new();
        let keys: Vec<String> = (0..1000)
            .map(|n| "k".repeat(n % 20) + &n.to_string())
            .collect();
        let slots: Vec<Slot> = keys.iter().map(|key| trie.slot(&[key])).collect();
        for (key, slot) in keys.iter().zip(slots) {
            let child = trie.node(NodeId::ROOT).child(key.as_bytes()).unwrap();
            assert_eq!(trie.node(child).slot, Some(slot));
        }
    }
}
