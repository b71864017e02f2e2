//! What an input holds, for those who look at records without judging them.
//!
//! In comes an input; out come its contents as a scan reads them: one, or those of the
//! members of an archive, each under the name that findings have, and what is wrong
//! between them. The limits are those of a scan.

use std::io::Read;
use std::ops::ControlFlow;

use crate::archive::{Quota, Stored, Within};
use crate::codec::{Decoder, Format, Limits, Lookahead};
use crate::diagnostic::Diagnostic;
use crate::source::Input;

use super::members::{Choice, Met, Nest, each_member};

/// Sees the contents of an input, in order; each says whether it has seen enough.
pub trait Look {
    /// Takes the decoded bytes of the input, or of a member of it.
    fn content(&mut self, name: &str, content: &mut dyn Read) -> bool;

    /// Takes what is wrong with the input, or with an archive in it.
    fn problem(&mut self, problem: Diagnostic) -> bool;
}

/// Shows what an input holds until enough was seen; whether it was.
pub fn look_into(input: &Input, limits: Limits, look: &mut dyn Look) -> bool {
    match input.open() {
        Ok(mut source) => Walk { limits, look }.stream(&input.name, &mut source, None),
        Err(error) => look.problem(input.unreadable(&error)),
    }
}

struct Walk<'a> {
    limits: Limits,
    look: &'a mut dyn Look,
}

impl Walk<'_> {
    fn stream(&mut self, name: &str, source: &mut dyn Read, nest: Option<Nest<'_>>) -> bool {
        let (source, stored) = Stored::new(source);
        let mut content = Lookahead::new(Decoder::with_limits(source, self.limits));
        let archive = content.format().filter(|format| format.is_archive());
        let Some(format) = archive else {
            return match nest {
                None => self.look.content(name, &mut content),
                Some(nest) => {
                    let mut content = Within::new(content, nest.quota, nest.decoded());
                    self.look.content(name, &mut content)
                }
            };
        };
        let quota = Quota::new(format, stored, self.limits);
        let nest = nest.unwrap_or(Nest::of(&quota));
        let mut content = Within::new(content, nest.quota, nest.decoded());
        self.archive(name, format, &mut content, nest)
    }

    fn archive(
        &mut self,
        name: &str,
        format: Format,
        source: &mut dyn Read,
        nest: Nest<'_>,
    ) -> bool {
        let limits = self.limits;
        let mut meet = |met: Met<'_>| {
            let over = match met {
                Met::Fault(fault) => self.look.problem(fault.diagnostic(name)),
                Met::Member(Choice::Read, place, content, nest) => {
                    let mut content = Within::new(content, nest.quota, nest.content());
                    self.stream(&place, &mut content, Some(nest))
                }
                // A scan of the archive passes over it too.
                Met::Member(..) => false,
            };
            match over {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        each_member(name, format, source, limits, nest, &mut meet).is_break()
    }
}
