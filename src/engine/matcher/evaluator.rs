//! Answers about one record, each question asked once: per record, and per
//! value of a field where values come again.

use super::check::Asked;
use super::counts::Counts;
use super::dictionary::Dictionary;
use crate::compile::{AtomId, Expr, Known, Program, Slot};

use super::super::project::{Only, Projection, View};

/// Numbers the values of a slot: nothing, null, true, false, then texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ValueId(pub(super) u32);

const NOTHING: ValueId = ValueId(0);
const NULL: ValueId = ValueId(1);
const TRUE: ValueId = ValueId(2);
const FALSE: ValueId = ValueId(3);
const FIRST_TEXT: u32 = 4;

/// Texts of one slot that are numbered.
const MOST_VALUES: usize = 4096;
/// Longer texts are not.
const LONGEST_VALUE: usize = 512;
/// Bytes of answers kept for one slot.
const MOST_ANSWERS: usize = 1 << 20;
/// Look-ups after which a dictionary is judged by its misses.
const TRIAL: u32 = 1024;

/// What is known of the record at hand.
#[derive(Debug)]
pub(super) struct Evaluator<'p> {
    pub(super) program: &'p Program,
    pub(super) projection: Projection,
    folded: String,
    /// Tells this record from those before.
    stamp: u32,
    /// By atom: the record it was asked about last, and the answer.
    asked: Vec<(u32, Known)>,
    /// By atom: its number among the atoms of its slot whose answers are kept.
    places: Vec<Option<u32>>,
    fields: Vec<Field>,
    pub(super) counts: Counts,
}

/// What is remembered of a slot across records.
#[derive(Debug, Default)]
struct Field {
    values: Dictionary,
    /// Atoms whose answers are kept.
    atoms: u32,
    /// Two bits for each value and atom: not asked, or an answer.
    answers: Vec<u8>,
    lookups: u32,
    misses: u32,
    /// Values hardly ever come again.
    off: bool,
    /// The record whose value is known, and the value.
    current: (u32, Option<ValueId>),
}

impl<'p> Evaluator<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut fields: Vec<Field> = Vec::new();
        fields.resize_with(program.trie.slots(), Field::default);
        let places = program.atoms.iter().map(|atom| {
            let field = &mut fields[atom.source.slot.index()];
            (!atom.looks_elsewhere() && !atom.is_cheap()).then(|| {
                field.atoms += 1;
                field.atoms - 1
            })
        });
        Evaluator {
            places: places.collect(),
            program,
            projection: Projection::new(&program.trie),
            folded: String::new(),
            stamp: 0,
            asked: vec![(0, Known::Unknown); program.atoms.len()],
            fields,
            counts: Counts::default(),
        }
    }

    /// What was counted, the values learnt included.
    pub(super) fn counts(&self) -> Counts {
        let learnt = self.fields.iter().map(|field| field.values.len() as u64);
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
            self.fields.iter_mut().for_each(|field| field.current.0 = 0);
            self.stamp = 1;
        }
    }

    /// Whether an expression holds on the record.
    pub(super) fn known(&mut self, record: &str, expr: &Expr) -> Known {
        expr.known(&mut |id| self.atom(record, id))
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
        let value = self.places[id.index()].and_then(|place| {
            let value = self.value(record, slot)?;
            Some((value, place))
        });
        let mut ask = || {
            let mut asked = Asked {
                projection: &self.projection,
                record,
                folded: &mut self.folded,
            };
            asked.atom(atom)
        };
        let Some((value, place)) = value else {
            self.counts.asked += 1;
            return ask();
        };
        let field = &mut self.fields[slot.index()];
        if let Some(known) = field.answer(value, place) {
            self.counts.remembered += 1;
            return known;
        }
        self.counts.asked += 1;
        let known = ask();
        field.remember(value, place, known);
        known
    }

    /// The number of the value at a slot, where it has one.
    pub(super) fn value(&mut self, record: &str, slot: Slot) -> Option<ValueId> {
        let field = &mut self.fields[slot.index()];
        if field.current.0 != self.stamp {
            let value = match self.projection.only(record, slot) {
                Only::Nothing => Some(NOTHING),
                Only::Node(View::Null) => Some(NULL),
                Only::Node(View::Bool(true)) => Some(TRUE),
                Only::Node(View::Bool(false)) => Some(FALSE),
                Only::Node(View::Text(text)) => field.text(text),
                Only::Node(_) | Only::Several => None,
            };
            field.current = (self.stamp, value);
        }
        field.current.1
    }
}

impl Field {
    fn text(&mut self, text: &str) -> Option<ValueId> {
        if self.off || text.len() > LONGEST_VALUE {
            return None;
        }
        self.lookups += 1;
        if let Some(number) = self.values.find(text) {
            return Some(ValueId(FIRST_TEXT + number));
        }
        self.misses += 1;
        if self.lookups >= TRIAL {
            if self.misses > self.lookups / 2 {
                self.off = true;
                self.values = Dictionary::default();
                self.answers = Vec::new();
                return None;
            }
            (self.lookups, self.misses) = (0, 0);
        }
        let room = self.values.len() < MOST_VALUES
            && (self.values.len() + 1) * self.atoms as usize / 4 < MOST_ANSWERS;
        room.then(|| ValueId(FIRST_TEXT + self.values.add(text)))
    }

    fn bits(&self, value: ValueId, place: u32) -> (usize, u32) {
        let row = self.atoms as usize;
        let at = value.0 as usize * row + place as usize;
        (at / 4, (at % 4) as u32 * 2)
    }

    fn answer(&self, value: ValueId, place: u32) -> Option<Known> {
        let (byte, shift) = self.bits(value, place);
        match self.answers.get(byte)? >> shift & 3 {
            1 => Some(Known::No),
            2 => Some(Known::Unknown),
            3 => Some(Known::Yes),
            _ => None,
        }
    }

    fn remember(&mut self, value: ValueId, place: u32, known: Known) {
        let (byte, shift) = self.bits(value, place);
        if byte >= self.answers.len() {
            let rows = (value.0 as usize + 1).next_power_of_two().max(8);
            self.answers.resize(rows * self.atoms as usize / 4 + 1, 0);
        }
        let bits = match known {
            Known::No => 1,
            Known::Unknown => 2,
            Known::Yes => 3,
        };
        self.answers[byte] |= bits << shift;
    }
}
