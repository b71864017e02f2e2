//! Problems for tools: of one kind in one input so many one by one, the rest counted.
//!
//! In come problems in the order of the inputs; out come those that are written, and
//! for what was only counted one at the end of its input. A file of which each of a
//! million lines is broken makes neither the output nor what waits for it large.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic};

/// How many of one kind in one input are written one by one.
const MOST: u64 = 100;

/// What was met of the input at hand.
#[derive(Debug, Default)]
pub(super) struct Few {
    input: String,
    met: BTreeMap<Code, u64>,
}

impl Few {
    /// Takes a problem; what is to be written now.
    pub(super) fn take(&mut self, problem: &Diagnostic) -> Vec<Diagnostic> {
        let Some(input) = input_of(problem) else {
            return vec![problem.clone()];
        };
        let mut written = Vec::new();
        if input != self.input {
            written = self.end();
            input.clone_into(&mut self.input);
        }
        let met = self.met.entry(problem.code).or_default();
        *met += 1;
        if *met <= MOST {
            written.push(problem.clone());
        }
        written
    }

    /// What is to be written where no more comes of the input.
    pub(super) fn end(&mut self) -> Vec<Diagnostic> {
        let met = std::mem::take(&mut self.met).into_iter();
        let counted = met.filter(|(_, count)| *count > MOST);
        counted
            .map(|(code, count)| {
                let more = count - MOST;
                let message = format!("{more} more of the kind: {}", code.title());
                Diagnostic::new(code, message)
                    .in_place(self.input.clone())
                    .help(format!(
                        "{count} in this input in all; the first {MOST} are written one by one"
                    ))
            })
            .collect()
    }
}

/// The input in which a problem with a record was met: `export.json, record 7` or
/// `export.json, record 7 (byte 90)`.
fn input_of(problem: &Diagnostic) -> Option<&str> {
    let (input, number) = problem.place.as_deref()?.rsplit_once(", record ")?;
    let is_number = number.starts_with(|first: char| first.is_ascii_digit());
    is_number.then_some(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(file: &str, record: u64) -> Diagnostic {
        Diagnostic::new(Code::BadRecord, "this is no record")
            .in_place(format!("{file}, record {record} (byte {})", 2 * record))
    }

    #[test]
    fn a_hundred_of_a_kind_are_written_and_the_rest_is_counted() {
        let mut few = Few::default();
        let mut written = Vec::new();
        for record in 1..=250 {
            written.extend(few.take(&bad("a.json", record)));
        }
        written.extend(few.take(&bad("b.json", 1)));
        written.extend(few.take(&Diagnostic::new(Code::BadRecord, "of no record").in_place("c")));
        written.extend(few.end());
        let places: Vec<_> = written.iter().filter_map(|one| one.place.clone()).collect();
        assert_eq!(places.len(), 103);
        assert_eq!(places[99], "a.json, record 100 (byte 200)");
        assert_eq!(
            written[100].message,
            format!("150 more of the kind: {}", Code::BadRecord.title())
        );
        assert_eq!(places[100..], ["a.json", "b.json, record 1 (byte 2)", "c"]);
    }
}
