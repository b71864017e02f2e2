//! Signals of a record that is not parsed: what [`crate::correlate::signals`] would
//! make of it, out of its projection.
//!
//! In come a record, a rule that it may match, and what that rule's signals are made of;
//! out come the signals, or that only the reference can tell: where a test is not
//! certain, or where a field has more than one plain value.

use std::borrow::Cow;
use std::sync::Arc;

use super::comparable::Comparables;
use super::evaluator::Evaluator;
use super::{Matcher, time_slot};
use crate::compile::{ExtractedMeasure, ExtractedPart, ExtractedStep, Extraction, Known, Slot};
use crate::correlate::{Key, Measured, Signal, captured, combination, comparable};
use crate::engine::project::{Only, Projection, Unclear, View, descend};
use crate::event::parse_rfc3339;
use crate::finding::ContentHash;
use crate::rule::value::{Amount, Number};

impl Matcher<'_> {
    /// Makes the signals of those hits of a record that are about several events, as far
    /// as that can be told; the others stay hits.
    pub(super) fn extract(&mut self, record: &str, file: &Arc<str>, number: u64) {
        let mut hits = std::mem::take(&mut self.hits);
        hits.retain(|rule| {
            let extraction = self.evaluator.program.extractions[*rule as usize].as_deref();
            extraction.is_none_or(|extraction| {
                self.signals_of(record, *rule, extraction, file, number)
                    .is_err()
            })
        });
        self.hits = hits;
    }

    /// Adds the signals of a record; none where the event takes no part, or has no key
    /// or nothing that is measured.
    fn signals_of(
        &mut self,
        record: &str,
        rule: u32,
        extraction: &Extraction,
        file: &Arc<str>,
        number: u64,
    ) -> Result<(), Unclear> {
        self.walk_for(record, extraction)?;
        let evaluator = &mut self.evaluator;
        let terms = &evaluator.program.rules[rule as usize];
        if !certainly(Known::all(
            terms.iter().map(|term| evaluator.known(record, term)),
        ))? {
            return Ok(());
        }
        let keys = &mut self.keys;
        keys.clear();
        for step in &extraction.steps {
            if let Some(key) = key_of(evaluator, &mut self.comparables, record, step)? {
                match keys.iter_mut().find(|(known, _)| *known == key) {
                    Some((_, steps)) => *steps |= step.bit,
                    None => keys.push((key, step.bit)),
                }
            }
        }
        if keys.is_empty() {
            return Ok(());
        }
        let projection = &evaluator.projection;
        let mut fields = Fields {
            projection,
            record,
            comparables: &mut self.comparables,
        };
        let Some(measured) = fields.measured(&extraction.measured)? else {
            return Ok(());
        };
        // One without an id is told from others by all that it holds.
        let id = projection.text(record, extraction.event_id);
        id.filter(|id| !id.is_empty()).ok_or(Unclear)?;
        let facts = &evaluator.program.facts;
        let time = projection.text(record, time_slot(facts, projection));
        let time = time.and_then(parse_rfc3339).ok_or(Unclear)?;
        let content = self.copy(record, extraction)?;
        for (key, steps) in self.keys.drain(..) {
            self.signals.push(Signal {
                rule: Arc::clone(&extraction.rule),
                key,
                time,
                steps,
                content,
                measured: measured.clone(),
                exception: None,
                file: Arc::clone(file),
                record: number,
                event: self.copied.as_str().into(),
                carried: false,
            });
        }
        Ok(())
    }

    /// Copies what is kept of a record; its own part of that tells it from others.
    fn copy(&mut self, record: &str, extraction: &Extraction) -> Result<ContentHash, Unclear> {
        let (evaluator, copies) = (&mut self.evaluator, &mut self.copies);
        if let Some(own) = &extraction.own {
            self.copied.clear();
            copies.copy(evaluator, record, own, &mut self.copied)?;
            let content = ContentHash::of_text(&self.copied);
            self.copied.clear();
            copies.copy(evaluator, record, &extraction.copy, &mut self.copied)?;
            return Ok(content);
        }
        self.copied.clear();
        copies.copy(evaluator, record, &extraction.copy, &mut self.copied)?;
        Ok(ContentHash::of_text(&self.copied))
    }

    /// Walks what a rule's signals are made of, but for what may be known of parts that
    /// are copied.
    fn walk_for(&mut self, record: &str, extraction: &Extraction) -> Result<(), Unclear> {
        let program = self.evaluator.program;
        let (trie, wrapper) = (&program.trie, program.facts.wrapper);
        let projection = &mut self.evaluator.projection;
        let wanted = extraction.parts.and(extraction.copied);
        let further = wanted.without(self.descended);
        descend(trie, wrapper, record.as_bytes(), projection, further)?;
        self.descended = self.descended.and(further);
        match self.evaluator.open(record, extraction.parts) {
            true => Ok(()),
            false => Err(Unclear),
        }
    }
}

fn certainly(known: Known) -> Result<bool, Unclear> {
    match known {
        Known::Yes => Ok(true),
        Known::No => Ok(false),
        Known::Unknown => Err(Unclear),
    }
}

/// The key that a record has where it is of a step.
fn key_of(
    evaluator: &mut Evaluator<'_>,
    comparables: &mut Comparables,
    record: &str,
    step: &ExtractedStep,
) -> Result<Option<Key>, Unclear> {
    if let Some(condition) = &step.condition
        && !certainly(evaluator.known(record, condition))?
    {
        return Ok(None);
    }
    let mut fields = Fields {
        projection: &evaluator.projection,
        record,
        comparables,
    };
    if let [part] = step.by.as_slice() {
        return fields.part(part);
    }
    let mut key = Vec::with_capacity(step.by.len());
    for part in &step.by {
        match fields.part(part)? {
            Some(of_part) => key.extend_from_slice(&of_part.0),
            None => return Ok(None),
        }
    }
    Ok(Some(Key::from(key)))
}

/// The fields of a record.
struct Fields<'a> {
    projection: &'a Projection,
    record: &'a str,
    comparables: &'a mut Comparables,
}

impl<'a> Fields<'a> {
    /// The one value of a field, as text; empty texts, nulls and containers are none.
    fn text(&self, slot: Slot) -> Result<Option<Cow<'a, str>>, Unclear> {
        let view = match self.projection.only(self.record, slot) {
            Only::Nothing => return Ok(None),
            Only::Node(view) => view,
            Only::Several => return Err(Unclear),
        };
        Ok(match view {
            View::Text(text) => Some(Cow::Borrowed(text)).filter(|text| !text.is_empty()),
            View::Bool(true) => Some(Cow::Borrowed("true")),
            View::Bool(false) => Some(Cow::Borrowed("false")),
            View::Number(Number::Integer(integer)) => Some(Cow::Owned(integer.to_string())),
            View::Null | View::Object { .. } => None,
            View::Number(Number::Float(_)) | View::Array(_) => return Err(Unclear),
        })
    }

    /// The same as it stands in signals.
    fn value(&mut self, slot: Slot, hidden: bool) -> Result<Option<Key>, Unclear> {
        let text = self.text(slot)?;
        Ok(text.map(|text| self.comparable(&text, hidden)))
    }

    fn comparable(&mut self, text: &str, hidden: bool) -> Key {
        match hidden {
            true => Key::from(vec![comparable(text, true)]),
            false => self.comparables.key(text),
        }
    }

    /// The one number of a field, or that of a text.
    fn amount(&self, slot: Slot) -> Result<Option<Amount>, Unclear> {
        let number = match self.projection.only(self.record, slot) {
            Only::Node(View::Number(number)) => Some(number),
            Only::Node(View::Array(_)) | Only::Several => return Err(Unclear),
            lone => lone.text().and_then(Number::parse),
        };
        Ok(number.map(Amount::of))
    }

    /// A part of the key, as the key that it alone makes.
    fn part(&mut self, part: &ExtractedPart) -> Result<Option<Key>, Unclear> {
        for field in &part.fields {
            if let Some(text) = self.text(*field)? {
                let text = match &part.capture {
                    Some(pattern) => captured(pattern, &text),
                    None => Some(&*text),
                };
                return Ok(text.map(|text| self.comparable(text, part.hidden)));
            }
        }
        Ok(None)
    }

    /// What is measured, where the record has it.
    fn measured(&mut self, measure: &ExtractedMeasure) -> Result<Option<Measured>, Unclear> {
        let one = |value: Box<str>| Measured::Values([value].into());
        Ok(match measure {
            ExtractedMeasure::Event => Some(Measured::Event),
            ExtractedMeasure::Values(fields) => {
                if let [(slot, hidden)] = fields.as_slice() {
                    let value = self.value(*slot, *hidden)?;
                    return Ok(value.map(|value| Measured::Values(value.0)));
                }
                let values = fields.iter();
                let values = values.map(|(slot, hidden)| self.value(*slot, *hidden).transpose());
                // One that is not there is none of several.
                let values: Option<Result<Vec<_>, _>> = values.collect();
                let values = values.transpose()?;
                values.map(|values| {
                    let parts = values.iter().flat_map(|value| value.0.iter().cloned());
                    one(combination(parts.collect()))
                })
            }
            ExtractedMeasure::Sum(slot) => self.amount(*slot)?.map(Measured::Amount),
            ExtractedMeasure::Numbers(slot) => {
                let amount = self.amount(*slot)?;
                amount.map(|amount| Measured::Numbers(vec![amount]))
            }
            ExtractedMeasure::Ratio(slot, of) => {
                let text = self.text(*slot)?.filter(|text| of.contains(&**text));
                text.map(|text| one(text.into_owned().into()))
            }
        })
    }
}
