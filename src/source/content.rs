//! What an input holds, as something that is short: enough to know it again.
//!
//! In come a file, or the bytes of one as they are read; out come its
//! [`FileVersion`], which tells without reading that nobody wrote to it, and its
//! [`Content`], which is equal wherever the same bytes lie.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

/// What a file system says of a regular file. Where two are equal, nobody wrote to
/// the file in between, as far as its clock can tell the moments apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileVersion {
    /// Bytes.
    pub size: u64,
    /// When its content was changed, in nanoseconds since 1970.
    pub modified: i64,
    /// When anything of it was changed; whoever sets `modified` back cannot set
    /// this. `None` where the system does not say.
    pub changed: Option<i64>,
    /// Which file it is on its file system; another one may be put in its place.
    pub number: Option<u64>,
}

impl FileVersion {
    /// Of the file at a path; `None` where it is no regular file or not there.
    pub fn of(path: &Path) -> Option<FileVersion> {
        let metadata = fs::metadata(path).ok()?;
        metadata.is_file().then(|| FileVersion::from(&metadata))
    }
}

#[cfg(unix)]
impl From<&Metadata> for FileVersion {
    fn from(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        let nanoseconds =
            |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
        FileVersion {
            size: metadata.len(),
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: Some(nanoseconds(metadata.ctime(), metadata.ctime_nsec())),
            number: Some(metadata.ino()),
        }
    }
}

#[cfg(not(unix))]
impl From<&Metadata> for FileVersion {
    fn from(metadata: &Metadata) -> Self {
        let since = |time: std::time::SystemTime| {
            let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
            i64::try_from(since.as_nanos()).ok()
        };
        FileVersion {
            size: metadata.len(),
            modified: metadata.modified().ok().and_then(since).unwrap_or(0),
            changed: None,
            number: None,
        }
    }
}

/// The bytes of a file, by their number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Content {
    /// How many.
    pub size: u64,
    /// Their SHA-256.
    pub sha256: [u8; 32],
}

impl Content {
    /// Of bytes.
    pub fn of(bytes: &[u8]) -> Content {
        let mut taken = Taken::default();
        taken.take(bytes);
        taken.content()
    }

    /// Of what is to be read.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn of_reader(source: impl Read) -> io::Result<Content> {
        Taken::default().rest(source)
    }
}

/// What was hashed so far.
#[derive(Default)]
struct Taken {
    size: u64,
    hash: Sha256,
}

impl Taken {
    fn take(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.hash.update(bytes);
    }

    fn rest(mut self, mut source: impl Read) -> io::Result<Content> {
        let mut buffer = vec![0; 256 << 10];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(self.content()),
                Ok(read) => self.take(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn content(self) -> Content {
        Content {
            size: self.size,
            sha256: self.hash.finalize().into(),
        }
    }
}

/// A reader whose bytes are hashed as they pass.
pub(crate) struct Hashed<R> {
    inner: R,
    taken: Arc<Mutex<Option<Taken>>>,
}

/// Where the hash of a [`Hashed`] can be had, whoever holds that.
pub(crate) struct Passed(Arc<Mutex<Option<Taken>>>);

impl<R> Hashed<R> {
    pub(crate) fn new(inner: R) -> (Self, Passed) {
        let taken = Arc::new(Mutex::new(Some(Taken::default())));
        let hashed = Hashed {
            inner,
            taken: Arc::clone(&taken),
        };
        (hashed, Passed(taken))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = taken.as_mut() {
            taken.take(&into[..read]);
        }
        Ok(read)
    }
}

impl Passed {
    /// The content of a file whose beginning passed. A decoder does not read what
    /// follows the end of its data; that is read here.
    ///
    /// # Errors
    /// Those of reading the file.
    pub(crate) fn content(self, mut file: File) -> io::Result<Content> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let taken = taken.unwrap_or_default();
        file.seek(SeekFrom::Start(taken.size))?;
        taken.rest(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_leaves_is_part_of_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let bytes: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
        fs::write(&path, &bytes).unwrap();
        for read in [0, 1, 300_000, 700_000, 900_000] {
            let (mut reader, passed) = Hashed::new(File::open(&path).unwrap());
            let mut begin = Vec::new();
            (&mut reader).take(read).read_to_end(&mut begin).unwrap();
            assert_eq!(
                passed.content(File::open(&path).unwrap()).unwrap(),
                Content::of(&bytes)
            );
            // Whoever reads on changes nothing any more.
            reader.read_to_end(&mut begin).unwrap();
        }
        assert_eq!(
            Content::of_reader(File::open(&path).unwrap()).unwrap(),
            Content::of(&bytes)
        );
    }

    #[test]
    fn a_file_that_is_written_to_has_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "one").unwrap();
        let before = FileVersion::of(&path).unwrap();
        assert_eq!(FileVersion::of(&path), Some(before));
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(30));
        fs::write(&path, "two").unwrap();
        // Also where the time of the change is set back.
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(modified).unwrap();
        let after = FileVersion::of(&path).unwrap();
        assert_eq!(after.size, before.size);
        assert_eq!(after.modified, before.modified);
        assert_ne!(after, before);
        assert_eq!(FileVersion::of(folder.path()), None);
        assert_eq!(FileVersion::of(&folder.path().join("none")), None);
    }
}
