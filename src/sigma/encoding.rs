//! Values as they stand inside encoded data: UTF-16 and base64.

/// How the characters of a value are made bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Characters {
    Utf8,
    Utf16Le,
    Utf16Be,
    /// Little-endian, with a mark before it that says so.
    Utf16Marked,
}

impl Characters {
    pub(super) fn bytes(self, text: &str) -> Vec<u8> {
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        match self {
            Characters::Utf8 => text.as_bytes().to_vec(),
            Characters::Utf16Le => little(text),
            Characters::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Characters::Utf16Marked => little(&format!("\u{feff}{text}")),
        }
    }
}

/// Bytes as the text that they are in an event; `None` where they are none.
pub(super) fn as_characters(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = match bytes {
        [0xff, 0xfe, rest @ ..] => ("\u{feff}", rest),
        bytes => ("", bytes),
    };
    let ascii = std::str::from_utf8(rest)
        .ok()
        .filter(|text| text.is_ascii())?;
    Some(format!("{mark}{ascii}"))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The whole in base64, padded.
pub(super) fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit)) & 63;
            text.push(match digit <= group.len() {
                true => char::from(DIGITS[value as usize]),
                false => '=',
            });
        }
    }
    text
}

/// What of the value is the same wherever it stands in what was encoded: of each of
/// the three places in a group of three bytes, the digits that no neighbour changes.
/// `None` where that is nothing.
pub(super) fn base64_at_any_offset(bytes: &[u8]) -> Option<Vec<String>> {
    let at = |offset: usize| {
        let shifted: Vec<u8> = std::iter::repeat_n(b' ', offset)
            .chain(bytes.iter().copied())
            .collect();
        let text = base64(&shifted);
        // A digit is six bits: those that a neighbour has a part in are left out.
        let first = (offset * 8).div_ceil(6);
        let last = shifted.len() * 8 / 6;
        let own = text.get(first..last)?;
        (!own.is_empty()).then(|| own.to_owned())
    };
    (0..3).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_padded() {
        let pairs = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
        ];
        for (text, encoded) in pairs {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    #[test]
    fn one_of_the_offsets_is_found_wherever_the_value_stands() {
        let value = b"trail gate";
        let wanted = base64_at_any_offset(value).unwrap();
        for before in 0..7 {
            for behind in 0..4 {
                let mut whole = vec![0xff; before];
                whole.extend_from_slice(value);
                whole.extend(std::iter::repeat_n(0xff, behind));
                let whole = base64(&whole);
                assert!(
                    wanted.iter().any(|text| whole.contains(text.as_str())),
                    "{whole}"
                );
            }
        }
    }

    #[test]
    fn characters_of_sixteen_bits_come_in_three_ways() {
        assert_eq!(Characters::Utf16Le.bytes("é"), [0xe9, 0]);
        assert_eq!(Characters::Utf16Be.bytes("é"), [0, 0xe9]);
        assert_eq!(Characters::Utf16Marked.bytes("é"), [0xff, 0xfe, 0xe9, 0]);
        assert_eq!(
            as_characters(&Characters::Utf16Be.bytes("ab")).unwrap(),
            "\0a\0b"
        );
        assert_eq!(as_characters(&Characters::Utf16Le.bytes("é")), None);
    }
}
