//! Values of keys and measures as they stand in signals, each worked out once: to see
//! that a text was met before takes less than to see that it holds no secret.
//!
//! In come texts; out comes what each is among keys and measured values, shared by all
//! signals that have it.

use crate::compile::Dictionary;
use crate::correlate::{Key, comparable};

/// Texts that are remembered together; then all are forgotten.
const MOST: usize = 4096;
/// Longer texts are not.
const LONGEST: usize = 512;

/// The texts that were met, of fields that are not hidden.
#[derive(Debug, Default)]
pub(super) struct Comparables {
    numbers: Dictionary,
    keys: Vec<Key>,
}

impl Comparables {
    /// A text that alone is a key, or what is measured.
    pub(super) fn key(&mut self, text: &str) -> Key {
        let known = self.numbers.find(text.as_bytes());
        if let Some(key) = known.and_then(|number| self.keys.get(number as usize)) {
            return key.clone();
        }
        let key = Key::from(vec![comparable(text, false)]);
        if text.len() <= LONGEST {
            if self.keys.len() == MOST {
                self.numbers.clear();
                self.keys.clear();
            }
            self.numbers.add(text.as_bytes(), self.keys.len() as u32);
            self.keys.push(key.clone());
        }
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_for_itself_however_often_it_comes_and_a_secret_never_does() {
        let mut comparables = Comparables::default();
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned();
        let long = "x".repeat(LONGEST + 1);
        let texts = (0..MOST + 10).map(|number| format!("10.0.{number}"));
        let texts: Vec<String> = texts.chain([secret, long]).collect();
        for _ in 0..2 {
            for text in &texts {
                let wanted = comparable(text, false);
                assert_eq!(comparables.key(text), Key::from(vec![wanted]), "{text}");
                assert!(comparables.keys.len() <= MOST);
            }
        }
    }
}
