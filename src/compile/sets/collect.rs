//! The operands of many tests, sorted by kind, each with a mark.

use std::collections::{BTreeMap, HashMap};

use super::Mark;
use super::substring::Needle;
use crate::compile::Atom;
use crate::compile::check::{Check, CompiledPattern, Shape, TextCheck, TextKind};
use crate::rule::value::{Glob, Network};

/// What a slot's tests compare texts with.
#[derive(Debug, Default)]
pub(super) struct Collected {
    pub(super) exact: Operands,
    pub(super) folded: Operands,
    pub(super) networks: Vec<(Network, Mark)>,
    pub(super) patterns: Vec<(CompiledPattern, Mark)>,
    /// Checks that have no set. Where one is not known, the next mark says so.
    pub(super) plain: Vec<(Check, Mark)>,
}

/// Texts to compare with, each once for its kind.
#[derive(Debug, Default)]
pub(super) struct Operands {
    pub(super) whole: Vec<(String, Mark)>,
    pub(super) starts: Vec<(String, Mark)>,
    pub(super) ends: Vec<(String, Mark)>,
    pub(super) inside: Vec<(String, Needle)>,
}

impl Operands {
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_empty()
            && self.starts.is_empty()
            && self.ends.is_empty()
            && self.inside.is_empty()
    }
}

impl Collected {
    pub(super) fn of<'a>(atoms: impl Iterator<Item = &'a Atom>) -> Self {
        let mut collector = Collector::default();
        for atom in atoms.filter(|atom| !atom.source.below) {
            collector.checks(&atom.checks);
        }
        collector.finish()
    }
}

/// The checks of a test that have no set, each by what tells it apart.
pub(in crate::compile) fn plain_checks(atom: &Atom) -> impl Iterator<Item = String> {
    let mut collector = Collector::default();
    if !atom.source.below && !atom.checks.iter().all(has_set) {
        collector.checks(&atom.checks);
    }
    collector.plain.into_keys()
}

/// Whether there is a set for a check, or nothing to ask of a text, at first sight.
fn has_set(check: &Check) -> bool {
    match check {
        Check::Equals(_) | Check::Exists(_) => true,
        Check::Text(text) => !matches!(text.kind, TextKind::Glob(_) | TextKind::PrefixLength(_)),
        Check::Not(checks) => checks.iter().all(has_set),
        _ => false,
    }
}

/// Whom an operand serves: checks, or parts of one that must all hold.
type Users = Vec<u32>;

type Texts = BTreeMap<String, Users>;

#[derive(Debug, Default)]
struct Collector {
    users: u32,
    exact: Sides,
    folded: Sides,
    networks: HashMap<Network, Users>,
    patterns: BTreeMap<String, (CompiledPattern, Users)>,
    plain: BTreeMap<String, Check>,
}

#[derive(Debug, Default)]
struct Sides {
    whole: Texts,
    starts: Texts,
    ends: Texts,
    inside: BTreeMap<String, (Users, Vec<(Glob, u32)>)>,
}

impl Collector {
    fn checks(&mut self, checks: &[Check]) {
        for check in checks {
            self.check(check);
        }
    }

    fn check(&mut self, check: &Check) {
        self.users += 1;
        let user = self.users;
        match check {
            Check::Equals(equals) => {
                let sides = self.sides(equals.ignore_case);
                for text in equals.texts.iter() {
                    add(&mut sides.whole, text, user);
                }
            }
            Check::Text(text) => self.text(text, user),
            Check::Not(checks) => self.checks(checks),
            // One text is as good as another.
            Check::Exists(_)
            | Check::AnyElement
            | Check::EveryElement
            | Check::NoElement
            | Check::AnyEntry => {}
            Check::Order(..)
            | Check::Schedule(_)
            | Check::TimePart(..)
            | Check::Account(_)
            | Check::SameAs { .. }
            | Check::Length(_)
            | Check::Is { .. }
            | Check::Json => self.plain(check.clone()),
        }
    }

    fn sides(&mut self, ignore_case: bool) -> &mut Sides {
        if ignore_case {
            &mut self.folded
        } else {
            &mut self.exact
        }
    }

    fn plain(&mut self, check: Check) {
        self.plain.insert(format!("{check:?}"), check);
    }

    fn text(&mut self, check: &TextCheck, user: u32) {
        let ignore_case = check.ignore_case;
        match &check.kind {
            TextKind::Contains(texts) => {
                let sides = self.sides(ignore_case);
                texts.iter().for_each(|text| sides.inside(text, user));
            }
            TextKind::ContainsAll(texts) => {
                for text in texts {
                    self.users += 1;
                    let user = self.users;
                    self.sides(ignore_case).inside(text, user);
                }
            }
            TextKind::StartsWith(texts) => {
                let starts = &mut self.sides(ignore_case).starts;
                texts.iter().for_each(|text| add(starts, text, user));
            }
            TextKind::EndsWith(texts) => {
                let ends = &mut self.sides(ignore_case).ends;
                texts.iter().for_each(|text| add(ends, text, user));
            }
            TextKind::Glob(globs) => {
                for glob in globs {
                    self.glob(glob, ignore_case, user);
                }
            }
            TextKind::Regex(patterns) => {
                for pattern in patterns {
                    let users = self.patterns.entry(format!("{pattern:?}"));
                    let (_, users) = users.or_insert_with(|| (pattern.clone(), Users::new()));
                    users.push(user);
                }
            }
            TextKind::Cidr(networks) => {
                for network in networks {
                    self.networks.entry(*network).or_default().push(user);
                }
            }
            TextKind::PrefixLength(_) => self.plain(Check::Text(check.clone())),
        }
    }

    fn glob(&mut self, glob: &Shape, ignore_case: bool, user: u32) {
        let sides = self.sides(ignore_case);
        match glob {
            Shape::Whole(text) => add(&mut sides.whole, text, user),
            Shape::Prefix(text) => add(&mut sides.starts, text, user),
            Shape::Suffix(text) => add(&mut sides.ends, text, user),
            Shape::Infix(text) => sides.inside(text, user),
            Shape::Other(other) => {
                let parts = other.as_str().split(['*', '?']);
                match parts.max_by_key(|part| part.len()) {
                    Some(part) if !part.is_empty() => {
                        let (_, globs) = sides.inside.entry(part.to_owned()).or_default();
                        globs.push((other.clone(), user));
                    }
                    _ => self.plain(Check::Text(TextCheck {
                        kind: TextKind::Glob(vec![glob.clone()]),
                        ignore_case,
                        // Sets are of texts.
                        scalars: false,
                    })),
                }
            }
        }
    }

    fn finish(self) -> Collected {
        let mut marks = Marks::default();
        let networks = self.networks.into_iter();
        let patterns = self.patterns.into_values();
        let mut collected = Collected {
            exact: self.exact.finish(&mut marks),
            folded: self.folded.finish(&mut marks),
            networks: networks
                .map(|(network, users)| (network, marks.of(users)))
                .collect(),
            patterns: patterns
                .map(|(pattern, users)| (pattern, marks.of(users)))
                .collect(),
            plain: Vec::new(),
        };
        let plain = self.plain.into_values().zip(0..);
        // Past all others, two for each.
        collected.plain = plain
            .map(|(check, number): (Check, Mark)| (check, marks.count() + 2 * number))
            .collect();
        collected
    }
}

impl Sides {
    fn inside(&mut self, text: &str, user: u32) {
        // Nothing is in every text.
        if !text.is_empty() {
            let (users, _) = self.inside.entry(text.to_owned()).or_default();
            users.push(user);
        }
    }

    fn finish(self, marks: &mut Marks) -> Operands {
        let mut all = |texts: Texts| -> Vec<(String, Mark)> {
            let texts = texts.into_iter();
            texts.map(|(text, users)| (text, marks.of(users))).collect()
        };
        let (whole, starts, ends) = (all(self.whole), all(self.starts), all(self.ends));
        let inside = self.inside.into_iter().map(|(text, (users, globs))| {
            let globs = globs.into_iter();
            let needle = Needle {
                mark: (!users.is_empty()).then(|| marks.of(users)),
                globs: globs
                    .map(|(glob, user)| (glob, marks.of(vec![user])))
                    .collect(),
            };
            (text, needle)
        });
        Operands {
            whole,
            starts,
            ends,
            inside: inside.collect(),
        }
    }
}

fn add(texts: &mut Texts, text: &str, user: u32) {
    texts.entry(text.to_owned()).or_default().push(user);
}

/// Operands that serve the same are told apart by nobody.
#[derive(Debug, Default)]
struct Marks(HashMap<Users, Mark>);

impl Marks {
    fn of(&mut self, users: Users) -> Mark {
        let next = self.count();
        *self.0.entry(users).or_insert(next)
    }

    fn count(&self) -> Mark {
        self.0.len() as Mark
    }
}
