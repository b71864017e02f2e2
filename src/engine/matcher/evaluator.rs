//! Answers about one record, each question asked once: per record, and per
//! class of what stands at a slot.

use super::check::Asked;
use super::class::Class;
use super::column::Look;
use super::counts::Counts;
use super::field::Field;
use super::part::Part;
use crate::compile::{AtomId, Expr, Known, Program, Sets, Slot, Source, Wanted};

use super::super::project::{Elements, Only, Projection, View, open};

/// Begin what tells classes apart that are no texts; no mark is that high.
const ARRAY: u32 = u32::MAX;
const SEVERAL: u32 = u32::MAX - 1;
const STRICT: u32 = u32::MAX - 2;

/// Nodes of one slot that are told apart by class.
const MOST_NODES: usize = 64;

/// What is known of the record at hand.
#[derive(Debug)]
pub(super) struct Evaluator<'p> {
    pub(super) program: &'p Program,
    pub(super) projection: Projection,
    folded: String,
    /// Tells this record from those before.
    pub(super) stamp: u32,
    /// By atom: the record it was asked about last, and the answer.
    asked: Vec<(u32, Known)>,
    /// By slot: the record whose class was told last, and the class.
    current: Vec<(u32, Option<Class>)>,
    fields: Vec<Field>,
    /// The parts that come again, and so are looked at as a whole.
    pub(super) whole: Wanted,
    pub(super) parts: Vec<Part>,
    /// Whether any of them is dear.
    some_dear: bool,
    /// Classes of nodes and of elements, gathered.
    gathered: Vec<u32>,
    pub(super) counts: Counts,
}

impl<'p> Evaluator<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let slots = 0..program.trie.slots() as u32;
        let fields = slots.map(|slot| Field::new(program.fields.count(Slot(slot))));
        Evaluator {
            program,
            projection: Projection::new(&program.trie, &program.deferral),
            folded: String::new(),
            stamp: 0,
            asked: vec![(0, Known::Unknown); program.atoms.len()],
            current: vec![(0, None); program.trie.slots()],
            fields: fields.collect(),
            whole: Wanted::default(),
            parts: Part::all(program),
            some_dear: false,
            gathered: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// What was counted, the values learnt included.
    pub(super) fn counts(&self) -> Counts {
        let learnt = self.fields.iter().map(Field::learnt);
        Counts {
            learnt: learnt.sum(),
            ..self.counts
        }
    }

    /// Forgets the record before.
    pub(super) fn begin(&mut self) {
        self.stamp = self.stamp.wrapping_add(1);
        if self.stamp == 0 {
            self.asked.iter_mut().for_each(|(stamp, _)| *stamp = 0);
            self.current.iter_mut().for_each(|(stamp, _)| *stamp = 0);
            self.parts.iter_mut().for_each(|part| part.current.0 = 0);
            self.stamp = 1;
        }
    }

    /// Whether an expression holds on the record.
    pub(super) fn known(&mut self, record: &str, expr: &Expr) -> Known {
        match expr {
            Expr::Atom { id, holds: true } => self.atom(record, *id),
            Expr::Atom { id, holds: false } => !self.atom(record, *id),
            Expr::Unknown => Known::Unknown,
            Expr::All(each) => Known::all(each.iter().map(|expr| self.known(record, expr))),
            Expr::Any(each) => Known::any(each.iter().map(|expr| self.known(record, expr))),
        }
    }

    fn atom(&mut self, record: &str, id: AtomId) -> Known {
        let (stamp, known) = self.asked[id.index()];
        if stamp == self.stamp {
            self.counts.repeated += 1;
            return known;
        }
        let known = self.remembered(record, id);
        self.asked[id.index()] = (self.stamp, known);
        known
    }

    fn remembered(&mut self, record: &str, id: AtomId) -> Known {
        let program = self.program;
        let atom = &program.atoms[id.index()];
        let slot = atom.source.slot;
        let of_class = program.fields.place(id).and_then(|place| {
            let class = (!self.is_dear(slot)).then(|| self.class(record, slot));
            Some((class.flatten()?, place))
        });
        if let Some((class, place)) = of_class
            && let Some(known) = self.fields[slot.index()].answer(class, place)
        {
            self.counts.remembered += 1;
            return known;
        }
        self.counts.asked += 1;
        if !self.open(record, program.deferral.of_atom(id)) {
            return Known::Unknown;
        }
        let field = &mut self.fields[slot.index()];
        let mut asked = Asked {
            projection: &self.projection,
            record,
            folded: &mut self.folded,
        };
        let known = asked.atom(atom);
        if let Some((class, place)) = of_class {
            field.remember(class, place, known);
        }
        known
    }

    /// Walks parts of the record that were recalled; whether they were clear, as
    /// they were when they came first.
    #[inline]
    pub(super) fn open(&mut self, record: &str, parts: Wanted) -> bool {
        let Program { trie, facts, .. } = self.program;
        let projection = &mut self.projection;
        !projection.is_closed(parts)
            || open(trie, facts.wrapper, record.as_bytes(), projection, parts).is_ok()
    }

    /// Whether telling the class of what a column looks at takes much longer than a
    /// test of it.
    #[inline]
    pub(super) fn look_is_dear(&self, look: Look) -> bool {
        self.some_dear && matches!(look, Look::Slot(slot) if self.is_dear(slot))
    }

    #[inline]
    fn is_dear(&self, slot: Slot) -> bool {
        self.some_dear && self.current[slot.index()].0 != self.stamp && self.field_is_dear(slot)
    }

    fn field_is_dear(&self, slot: Slot) -> bool {
        let sets = self.program.fields.built(slot);
        sets.is_some_and(|sets| self.fields[slot.index()].is_dear(sets))
    }

    /// What telling the class takes of what a column looks at, as a multiple of a
    /// look-up.
    pub(super) fn cost(&self, look: Look) -> u64 {
        let Look::Slot(slot) = look else {
            return 1;
        };
        let sets = self.program.fields.built(slot);
        sets.map_or(1, |sets| self.fields[slot.index()].cost(sets))
    }

    /// The class of what stands at a slot, where it has one.
    #[inline]
    pub(super) fn class(&mut self, record: &str, slot: Slot) -> Option<Class> {
        let (stamp, class) = self.current[slot.index()];
        if stamp == self.stamp {
            return class;
        }
        let class = match self.open(record, self.program.deferral.part_of(slot)) {
            true if self.projection.lacks(slot) => Some(Class::NOTHING),
            true => self.tell_class(record, slot),
            false => None,
        };
        self.current[slot.index()] = (self.stamp, class);
        class
    }

    fn tell_class(&mut self, record: &str, slot: Slot) -> Option<Class> {
        let mut classes = Classes {
            program: self.program,
            field: &mut self.fields[slot.index()],
            asked: Asked {
                projection: &self.projection,
                record,
                folded: &mut self.folded,
            },
            gathered: &mut self.gathered,
            slot,
        };
        let class = match self.projection.only(record, slot) {
            Only::Nothing => return Some(Class::NOTHING),
            Only::Node(node) => classes.node(node),
            Only::Several => classes.several(),
        };
        self.gathered.clear();
        if self.fields[slot.index()].is_off() {
            self.some_dear = self.some_dear || self.field_is_dear(slot);
        }
        class
    }
}

/// Tells the classes of what stands at one slot of a record.
struct Classes<'e> {
    program: &'e Program,
    field: &'e mut Field,
    asked: Asked<'e>,
    gathered: &'e mut Vec<u32>,
    slot: Slot,
}

impl<'e> Classes<'e> {
    fn sets(&self) -> &'e Sets {
        self.program.fields.sets(self.slot, &self.program.atoms)
    }

    /// The class of one node; numbers have none.
    #[inline]
    fn node(&mut self, node: View<'e>) -> Option<Class> {
        match node {
            View::Text(text) => {
                let sets = self.sets();
                let asked = &mut self.asked;
                let ask = |check: &_| asked.check(check, Some(View::Text(text)));
                self.field.text(sets, text, ask)
            }
            View::Number(_) => None,
            View::Array(elements) if elements.length > 0 => self.array(elements),
            other => Class::fixed(other),
        }
    }

    /// The class of an array: which classes its elements have, and how many there
    /// are if that is asked.
    fn array(&mut self, elements: Elements<'e>) -> Option<Class> {
        let length = if self.sets().measures() {
            elements.length
        } else {
            0
        };
        let start = self.gathered.len();
        self.gathered.extend([ARRAY, length]);
        self.gather(start + 2, elements)?;
        let class = self.field.of_parts(self.gathered[start..].iter().copied());
        self.gathered.truncate(start);
        class
    }

    /// The class of several nodes, or of one inside an array: which classes they
    /// have, and which those have that a strict selector finds.
    fn several(&mut self) -> Option<Class> {
        self.gathered.push(SEVERAL);
        for strict in [false, true] {
            let source = Source {
                slot: self.slot,
                strict,
                below: false,
            };
            let start = self.gathered.len() + 1;
            self.gathered.push(STRICT);
            let nodes = self.asked.projection.nodes(self.asked.record, source);
            self.gather(start, nodes)?;
        }
        self.field.of_parts(self.gathered.iter().copied())
    }

    /// Adds the classes of some nodes, each once and in order.
    fn gather(&mut self, start: usize, nodes: impl Iterator<Item = View<'e>>) -> Option<()> {
        for node in nodes {
            if self.gathered.len() > MOST_NODES {
                return None;
            }
            let class = self.node(node)?;
            if !self.gathered[start..].contains(&class.part()) {
                self.gathered.push(class.part());
            }
        }
        self.gathered[start..].sort_unstable();
        Some(())
    }
}
