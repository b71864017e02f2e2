//! gzip, member after member.

use std::io::{self, Read};

use flate2::Decompress;

use super::run::{Next, Streams};
use super::step::{Step, inflate};
use super::{Format, Lookahead};

/// The largest window there is; every member fits it.
const WINDOW_BITS: u8 = 15;

/// The first two bytes of a member.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The members of a gzip file. Zeros between and after members are padding, as
/// tapes and block devices leave it.
pub(super) struct Members(Decompress);

impl Members {
    pub(super) fn new() -> Self {
        Members(Decompress::new_gzip(WINDOW_BITS))
    }
}

impl Streams for Members {
    const FORMAT: Format = Format::Gzip;

    fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        inflate(&mut self.0, Format::Gzip, input, out)
    }

    fn is_full(&self) -> bool {
        false
    }

    fn next<R: Read>(&mut self, input: &mut Lookahead<R>) -> io::Result<Next> {
        loop {
            let zeros = input.unread().iter().take_while(|&&byte| byte == 0).count();
            input.consume(zeros);
            let ahead = &input.unread()[..input.unread().len().min(MAGIC.len())];
            if ahead == MAGIC {
                self.0.reset(true);
                return Ok(Next::Stream);
            }
            if !MAGIC.starts_with(ahead) {
                return Ok(Next::SomethingElse);
            }
            if input.fill()? == 0 {
                let over = input.unread().is_empty();
                return Ok(if over { Next::End } else { Next::SomethingElse });
            }
        }
    }
}
