//! Parts: what stands under some keys of the record is passed over or recalled at
//! first, and walked once it is wanted.
//!
//! In come a record that is walked and, later, the parts that it is asked for; out
//! come what these hold and, of those that came before, what was noted of them.

use super::scan::{Scanner, Walk};
use super::{Kind, Projection, Unclear, recall};
use crate::compile::{NodeId, Slot, Trie, Wanted};

/// An object or array of the record that is a part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    part: usize,
    place: NodeId,
    start: usize,
    end: usize,
    /// Whether what it holds is kept.
    walked: bool,
    /// Whether it was recalled.
    recalled: bool,
}

/// What came before, as a record has it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    /// The object that it was met in.
    object: u32,
    number: u32,
}

/// An object or array that came before, told from all others at the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::engine) struct CameBefore {
    /// How often all of them were forgotten.
    forgotten: u32,
    number: u32,
}

/// Walks the parts of a record that are wanted and did not come before. The
/// record is UTF-8.
pub(in crate::engine) fn descend(
    trie: &Trie,
    wrapper: Slot,
    bytes: &[u8],
    projection: &mut Projection,
    wanted: Wanted,
) -> Result<(), Unclear> {
    for number in 0..projection.found.len() {
        let found = projection.found[number];
        if !wanted.has(found.part) {
            continue;
        }
        if !found.walked {
            projection.passed_over -= (found.end - found.start) as u64;
        }
        if found.recalled {
            continue;
        }
        if !found.walked {
            walk_part(trie, wrapper, bytes, projection, number)?;
        }
        if projection.always.has(found.part) {
            let object = bytes.get(found.start..found.end).ok_or(Unclear)?;
            if let Some(entry) = projection.recalls[found.part].learn(object) {
                projection.enter(found.part, entry);
            }
        }
    }
    Ok(())
}

/// Walks parts that came before after all.
#[inline(never)]
pub(in crate::engine) fn open(
    trie: &Trie,
    wrapper: Slot,
    bytes: &[u8],
    projection: &mut Projection,
    parts: Wanted,
) -> Result<(), Unclear> {
    for number in 0..projection.found.len() {
        let found = projection.found[number];
        if found.recalled && !found.walked && parts.has(found.part) {
            walk_part(trie, wrapper, bytes, projection, number)?;
        }
    }
    projection.closed = projection.closed.without(parts);
    Ok(())
}

fn walk_part(
    trie: &Trie,
    wrapper: Slot,
    bytes: &[u8],
    projection: &mut Projection,
    number: usize,
) -> Result<(), Unclear> {
    let found = &mut projection.found[number];
    found.walked = true;
    let Found { place, start, .. } = *found;
    // It was met, but nothing is kept there.
    projection.heads[place.index()].object = 0;
    let object = projection.next_object();
    let mut scanner = Scanner {
        trie,
        wrapper: projection.places[wrapper.index()],
        bytes,
        depth: 1,
        projection,
    };
    let byte = *bytes.get(start).ok_or(Unclear)?;
    let walk = Walk::of_member(place, object, false);
    scanner.value(start, byte, walk)?;
    Ok(())
}

impl Scanner<'_> {
    /// Moves past a part of the record.
    pub(super) fn part(
        &mut self,
        start: usize,
        byte: u8,
        walk: Walk,
        place: NodeId,
        part: usize,
    ) -> Result<usize, Unclear> {
        let always = self.projection.always.has(part);
        let ahead = &self.bytes[start..];
        let known = match always {
            true => self.projection.recalls[part].find(ahead),
            false => None,
        };
        let walked = always && known.is_none();
        let end = match known {
            Some((number, length)) => {
                self.projection.enter(part, number);
                self.projection.closed = self.projection.closed.and(Wanted::part(part));
                self.projection.passed_over += length as u64;
                start + length
            }
            None if walked => self.value(start, byte, walk)?,
            None => self.pass(start, None, Projection::keep_object)?,
        };
        if !walked && let Some(keep) = walk.keep {
            self.projection.keep(keep, Kind::Deferred, 0, 0)?;
        }
        self.projection.found.push(Found {
            part,
            place,
            start,
            end,
            walked,
            recalled: known.is_some(),
        });
        Ok(end)
    }
}

impl Projection {
    /// Takes note that a part of the record has a number among those that came before.
    fn enter(&mut self, part: usize, number: u32) {
        self.entries[part] = Entry {
            object: self.objects,
            number,
        };
    }

    /// Which of those that came before a part of the record is; nothing where it is none.
    pub(in crate::engine) fn came_before(&self, part: usize) -> Option<CameBefore> {
        let Entry { object, number } = self.entries[part];
        (object > self.before).then(|| CameBefore {
            forgotten: self.recalls[part].forgotten(),
            number,
        })
    }

    /// What is noted of a part of the record that came before.
    #[inline]
    pub(in crate::engine) fn noted(&self, part: usize) -> Option<u32> {
        let Entry { object, number } = self.entries[part];
        let noted = (object > self.before).then(|| self.recalls[part].noted(number));
        noted.filter(|note| *note != recall::NOT_NOTED)
    }

    /// Keeps a note of a part, until it comes again.
    pub(in crate::engine) fn note(&mut self, part: usize, note: u32) {
        let Entry { object, number } = self.entries[part];
        if object > self.before {
            self.recalls[part].note(number, note);
        }
    }

    /// Fetches what may be recalled first of the next record, as if that followed the
    /// last byte and had its parts where this one has them. Until then this one is
    /// judged, which is time enough.
    pub(super) fn fetch_next(&mut self, bytes: &[u8], start: usize, end: usize) {
        let first = self.found.iter().find(|found| self.always.has(found.part));
        if let Some(found) = first
            && let Some(ahead) = bytes.get(end + 1 + found.start - start..)
            && matches!(ahead.first(), Some(b'{' | b'['))
        {
            self.recalls[found.part].fetch(ahead);
        }
    }

    /// Looks for a part no longer.
    pub(in crate::engine) fn give_up(&mut self, part: usize) {
        self.recalls[part].give_up();
    }

    /// The parts that come again, as far as can be told; those that do not are
    /// looked for no longer.
    pub(in crate::engine) fn weigh(&mut self, known: Wanted) -> Wanted {
        let mut again = Wanted::default();
        for (part, recall) in self.recalls.iter_mut().enumerate() {
            if recall.weigh().unwrap_or(known.has(part)) {
                again = again.and(Wanted::part(part));
            }
        }
        again
    }

    /// Whether some of the parts came before and were not walked.
    #[inline]
    pub(in crate::engine) fn is_closed(&self, parts: Wanted) -> bool {
        self.closed.meets(parts)
    }
}
