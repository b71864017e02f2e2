//! What is said while an input is read.
//!
//! In come notes, which know records by their number in a part of the input; out comes
//! what people get, once it is known how many records came before that part.

use jiff::Timestamp;

use super::Output;
use crate::correlate::Signal;
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::Finding;
use crate::shape::{BadRecord, InputFault, RecordFault, WrapFault};

/// What is said of a record or of the input.
#[derive(Debug)]
pub(super) enum Note {
    /// The findings of one event.
    Findings(Vec<Finding>),
    /// What events are to rules about several.
    Signals(Vec<Signal>),
    /// Events were read up to this time.
    Reached(Timestamp),
    /// No record where one should be.
    Bad(BadRecord),
    /// A record that cannot be parsed, by its number.
    Unparsed(u64, RecordFault),
    /// A record that wraps what cannot be had, by its number.
    Unwrapped(u64, WrapFault),
    /// A record of another major version, by its number.
    UnknownVersion(u64, String),
    /// Nothing more can be read.
    Fault(InputFault),
}

impl Note {
    /// The note where so many records come before its part of the input.
    pub(super) fn moved(mut self, by: u64) -> Note {
        match &mut self {
            Note::Findings(findings) => {
                for finding in findings {
                    finding.place.record += by;
                }
            }
            Note::Signals(signals) => {
                for signal in signals {
                    signal.record += by;
                }
            }
            Note::Bad(bad) => bad.number += by,
            Note::Unparsed(number, _)
            | Note::Unwrapped(number, _)
            | Note::UnknownVersion(number, _) => *number += by,
            Note::Fault(_) | Note::Reached(_) => {}
        }
        self
    }

    /// As people get it; `file` is the input's name.
    pub(super) fn output(self, file: &str) -> Output {
        Output::Problem(match self {
            Note::Findings(findings) => return Output::Findings(findings),
            Note::Signals(signals) => return Output::Signals(signals),
            Note::Reached(time) => return Output::Reached(time),
            Note::Bad(bad) => bad.diagnostic(file),
            Note::Unparsed(number, fault) => fault.diagnostic(file, number),
            Note::Unwrapped(number, fault) => fault.diagnostic(file, number),
            Note::Fault(fault) => fault.diagnostic(file),
            Note::UnknownVersion(number, version) => Diagnostic::new(
                Code::UnknownRecordVersion,
                format!("the record has version {version}, and only 1.x is known"),
            )
            .in_place(format!("{file}, record {number}"))
            .help("it was not evaluated; a newer trailgate may read it"),
        })
    }
}

/// Takes notes, each with about the bytes of memory that it holds.
pub(super) type TakeNote<'a> = &'a mut dyn FnMut(Note, usize);
