//! Texts that come again, numbered; what is looked up is compared byte by byte.

use super::hash::hash;

/// A set of texts that numbers them in the order they came, from 0.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    text: String,
    /// Where each text begins in `text` and its hash; it ends where the next begins.
    entries: Vec<(u32, u64)>,
    /// Numbers plus one, 0 for none; a power of two long.
    table: Vec<u32>,
}

impl Dictionary {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    fn get(&self, number: usize) -> (&str, u64) {
        let (start, hash) = self.entries[number];
        let end = self
            .entries
            .get(number + 1)
            .map_or(self.text.len(), |(next, _)| *next as usize);
        (&self.text[start as usize..end], hash)
    }

    /// The number of a text, if it came before.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        if self.table.is_empty() {
            return None;
        }
        let wanted = hash(text.as_bytes());
        let mask = self.table.len() - 1;
        let mut at = wanted as usize & mask;
        loop {
            let number = self.table[at].checked_sub(1)?;
            let (known, hash) = self.get(number as usize);
            if hash == wanted && known == text {
                return Some(number);
            }
            at = (at + 1) & mask;
        }
    }

    /// Adds a text that is not there.
    pub(super) fn add(&mut self, text: &str) -> u32 {
        let number = self.entries.len() as u32;
        self.entries
            .push((self.text.len() as u32, hash(text.as_bytes())));
        self.text.push_str(text);
        if self.entries.len() * 2 > self.table.len() {
            self.table = vec![0; (self.entries.len() * 4).next_power_of_two()];
            for number in 0..self.entries.len() {
                self.place(number);
            }
        } else {
            self.place(number as usize);
        }
        number
    }

    fn place(&mut self, number: usize) {
        let mask = self.table.len() - 1;
        let mut at = self.entries[number].1 as usize & mask;
        while self.table[at] != 0 {
            at = (at + 1) & mask;
        }
        self.table[at] = number as u32 + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_in_the_order_they_came() {
        let mut dictionary = Dictionary::default();
        let texts: Vec<String> = (0..500).map(|n| format!("value {}", n * 7)).collect();
        for (number, text) in texts.iter().enumerate() {
            assert_eq!(dictionary.find(text), None);
            assert_eq!(dictionary.add(text) as usize, number);
        }
        dictionary.add("");
        assert_eq!(dictionary.find(""), Some(500));
        for (number, text) in texts.iter().enumerate() {
            assert_eq!(dictionary.find(text), Some(number as u32));
        }
    }
}
