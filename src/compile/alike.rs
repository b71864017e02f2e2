//! Telling tests apart: what has the same [`key`] asks the same.
//!
//! Large sets have tens of thousands of tests, so what most of them ask is
//! written down in few bytes; the rest by what it shows.

use super::Atom;
use super::check::{Check, Source, TextCheck, TextKind};

/// An atom in bytes. Each part begins with what it is and says how long it is, so
/// that no two atoms are written alike.
pub(super) fn key(atom: &Atom) -> Vec<u8> {
    let mut key = Key(Vec::with_capacity(64));
    let Source {
        slot,
        strict,
        below,
    } = atom.source;
    key.number(slot.index());
    key.flags([strict, below, atom.every_node]);
    key.checks(&atom.checks);
    key.0
}

struct Key(Vec<u8>);

impl Key {
    fn flags(&mut self, flags: [bool; 3]) {
        self.0.extend(flags.map(u8::from));
    }

    fn number(&mut self, number: usize) {
        self.0.extend_from_slice(&(number as u32).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn texts<'t>(&mut self, kind: u8, flags: [bool; 3], texts: impl Iterator<Item = &'t str>) {
        self.0.push(kind);
        self.flags(flags);
        let count = self.0.len();
        self.number(0);
        let mut texts_written = 0_u32;
        for text in texts {
            self.text(text);
            texts_written += 1;
        }
        self.0[count..count + 4].copy_from_slice(&texts_written.to_le_bytes());
    }

    fn checks(&mut self, checks: &[Check]) {
        self.number(checks.len());
        checks.iter().for_each(|check| self.check(check));
    }

    fn check(&mut self, check: &Check) {
        match check {
            // What else is kept of it follows from the texts.
            Check::Equals(equals) => {
                let flags = [equals.ignore_case, false, false];
                self.texts(b'=', flags, equals.texts.iter());
            }
            Check::Text(TextCheck {
                kind,
                ignore_case,
                scalars,
            }) => {
                let kind = match kind {
                    TextKind::Contains(texts) => Some((b'c', texts)),
                    TextKind::ContainsAll(texts) => Some((b'a', texts)),
                    TextKind::StartsWith(texts) => Some((b's', texts)),
                    TextKind::EndsWith(texts) => Some((b'e', texts)),
                    TextKind::Glob(_)
                    | TextKind::Regex(_)
                    | TextKind::Cidr(_)
                    | TextKind::PrefixLength(_) => None,
                };
                match kind {
                    Some((kind, texts)) => {
                        let flags = [*ignore_case, *scalars, false];
                        self.texts(kind, flags, texts.iter().map(String::as_str));
                    }
                    None => self.shown(check),
                }
            }
            Check::Exists(wanted) => self.0.extend([b'x', u8::from(*wanted)]),
            Check::Not(checks) => {
                self.0.push(b'!');
                self.checks(checks);
            }
            other => self.shown(other),
        }
    }

    /// What shows alike is alike: operands show wholly, places not at all.
    fn shown(&mut self, check: &Check) {
        self.0.push(b'?');
        self.text(&format!("{check:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::check::{Equals, Shape, Texts};
    use crate::compile::trie::Slot;
    use crate::rule::value::Glob;

    fn equals(texts: &[&str], ignore_case: bool) -> Check {
        Check::Equals(Equals {
            texts: Texts::new(texts.iter().map(|text| (*text).to_owned())),
            ignore_case,
            numbers: Vec::new(),
            holds_true: false,
            holds_false: false,
        })
    }

    fn text(kind: TextKind, ignore_case: bool) -> Check {
        Check::Text(TextCheck {
            kind,
            ignore_case,
            scalars: false,
        })
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn atoms_have_the_same_key_if_and_only_if_they_show_alike() {
        let single = [
            equals(&["a"], false),
            equals(&["a"], true),
            equals(&["a", "b"], false),
            equals(&["ab"], false),
            equals(&["", "ab"], false),
            equals(&[], false),
            text(TextKind::Contains(owned(&["a", "b"])), false),
            text(TextKind::Contains(owned(&["b", "a"])), false),
            text(TextKind::ContainsAll(owned(&["a", "b"])), false),
            text(TextKind::StartsWith(owned(&["a"])), false),
            text(TextKind::StartsWith(owned(&["a"])), true),
            text(TextKind::EndsWith(owned(&["a"])), false),
            text(TextKind::Glob(vec![Shape::of(Glob::new("a*"))]), false),
            text(TextKind::Glob(vec![Shape::of(Glob::new("*a"))]), false),
            Check::Exists(true),
            Check::Exists(false),
            Check::AnyElement,
            Check::NoElement,
        ];
        let mut lists: Vec<Vec<Check>> = vec![Vec::new()];
        lists.extend(single.iter().map(|check| vec![check.clone()]));
        lists.extend(
            single
                .iter()
                .map(|check| vec![Check::Not(vec![check.clone()])]),
        );
        for pair in single.windows(2) {
            lists.push(pair.to_vec());
            lists.push(vec![Check::Not(pair.to_vec())]);
            lists.push(vec![Check::Not(vec![pair[0].clone()]), pair[1].clone()]);
        }
        let mut atoms = Vec::new();
        for (number, checks) in lists.into_iter().enumerate() {
            for strict in [false, true] {
                let source = Source {
                    slot: Slot(number as u32 % 2),
                    strict,
                    below: number.is_multiple_of(3),
                };
                atoms.push(Atom {
                    source,
                    every_node: number.is_multiple_of(5),
                    checks: checks.clone(),
                });
            }
        }
        for one in &atoms {
            for other in &atoms {
                let alike = format!("{one:?}") == format!("{other:?}");
                assert_eq!(key(one) == key(other), alike, "{one:?} {other:?}");
            }
        }
    }
}
