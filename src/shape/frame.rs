//! Framing: where one JSON value ends, found while its bytes come in.

use memchr::memchr3;

use super::list::List;

/// Levels of nesting whose brackets are checked for kind. Deeper ones are only
/// counted: serde_json refuses such a record anyway.
const DEEPEST: u32 = u128::BITS;

/// What a piece of input came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// All of it was scanned; the value goes on.
    More,
    /// The value ended after so many bytes.
    Closed(usize),
    /// After so many bytes stands the first element of a `Records` array.
    Wrapper(usize),
    /// After so many bytes stands the first element of an array that may be a list
    /// of records. If it is not, scanning goes on there.
    List(usize, List),
    /// The byte at this index cannot stand there. Told once; scanning on from
    /// the same byte is lenient.
    Broken(usize),
    /// After so many bytes it is nested deeper than brackets are checked. Told
    /// once; scanning on only counts them there.
    Deep(usize),
    /// Before this index the value gave way to what encloses it. Only after
    /// [`Step::Broken`], or if the value does not begin with a value.
    Outside(usize),
}

/// Scans one value, in pieces of any size. Checks what framing needs: strings,
/// nesting and the order of tokens. Escapes, numbers and words are left to the
/// parser, which sees every record whole.
///
/// After a flaw it goes on leniently to find where the value might end: a raw
/// newline ends a string, a closing bracket closes what lies open within it.
#[derive(Debug)]
pub(super) struct Frame {
    depth: u32,
    /// A bit per level: set for objects.
    objects: u128,
    expect: Expect,
    lexeme: Lexeme,
    lenient: bool,
    /// Whether [`Step::Deep`] was told.
    deep: bool,
    key: Key,
    /// Bytes scanned in earlier pieces.
    scanned: u64,
    /// Where the latest string began, counted from where the frame did.
    string_at: u64,
    /// Whether an array is what encloses the value.
    in_array: bool,
    /// Whether [`Step::List`] is told.
    lists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lexeme {
    Between,
    String,
    Escape,
    /// A number or a word.
    Word,
}

impl Frame {
    /// A frame for the value whose first byte comes next.
    pub(super) fn new(in_array: bool) -> Self {
        Frame {
            depth: 0,
            objects: 0,
            expect: Expect::Value,
            lexeme: Lexeme::Between,
            lenient: false,
            deep: false,
            key: Key::default(),
            scanned: 0,
            string_at: 0,
            in_array,
            lists: true,
        }
    }

    /// The same for an element of a list, which is no list itself.
    pub(super) fn of_list(self) -> Self {
        Frame {
            lists: false,
            ..self
        }
    }

    /// A frame for the rest of an object, after the value of one of its keys.
    pub(super) fn rest_of_object(in_array: bool) -> Self {
        let frame = Frame::new(in_array);
        Frame {
            depth: 1,
            objects: 1,
            expect: Expect::CommaOrEnd,
            ..frame
        }
    }

    /// Where lost framing may have hidden a record, counted from the first byte
    /// scanned: a string that was never closed seems to go on in the next record
    /// and to end there, and the first flaw shows right after it.
    pub(super) fn suspect(&self) -> u64 {
        self.string_at
    }

    /// Scans the next piece of the value.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Step {
        let step = self.scan_piece(bytes);
        self.scanned += match step {
            Step::More => bytes.len(),
            Step::Closed(count)
            | Step::Wrapper(count)
            | Step::List(count, _)
            | Step::Broken(count)
            | Step::Deep(count)
            | Step::Outside(count) => count,
        } as u64;
        step
    }

    fn scan_piece(&mut self, bytes: &[u8]) -> Step {
        let mut at = 0;
        while at < bytes.len() {
            let step = match self.lexeme {
                Lexeme::String => self.string(bytes, &mut at),
                Lexeme::Escape => self.escape(bytes[at], &mut at),
                Lexeme::Word => self.word(bytes, &mut at),
                Lexeme::Between => self.token(bytes[at], &mut at),
            };
            if let Some(step) = step {
                return step;
            }
        }
        Step::More
    }

    fn string(&mut self, bytes: &[u8], at: &mut usize) -> Option<Step> {
        let rest = &bytes[*at..];
        let stop = memchr3(b'"', b'\\', b'\n', rest).unwrap_or(rest.len());
        if self.key.open {
            self.key.push(&rest[..stop]);
        }
        *at += stop;
        match rest.get(stop) {
            None => None,
            Some(b'\\') => {
                // An escaped spelling of the wrapper's key is not recognised.
                self.key.push(b"\\");
                self.lexeme = Lexeme::Escape;
                *at += 1;
                None
            }
            Some(b'"') => {
                *at += 1;
                self.string_ended(*at)
            }
            Some(_) => self.flaw(*at).or_else(|| self.string_ended(*at)),
        }
    }

    fn string_ended(&mut self, at: usize) -> Option<Step> {
        self.lexeme = Lexeme::Between;
        self.key.open = false;
        if matches!(self.expect, Expect::Key | Expect::KeyOrEnd) {
            self.expect = Expect::Colon;
            return None;
        }
        self.value_ended(at)
    }

    fn escape(&mut self, byte: u8, at: &mut usize) -> Option<Step> {
        self.lexeme = Lexeme::String;
        if byte != b'\n' {
            *at += 1;
        }
        None
    }

    fn word(&mut self, bytes: &[u8], at: &mut usize) -> Option<Step> {
        *at += bytes[*at..]
            .iter()
            .take_while(|&&byte| is_word(byte))
            .count();
        if *at == bytes.len() {
            return None;
        }
        self.lexeme = Lexeme::Between;
        self.value_ended(*at)
    }

    fn value_ended(&mut self, at: usize) -> Option<Step> {
        self.expect = Expect::CommaOrEnd;
        (self.depth == 0).then_some(Step::Closed(at))
    }

    fn token(&mut self, byte: u8, at: &mut usize) -> Option<Step> {
        let deep = self.depth > DEEPEST;
        let value = matches!(self.expect, Expect::Value | Expect::ValueOrEnd);
        let fits = match byte {
            b' ' | b'\n' | b'\r' | b'\t' => {
                *at += 1;
                return None;
            }
            b'"' => value || matches!(self.expect, Expect::Key | Expect::KeyOrEnd),
            b'{' | b'[' => value,
            b'}' | b']' => return self.closing(byte, at),
            b',' if self.depth == 0 => return Some(Step::Outside(*at)),
            b',' => self.expect == Expect::CommaOrEnd,
            b':' => self.expect == Expect::Colon,
            _ => value && is_word(byte),
        };
        if !fits
            && !deep
            && let Some(step) = self.flaw(*at)
        {
            return Some(step);
        }
        match byte {
            b'"' => {
                let key = matches!(self.expect, Expect::Key | Expect::KeyOrEnd);
                self.lexeme = Lexeme::String;
                self.string_at = self.scanned + *at as u64;
                if self.depth == 1 && key {
                    self.key = Key {
                        open: true,
                        ..Key::default()
                    };
                }
            }
            b'[' if self.wraps() => return Some(Step::Wrapper(*at + 1)),
            b'{' | b'[' => {
                let list = (byte == b'[').then(|| self.list()).flatten();
                self.open(byte);
                if let Some(list) = list {
                    *at += 1;
                    return Some(Step::List(*at, list));
                }
                if self.depth > DEEPEST && !std::mem::replace(&mut self.deep, true) {
                    *at += 1;
                    return Some(Step::Deep(*at));
                }
            }
            b',' if self.in_object() => self.expect = Expect::Key,
            b',' | b':' => self.expect = Expect::Value,
            _ if is_word(byte) => self.lexeme = Lexeme::Word,
            _ => {}
        }
        *at += 1;
        None
    }

    /// Whether the value of a key `Records` at the first level comes next.
    fn wraps(&self) -> bool {
        self.depth == 1
            && self.expect == Expect::Value
            && self.key.text() == List::Records.key().as_bytes()
    }

    /// The list that the value of the key at the first level may be.
    fn list(&self) -> Option<List> {
        let at_key = self.lists && self.depth == 1 && self.expect == Expect::Value;
        at_key.then(|| List::of_answer(self.key.text())).flatten()
    }

    fn open(&mut self, byte: u8) {
        if self.depth < DEEPEST {
            let bit = 1 << self.depth;
            self.objects = if byte == b'{' {
                self.objects | bit
            } else {
                self.objects & !bit
            };
        }
        self.depth = self.depth.saturating_add(1);
        self.expect = if byte == b'{' {
            Expect::KeyOrEnd
        } else {
            Expect::ValueOrEnd
        };
    }

    fn closing(&mut self, byte: u8, at: &mut usize) -> Option<Step> {
        if self.depth == 0 {
            return Some(Step::Outside(*at));
        }
        let fits = match self.expect {
            Expect::CommaOrEnd => self.in_object() == (byte == b'}'),
            Expect::KeyOrEnd => byte == b'}',
            Expect::ValueOrEnd => byte == b']',
            Expect::Value | Expect::Key | Expect::Colon => false,
        };
        if !fits
            && self.depth <= DEEPEST
            && let Some(step) = self.flaw(*at)
        {
            return Some(step);
        }
        match self.opener_of(byte) {
            Some(depth) => self.depth = depth,
            None if byte == b']' && self.in_array => return Some(Step::Outside(*at)),
            None => {}
        }
        *at += 1;
        self.value_ended(*at)
    }

    /// The depth left after closing the innermost bracket that `byte` can close.
    fn opener_of(&self, byte: u8) -> Option<u32> {
        if self.depth > DEEPEST {
            return Some(self.depth - 1);
        }
        let below = u128::MAX >> (DEEPEST - self.depth);
        let fitting = below
            & if byte == b'}' {
                self.objects
            } else {
                !self.objects
            };
        (fitting != 0).then(|| DEEPEST - 1 - fitting.leading_zeros())
    }

    fn in_object(&self) -> bool {
        (1..=DEEPEST).contains(&self.depth) && self.objects & (1 << (self.depth - 1)) != 0
    }

    fn flaw(&mut self, at: usize) -> Option<Step> {
        let first = !self.lenient;
        self.lenient = true;
        first.then_some(Step::Broken(at))
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

/// As much of a key as it takes to tell whether it is a list's.
#[derive(Debug, Default)]
struct Key {
    open: bool,
    text: [u8; List::LONGEST + 1],
    length: usize,
}

impl Key {
    fn push(&mut self, piece: &[u8]) {
        let room = &mut self.text[self.length..];
        let count = room.len().min(piece.len());
        room[..count].copy_from_slice(&piece[..count]);
        self.length += count;
    }

    fn text(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    /// The steps in order, continued after a flaw or something deep, until the value is over.
    fn steps(text: &str, in_array: bool) -> Vec<Step> {
        let mut frame = Frame::new(in_array);
        let mut seen = Vec::new();
        let mut at = 0;
        loop {
            let step = frame.scan(&text.as_bytes()[at..]);
            seen.push(match step {
                Step::More => Step::More,
                Step::Closed(n) => Step::Closed(at + n),
                Step::Wrapper(n) => Step::Wrapper(at + n),
                Step::List(n, list) => Step::List(at + n, list),
                Step::Broken(n) => Step::Broken(at + n),
                Step::Outside(n) => Step::Outside(at + n),
                Step::Deep(n) => Step::Deep(at + n),
            });
            match step {
                Step::Broken(n) | Step::Deep(n) | Step::List(n, _) => at += n,
                _ => return seen,
            }
        }
    }

    #[rstest]
    #[case(r#"{"a":[1,{"b":"}]\""}],"c":null} {"#)]
    #[case("[[],{},-1.5e+3,true]")]
    #[case("\"a string, with \\\\\" ,")]
    #[case("{ \"a\" : { } }\n")]
    fn a_well_formed_value_ends_at_its_last_byte(#[case] text: &str) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
        values.next().unwrap().unwrap();
        assert_eq!(steps(text, true), [Step::Closed(values.byte_offset())]);
    }

    #[rstest]
    #[case(r#"{"a":1,}x"#, 7, 8)]
    #[case(r#"{"a" 1}x"#, 5, 7)]
    #[case(r#"{"a":1 "b":2}x"#, 7, 13)]
    #[case(r#"{"a":[1}x"#, 7, 8)]
    #[case("{\"a\":\"x\n,\"b\":2}x", 7, 15)]
    #[case("{\"a\":\"x\\\n,\"b\":2}x", 8, 16)]
    #[case(r#"{'a':1}x"#, 1, 7)]
    fn a_flaw_is_told_at_its_byte_and_the_end_found(
        #[case] text: &str,
        #[case] flaw: usize,
        #[case] end: usize,
    ) {
        assert_eq!(steps(text, true), [Step::Broken(flaw), Step::Closed(end)]);
    }

    #[test]
    fn a_bracket_that_nothing_opened_closes_the_enclosing_array() {
        assert_eq!(
            steps(r#"{"a":1]"#, true),
            [Step::Broken(6), Step::Outside(6)]
        );
        assert_eq!(
            steps(r#"{"a":1]}"#, false),
            [Step::Broken(6), Step::Closed(8)]
        );
    }

    #[test]
    fn the_wrapper_is_seen_at_the_first_level_only() {
        assert_eq!(
            steps(r#"{"x":{"Records":[1]},"Records" : ["#, false),
            [Step::Wrapper(34)]
        );
        for text in [
            r#"{"Records":{}}"#,
            r#"{"Recordsx":[]}"#,
            r#"{"Record":[]}"#,
            "[[]]",
        ] {
            assert_eq!(steps(text, false), [Step::Closed(text.len())], "{text}");
        }
    }

    #[test]
    fn what_may_be_a_list_is_told_and_scanning_goes_on_in_it() {
        let text = r#"{"Events":[{"events":[1]}],"eventsx":[]}"#;
        assert_eq!(
            steps(text, false),
            [Step::List(11, List::LookupEvents), Step::Closed(text.len())]
        );
        let mut element = Frame::new(true).of_list();
        assert_eq!(element.scan(text.as_bytes()), Step::Closed(text.len()));
    }

    #[test]
    fn a_value_can_be_nested_deeper_than_is_checked() {
        let text = format!("{}1{}", "[{\"a\":".repeat(500), "}]".repeat(500));
        let deep = 64 * "[{\"a\":".len() + 1;
        assert_eq!(
            steps(&text, false),
            [Step::Deep(deep), Step::Closed(text.len())]
        );
    }

    #[test]
    fn a_wrapper_is_found_after_something_deep() {
        let text = format!(
            "{{\"x\":{}{},\"Records\":[",
            "[".repeat(500),
            "]".repeat(500)
        );
        let deep = "{\"x\":".len() + 128;
        assert_eq!(
            steps(&text, false),
            [Step::Deep(deep), Step::Wrapper(text.len())]
        );
    }
}
