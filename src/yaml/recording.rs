//! The steps through a text, kept: what the build script writes of the pack, so that
//! a run does not parse it again.
//!
//! In comes a text at build time, out come bytes; in come the text and the bytes at
//! run time, out come the steps that the parser would take. The build script has
//! this file too.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::step::{Step, StepKind, Steps};

/// A step as it is written: bytes from the end of the one before (containers end
/// where the next token starts, so that may be before it), and its kind.
#[derive(Serialize, Deserialize)]
struct Written<'t> {
    from_last: i32,
    length: u32,
    #[serde(borrow)]
    kind: Kind<'t>,
}

#[derive(Serialize, Deserialize)]
enum Kind<'t> {
    /// A plain scalar that reads as it is written.
    Plain {
        anchor: usize,
    },
    /// One that is between quotes as it is meant.
    Quoted {
        anchor: usize,
    },
    /// One that reads in another way than it is written.
    Scalar {
        #[serde(borrow)]
        text: &'t str,
        quoted: bool,
        anchor: usize,
    },
    Sequence {
        anchor: usize,
    },
    Mapping {
        anchor: usize,
    },
    End,
    Alias(usize),
    DocumentEnd,
}

/// The steps through a text as bytes; `None` for a text that has errors or tags,
/// which is to be parsed, so that they are said.
pub fn record(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut last = 0;
    for step in Steps::of(text) {
        let Step { bytes: place, kind } = step.ok()?;
        let written = Written {
            from_last: i32::try_from(place.start as i64 - last as i64).ok()?,
            length: u32::try_from(place.len()).ok()?,
            kind: kind_of(&kind, text.get(place.clone())?)?,
        };
        last = place.end;
        bytes = postcard::to_extend(&written, bytes).ok()?;
    }
    Some(bytes)
}

/// How a step is written that has these bytes of the text.
fn kind_of<'s>(kind: &'s StepKind<'_>, source: &str) -> Option<Kind<'s>> {
    Some(match *kind {
        StepKind::Scalar { tag: Some(_), .. }
        | StepKind::Sequence { tag: Some(_), .. }
        | StepKind::Mapping { tag: Some(_), .. }
        | StepKind::Unresolved(_) => return None,
        StepKind::Scalar {
            ref text,
            quoted,
            anchor,
            tag: None,
        } => match quoted {
            false if text == source.trim_end() => Kind::Plain { anchor },
            true if between_quotes(source) == Some(text) => Kind::Quoted { anchor },
            _ => Kind::Scalar {
                text,
                quoted,
                anchor,
            },
        },
        StepKind::Sequence { anchor, .. } => Kind::Sequence { anchor },
        StepKind::Mapping { anchor, .. } => Kind::Mapping { anchor },
        StepKind::End => Kind::End,
        StepKind::Alias(anchor) => Kind::Alias(anchor),
        StepKind::DocumentEnd => Kind::DocumentEnd,
    })
}

/// What stands between the first and the last byte, which are quotes.
fn between_quotes(source: &str) -> Option<&str> {
    source.get(1..source.len().checked_sub(1)?)
}

/// The steps that [`record`] kept of this text; `None` for one where the bytes are no
/// such recording.
pub(super) struct Replay<'t> {
    text: &'t str,
    recording: &'t [u8],
    last: usize,
}

impl<'t> Replay<'t> {
    pub(super) fn of(text: &'t str, recording: &'t [u8]) -> Self {
        Replay {
            text,
            recording,
            last: 0,
        }
    }

    fn step(&mut self) -> Option<Step<'t>> {
        let (written, rest) = postcard::take_from_bytes::<Written<'t>>(self.recording).ok()?;
        self.recording = rest;
        let start = self.last.checked_add_signed(written.from_last as isize)?;
        let bytes = start..start.checked_add(written.length as usize)?;
        self.last = bytes.end;
        let kind = written.kind.read(self.text.get(bytes.clone())?)?;
        Some(Step { bytes, kind })
    }
}

impl<'t> Iterator for Replay<'t> {
    type Item = Option<Step<'t>>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.recording.is_empty()).then(|| self.step())
    }
}

impl<'t> Kind<'t> {
    /// The step that was written so, of these bytes of the text.
    fn read(self, source: &'t str) -> Option<StepKind<'t>> {
        let scalar = |text, quoted, anchor| StepKind::Scalar {
            text: Cow::Borrowed(text),
            quoted,
            anchor,
            tag: None,
        };
        Some(match self {
            Kind::Plain { anchor } => scalar(source.trim_end(), false, anchor),
            Kind::Quoted { anchor } => scalar(between_quotes(source)?, true, anchor),
            Kind::Scalar {
                text,
                quoted,
                anchor,
            } => scalar(text, quoted, anchor),
            Kind::Sequence { anchor } => StepKind::Sequence { anchor, tag: None },
            Kind::Mapping { anchor } => StepKind::Mapping { anchor, tag: None },
            Kind::End => StepKind::End,
            Kind::Alias(anchor) => StepKind::Alias(anchor),
            Kind::DocumentEnd => StepKind::DocumentEnd,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::record;
    use crate::diagnostic::SourceMap;
    use crate::yaml::{parse, replay};

    const TEXTS: [&str; 6] = [
        "",
        "a: 1\nb: \"two\"\nc: 'it''s'\nd: \"\\u00e9\\n\"\n# end\n",
        "text: |\n  one\n  two\nfolded: >-\n  one\n  two\nlong: plain\n  over lines\nnone:\n",
        "base: &base {a: [1, 2], é: ü}\nuse: {<<: *base, c: *base}\n",
        "---\na: 1\n---\n- x\n- - y\n  - {}\n...\n---\nb: []\r\nc: d  # e\r\n",
        "a: 1\na: 2\n---\nsound: true\n",
    ];

    #[test]
    fn a_replay_makes_the_tree_and_the_problems_of_the_parser() {
        for text in TEXTS {
            let source = SourceMap::default().add("a.yaml".to_owned(), text);
            let (mut expected, mut said) = (Vec::new(), Vec::new());
            let parsed = parse(source, text, &mut expected);
            let recording = record(text).unwrap();
            let replayed = replay(source, text, &recording, &mut said).unwrap();
            assert_eq!(replayed.sound, parsed.sound, "{text}");
            assert_eq!(replayed.damaged.len(), parsed.damaged.len(), "{text}");
            assert_eq!(said, expected, "{text}");
        }
    }

    #[test]
    fn what_is_complained_of_while_parsing_is_not_recorded() {
        for text in ["a: !tag x", "a: *nowhere", "a: [", "a: {b"] {
            assert_eq!(record(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_recording_of_the_text_are_refused_or_harmless() {
        for text in TEXTS {
            let recording = record(text).unwrap();
            for at in 0..recording.len() {
                for change in [1, 0x80, 0xff] {
                    let mut damaged = recording.clone();
                    damaged[at] ^= change;
                    let source = SourceMap::default().add("a.yaml".to_owned(), text);
                    let _ = replay(source, text, &damaged, &mut Vec::new());
                }
            }
        }
        let source = SourceMap::default().add("a.yaml".to_owned(), "é");
        let recording = record("long enough").unwrap();
        assert!(replay(source, "é", &recording, &mut Vec::new()).is_none());
    }
}
