//! All paths that rules look at, as one tree: a record is walked once, and what
//! stands at the end of a path is kept in that path's slot.

/// A place in the tree; also what is kept of a path that ends there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeId(pub(crate) u32);

/// Numbers the paths whose values are kept, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

impl NodeId {
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
        slot
    }

    pub(crate) fn node(&self, id: NodeId) -> &TrieNode {
        &self.nodes[id.index()]
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

/// Keys by their length and first and last bytes, in a table with few collisions.
#[derive(Debug, Default)]
struct Children {
    entries: Vec<(Box<[u8]>, NodeId)>,
    /// Indices into the entries plus one, 0 for none; a power of two long.
    table: Vec<u32>,
}

impl Children {
    #[inline]
    fn get(&self, key: &[u8]) -> Option<NodeId> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut at = mix(key) & mask;
        loop {
            let index = (self.table[at] as usize).checked_sub(1)?;
            let (known, child) = &self.entries[index];
            if **known == *key {
                return Some(*child);
            }
            at = (at + 1) & mask;
        }
    }

    fn insert(&mut self, key: &str, child: NodeId) {
        self.entries.push((key.as_bytes().into(), child));
        let size = (self.entries.len() * 4).next_power_of_two().max(8);
        self.table = vec![0; size];
        for (index, (key, _)) in self.entries.iter().enumerate() {
            let mut at = mix(key) & (size - 1);
            while self.table[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            self.table[at] = index as u32 + 1;
        }
    }
}

/// Spreads keys over a table; equality is checked by whoever looks up.
#[inline]
fn mix(key: &[u8]) -> usize {
    let (first, middle, last) = match key {
        [] => (0, 0, 0),
        [only] => (*only, *only, *only),
        [first, .., last] => (*first, key[key.len() / 2], *last),
    };
    let word = u32::from(first)
        | u32::from(middle) << 8
        | u32::from(last) << 16
        | (key.len() as u32) << 24;
    (word.wrapping_mul(0x9e37_79b1) >> 15) as usize
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
        let keys: Vec<String> = (0..2000).map(|n| format!("key{n}")).collect();
        let slots: Vec<Slot> = keys.iter().map(|key| trie.slot(&[key])).collect();
        for (key, slot) in keys.iter().zip(slots) {
            let child = trie.node(NodeId::ROOT).child(key.as_bytes()).unwrap();
            assert_eq!(trie.node(child).slot, Some(slot));
        }
    }
}
