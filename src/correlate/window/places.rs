//! Who fills which place of a sequence: each event at most one, each place by one.

/// A matching of events to places, built one event or place at a time.
///
/// Places and events are told by their numbers; an event fits the places of which
/// its bit is set. There are at most [`crate::rule::correlation::MOST_PLACES`].
#[derive(Debug, Clone)]
pub(crate) struct Matching {
    /// For each place that may be filled, the event that fills it.
    filled: Vec<Option<usize>>,
    /// For each event, the places that it fits.
    fits: Vec<u64>,
}

impl Matching {
    /// Nothing filled of so many places.
    pub(crate) fn new(places: usize) -> Self {
        Matching {
            filled: vec![None; places],
            fits: Vec::new(),
        }
    }

    /// Adds an event; whether one more place is filled by that.
    pub(crate) fn add(&mut self, fits: u64) -> bool {
        self.fits.push(fits);
        let event = self.fits.len() - 1;
        self.place_event(event, &mut 0)
    }

    /// Moves others so that the event gets a place.
    fn place_event(&mut self, event: usize, tried: &mut u64) -> bool {
        for place in 0..self.filled.len() {
            let bit = 1_u64 << place;
            if self.fits[event] & bit == 0 || *tried & bit != 0 {
                continue;
            }
            *tried |= bit;
            let free = match self.filled[place] {
                None => true,
                Some(other) => self.place_event(other, tried),
            };
            if free {
                self.filled[place] = Some(event);
                return true;
            }
        }
        false
    }

    /// Which event fills each place, by their numbers in the order they were added.
    pub(crate) fn filled(&self) -> &[Option<usize>] {
        &self.filled
    }
}
