//! One value of the stream from its first byte to where reading goes on after it.

use std::io::Read;

use memchr::memrchr;

use super::fault::{Fault, InputFault};
use super::frame::{Frame, Step};
use super::list::List;
use super::resync::{self, CONTEXT, Clue, Indent, Search};
use super::window::Window;

/// Scans values of a stream, holding on to no more of it than one record may have.
#[derive(Debug)]
pub(super) struct Scanner<R> {
    window: Window<R>,
    max_record: u64,
    fault: Option<InputFault>,
    /// How often more was asked for than there is.
    ends_met: u32,
}

/// Where one value led.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) fault: Option<Fault>,
    /// Whether framing was lost, or the input was.
    pub(super) damaged: bool,
    pub(super) then: Then,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// The value ended before this offset.
    Closed(u64),
    /// At this offset begin the elements of a list.
    Wrapper(u64, List),
    /// Damaged; a record may begin at this offset.
    Record(u64),
    /// Damaged; an object with `Records` may begin at this offset.
    Outermost(u64),
    /// The input ended.
    End,
}

/// Where a value was found to be damaged.
struct Damage {
    at: u64,
    /// Where a record that begins within the value is looked for.
    seek: u64,
    clue: Clue<u64>,
}

impl<R: Read> Scanner<R> {
    pub(super) fn new(window: Window<R>, max_record: u64) -> Self {
        Scanner {
            window,
            max_record,
            fault: None,
            ends_met: 0,
        }
    }

    /// The buffer of the window, for other uses.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.window.into_buffer()
    }

    /// The size that a record may have.
    pub(super) fn max_record(&self) -> u64 {
        self.max_record
    }

    /// Offset past the last byte read.
    pub(super) fn end(&self) -> u64 {
        self.window.end()
    }

    /// The bytes held from an offset on.
    pub(super) fn from(&self, at: u64) -> &[u8] {
        self.window.from(at)
    }

    /// The bytes held between two offsets.
    pub(super) fn between(&self, from: u64, to: u64) -> &[u8] {
        self.window.between(from, to)
    }

    /// The byte at an offset, if it is held.
    pub(super) fn byte(&self, at: u64) -> Option<u8> {
        self.window.byte(at)
    }

    /// Reads on; `false` at the end, which a failure to read is too.
    pub(super) fn fill(&mut self, keep: u64) -> bool {
        let more = match self.window.fill(keep) {
            Ok(more) => more,
            Err(error) => {
                self.fault = Some(InputFault::from(error));
                false
            }
        };
        self.ends_met = self.ends_met.saturating_add(u32::from(!more));
        more
    }

    /// How often more was asked for than there is.
    pub(super) fn ends_met(&self) -> u32 {
        self.ends_met
    }

    pub(super) fn source(&self) -> &R {
        self.window.source()
    }

    /// Why reading ended early, told once.
    pub(super) fn take_fault(&mut self) -> Option<InputFault> {
        self.fault.take()
    }

    /// Scans one value; `keep` holds on to its bytes, as long as they are not
    /// too many for a record. `indent` is that of the line it stands on.
    pub(super) fn scan(
        &mut self,
        mut frame: Frame,
        start: u64,
        keep: bool,
        indent: &Indent,
    ) -> Outcome {
        let limit = self.max_record;
        // Told by positions alone, so that it does not depend on the reads.
        let excess = |at: u64| (keep && at - start > limit).then_some(Fault::TooLarge { limit });
        let mut at = start;
        let (at, flaw) = loop {
            match frame.scan(self.window.from(at)) {
                Step::More => at = self.window.end(),
                Step::Closed(count) => {
                    let end = at + count as u64;
                    return Outcome {
                        fault: excess(end),
                        damaged: false,
                        then: Then::Closed(end),
                    };
                }
                Step::Wrapper(count) => {
                    return Outcome {
                        fault: None,
                        damaged: false,
                        then: Then::Wrapper(at + count as u64, List::Records),
                    };
                }
                Step::List(count, list) => {
                    at += count as u64;
                    let needed = if keep && excess(at).is_none() {
                        start
                    } else {
                        at.saturating_sub(CONTEXT).max(start)
                    };
                    if self.begins(list, at, needed) {
                        return Outcome {
                            fault: None,
                            damaged: false,
                            then: Then::Wrapper(at, list),
                        };
                    }
                    continue;
                }
                Step::Broken(count) | Step::Outside(count) => {
                    let at = at + count as u64;
                    break (at, Fault::Malformed { at });
                }
                Step::Deep(count) => {
                    at += count as u64;
                    if keep {
                        break (at, Fault::TooDeep);
                    }
                    continue;
                }
            }
            let needed = if keep && excess(at).is_none() {
                start
            } else {
                at.saturating_sub(CONTEXT).max(start)
            };
            if !self.fill(needed) {
                break (at, Fault::Truncated);
            }
        };
        let excess = excess(at);
        let deep = flaw == Fault::TooDeep;
        // A record that begins within the damaged value is looked for from its
        // start, but not in something deep: each level would be scanned again.
        let from_start = keep && excess.is_none() && !deep;
        let damage = Damage {
            at,
            seek: match flaw {
                _ if from_start => start + 1,
                // The bracket that goes too deep may be in a record of its own.
                Fault::TooDeep if excess.is_none() => {
                    let before = self.window.between(start, at);
                    let line = memrchr(b'\n', before).unwrap_or(before.len());
                    at - (before.len() - line) as u64
                }
                _ => at,
            },
            clue: match flaw {
                Fault::TooDeep => Clue::LineOfRecord,
                // Where the input is only cut, nothing was hidden before the cut.
                Fault::Truncated => Clue::LineOrKey { suspect: at },
                _ => Clue::LineOrKey {
                    suspect: start + frame.suspect(),
                },
            },
        };
        let then = self.mend(frame, damage, indent);
        Outcome {
            fault: Some(excess.unwrap_or(flaw)),
            // What is only deep may be framed all the same.
            damaged: !(deep && matches!(then, Then::Closed(_) | Then::Wrapper(..))),
            then,
        }
    }

    /// Whether the array whose elements begin at an offset is the list that its
    /// key may be.
    fn begins(&mut self, list: List, at: u64, keep: u64) -> bool {
        loop {
            if let Some(shown) = list.begins(self.window.from(at)) {
                return shown;
            }
            if !self.fill(keep) {
                return false;
            }
        }
    }

    /// Finds where to go on after damage: at the end of the value, or where a
    /// record seems to begin before that.
    fn mend(&mut self, mut frame: Frame, damage: Damage, indent: &Indent) -> Then {
        let Damage {
            mut at,
            mut seek,
            clue,
        } = damage;
        let mut ended = false;
        loop {
            let (end, closed) = match frame.scan(self.window.from(at)) {
                Step::More => (self.window.end(), None),
                Step::Closed(count) | Step::Outside(count) => {
                    let end = at + count as u64;
                    (end, Some(Then::Closed(end)))
                }
                Step::Wrapper(count) => {
                    let inside = at + count as u64;
                    (inside, Some(Then::Wrapper(inside, List::Records)))
                }
                Step::List(count, list) => {
                    at += count as u64;
                    if !self.begins(list, at, seek.min(at).saturating_sub(CONTEXT)) {
                        continue;
                    }
                    (at, Some(Then::Wrapper(at, list)))
                }
                // Told once only; what follows is scanned leniently.
                Step::Broken(count) | Step::Deep(count) => {
                    at += count as u64;
                    continue;
                }
            };
            let held = self.window.start();
            let bytes = self.window.between(held, end);
            let index = |offset: u64| usize::try_from(offset.saturating_sub(held));
            let from = index(seek).unwrap_or(bytes.len());
            let clue = match clue {
                Clue::LineOrKey { suspect } => Clue::LineOrKey {
                    suspect: index(suspect).unwrap_or(bytes.len()),
                },
                Clue::LineOfRecord => Clue::LineOfRecord,
            };
            let last = ended || closed.is_some();
            match resync::search(bytes, from, clue, indent, last) {
                Search::Record(found) => return Then::Record(held + found as u64),
                Search::Wrapper(found) => return Then::Outermost(held + found as u64),
                Search::From(next) => seek = held + next as u64,
            }
            if let Some(then) = closed {
                return then;
            }
            if ended {
                return Then::End;
            }
            at = end;
            ended = !self.fill(seek.min(at).saturating_sub(CONTEXT));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Bytes in memory after a value of 3 MB under a limit of 1,000 bytes.
    fn held_after(opening: &'static [u8], byte: u8, closing: &'static [u8]) -> usize {
        let source = opening
            .chain(io::repeat(byte).take(3_000_000))
            .chain(closing);
        let mut scanner = Scanner::new(Window::new(source, 0), 1000);
        let outcome = scanner.scan(Frame::new(true), 0, true, &Indent::default());
        assert_ne!(outcome.fault, None);
        assert!(scanner.end() >= 3_000_000);
        scanner.window.capacity()
    }

    #[test]
    fn memory_does_not_grow_with_a_value_over_the_limit() {
        for (opening, byte, closing) in [
            (&b"{\"a\":\""[..], b'x', &b"\"}"[..]),
            (b"{\"a\":", b'[', b""),
            (b"{\"a\":", b' ', b"1}"),
            (b"{\"a\" \"b\"", b'{', b"}"),
            (b"{,", b'\n', b"}"),
            (b"{\"a\":\"\n ,{", b' ', b"\"eventName\""),
        ] {
            let held = held_after(opening, byte, closing);
            assert!(
                held < 300_000,
                "{held} for {}",
                String::from_utf8_lossy(opening)
            );
        }
    }
}
