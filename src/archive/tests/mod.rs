mod tar;
mod zip;

use std::io::{self, Read};

use super::*;
use crate::codec::CodecFault;

/// A file: its name, what it holds, and what was wrong with that.
type File = (String, Vec<u8>, Option<CodecFault>);

/// What an archive came to.
#[derive(Debug, Default)]
struct Came {
    files: Vec<File>,
    others: Vec<(String, Kind)>,
    faults: Vec<String>,
}

impl Came {
    fn names(&self) -> Vec<&str> {
        self.files.iter().map(|(name, ..)| name.as_str()).collect()
    }

    /// The files that were read to their end.
    fn whole(&self) -> Vec<(&str, &[u8])> {
        let whole = self.files.iter().filter(|(.., fault)| fault.is_none());
        whole
            .map(|(name, data, _)| (name.as_str(), data.as_slice()))
            .collect()
    }

    fn is_sound(&self) -> bool {
        self.faults.is_empty() && self.files.iter().all(|(.., fault)| fault.is_none())
    }
}

/// Gives at most `step` bytes a read.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let room = self.1.min(out.len());
        self.0.read(&mut out[..room])
    }
}

/// Reads an archive; of each file at most so many bytes, so many a read.
fn read_some(format: Format, data: &[u8], step: usize, most: usize) -> Came {
    let limits = Limits::default();
    let mut members = Members::new(format, Slow(data, step), limits).unwrap();
    let mut came = Came::default();
    loop {
        let member = match members.next_member() {
            Ok(None) => return came,
            Ok(Some(member)) => member,
            Err(fault) => {
                came.faults.push(fault.to_string());
                continue;
            }
        };
        let name = shown(&member.name);
        if member.kind != Kind::File {
            came.others.push((name, member.kind));
            continue;
        }
        let (mut content, mut fault) = (Vec::new(), None);
        let mut chunk = vec![0; step];
        while content.len() < most {
            match members.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => content.extend_from_slice(&chunk[..count]),
                Err(error) => {
                    fault = Some(CodecFault::of(&error).unwrap());
                    break;
                }
            }
        }
        came.files.push((name, content, fault));
    }
}

fn read(format: Format, data: &[u8]) -> Came {
    read_some(format, data, 4096, usize::MAX)
}

/// Text that does not compress to nothing.
fn text(lines: usize) -> Vec<u8> {
    (0..lines)
        .flat_map(|n| format!("{{\"n\":{n},\"h\":\"{:x}\"}}\n", n * 2_654_435_761).into_bytes())
        .collect()
}

/// At each place where an archive may be cut, what came before is given and
/// something is said. `sound_from` is where all of it is there.
fn cut_everywhere(format: Format, data: &[u8], sound_from: usize) {
    let whole = read(format, data);
    assert!(whole.is_sound(), "{whole:?}");
    let mut files_before = 0;
    for cut in 1..data.len() {
        let came = read(format, &data[..cut]);
        assert_eq!(came.is_sound(), cut >= sound_from, "cut at {cut}: {came:?}");
        let said = came.faults.len() + came.files.iter().filter(|file| file.2.is_some()).count();
        assert!(said <= 1, "cut at {cut} it is said {said} times: {came:?}");
        let files = came.whole();
        assert!(whole.whole().starts_with(&files), "cut at {cut}");
        assert!(files.len() >= files_before, "cut at {cut}");
        files_before = files.len();
        for ((_, data, _), (_, all, _)) in came.files.iter().zip(&whole.files) {
            assert!(all.starts_with(data), "cut at {cut}");
        }
    }
    assert_eq!(files_before, whole.files.len());
}

#[test]
fn what_is_no_archive_has_no_members() {
    let limits = Limits::default();
    assert!(Members::new(Format::Gzip, &b""[..], limits).is_none());
}
