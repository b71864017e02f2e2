//! A file becomes its decoded bytes, or their hash.

use std::fmt::Write as _;
use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use crate::codec::{CodecFault, Decoder, Limits};
use crate::diagnostic::{Code, Diagnostic};
use crate::source::Input;

/// The SHA-256 of bytes.
pub(super) type Hash = [u8; 32];

/// What the bytes of a file come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hashed {
    /// The hash of all bytes that could be decoded.
    pub(super) hash: Hash,
    /// What is wrong with the compression, which says that the file is not what
    /// was delivered.
    pub(super) fault: Option<CodecFault>,
}

/// Hashes the decoded bytes of a file.
///
/// # Errors
///
/// Says that the file cannot be read, or that it decodes beyond the limits.
pub(super) fn hash_decoded(input: &Input, limits: Limits) -> Result<Hashed, Box<Diagnostic>> {
    let source = input.open().map_err(|error| unreadable(input, &error))?;
    let mut hasher = Sha256::new();
    let end = each(Decoder::with_limits(source, limits), |bytes| {
        hasher.update(bytes);
    });
    let fault = fault_of(input, end)?;
    Ok(Hashed {
        hash: hasher.finalize().into(),
        fault,
    })
}

/// Hashes the bytes of a file as they are.
///
/// # Errors
///
/// Says that the file cannot be read.
pub(super) fn hash_stored(input: &Input) -> Result<Hash, Box<Diagnostic>> {
    let source = input.open().map_err(|error| unreadable(input, &error))?;
    let mut hasher = Sha256::new();
    each(source, |bytes| hasher.update(bytes)).map_err(|error| unreadable(input, &error))?;
    Ok(hasher.finalize().into())
}

/// The decoded bytes of a file, at most so many.
///
/// # Errors
///
/// Says that the file cannot be read or is larger than allowed.
pub(super) fn decoded(
    input: &Input,
    limits: Limits,
    most: u64,
) -> Result<(Vec<u8>, Option<CodecFault>), Box<Diagnostic>> {
    let source = input.open().map_err(|error| unreadable(input, &error))?;
    let mut bytes = Vec::new();
    let mut decoder = Decoder::with_limits(source, limits).take(most.saturating_add(1));
    let end = decoder.read_to_end(&mut bytes).map(drop);
    let fault = fault_of(input, end)?;
    if bytes.len() as u64 > most {
        let message = format!("it decodes to more than {most} bytes");
        return Err(Box::new(
            Diagnostic::new(Code::BadCompression, message)
                .in_place(&input.name)
                .help("no digest is that large; if it is one, raise `--max-digest`"),
        ));
    }
    Ok((bytes, fault))
}

/// Hands every piece of a source on until it ends.
fn each(mut source: impl Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => take(&buffer[..count.min(buffer.len())]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Tells a file whose compression is damaged from one that could not be read.
fn fault_of(input: &Input, end: io::Result<()>) -> Result<Option<CodecFault>, Box<Diagnostic>> {
    let Err(error) = end else { return Ok(None) };
    let Some(fault) = CodecFault::of(&error) else {
        return Err(unreadable(input, &error));
    };
    let help = match fault {
        CodecFault::TooLarge { .. } => "if it is a real log file, raise `--max-decoded`",
        CodecFault::TooDense { .. } => "if it is a real log file, raise `--max-ratio`",
        _ => return Ok(Some(fault)),
    };
    Err(Box::new(
        Diagnostic::new(Code::BadCompression, fault.to_string())
            .in_place(&input.name)
            .help(help),
    ))
}

fn unreadable(input: &Input, error: &io::Error) -> Box<Diagnostic> {
    Box::new(input.unreadable(error))
}

/// The hash of bytes in memory.
pub(super) fn hash_of(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// Bytes as lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The bytes that hexadecimal digits stand for.
pub(super) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_hexadecimal_is_no_bytes() {
        assert_eq!(unhex("0aFf"), Some(vec![0x0a, 0xff]));
        assert_eq!(unhex("0aF"), None);
        assert_eq!(unhex("zz"), None);
    }

    proptest! {
        #[test]
        fn bytes_survive_being_written_as_hexadecimal(bytes: Vec<u8>) {
            prop_assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        }
    }
}
