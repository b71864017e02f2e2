//! Where the bytes of one output go.
//!
//! Files are written under a temporary name beside their own and renamed when
//! they are whole; an interrupted run leaves none behind.

use std::cell::RefCell;
use std::fs::{File, Permissions};
use std::io::{self, LineWriter, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use tempfile::NamedTempFile;

/// The place that a path names, however it is written and whether or not
/// something is there yet.
pub(crate) fn place_of(path: &Path) -> PathBuf {
    let in_folder = || {
        let folder = std::fs::canonicalize(folder_of(path)).ok()?;
        Some(folder.join(path.file_name()?))
    };
    std::fs::canonicalize(path)
        .ok()
        .or_else(in_folder)
        .unwrap_or_else(|| path.to_owned())
}

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Temporary files that an interrupt must take away.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Takes unfinished outputs away; for the way out on a signal.
pub(crate) fn remove_unfinished() {
    let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    for path in unfinished.drain(..) {
        // It may be renamed or removed already: either way it is gone.
        let _ = std::fs::remove_file(path);
    }
}

/// A destination being written.
pub(crate) enum Destination {
    /// Standard output, line by line so that a reader sees findings at once.
    Standard(LineWriter<QuietStdout>),
    /// A regular file, under its temporary name.
    Atomic {
        file: io::BufWriter<NamedTempFile>,
        path: PathBuf,
    },
    /// A pipe or a device, which cannot be renamed over, or a file that is read
    /// meanwhile.
    Special(io::BufWriter<File>),
}

impl Destination {
    pub(crate) fn open(path: Option<&Path>) -> io::Result<Destination> {
        let Some(path) = path else {
            return Ok(Destination::Standard(LineWriter::new(QuietStdout {
                open: true,
            })));
        };
        let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        if special {
            return Ok(Destination::Special(io::BufWriter::new(File::create(
                path,
            )?)));
        }
        if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a directory",
            ));
        }
        // What a link leads to is replaced, not the link.
        let path = place_of(path);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".trailgate-").suffix(".tmp");
        if let Some(permissions) = ordinary_permissions() {
            builder.permissions(permissions);
        }
        let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
        let file = builder.tempfile_in(folder_of(&path)).map_err(bare)?;
        unfinished.push(file.path().to_owned());
        Ok(Destination::Atomic {
            file: io::BufWriter::new(file),
            path,
        })
    }

    /// The same for an output that is read while it is written: a file has its name
    /// from the beginning, and holds what is there when the run is killed.
    pub(crate) fn open_live(path: Option<&Path>) -> io::Result<Destination> {
        match path {
            Some(path) if !path.is_dir() => {
                let file = File::create(path)?;
                Ok(Destination::Special(io::BufWriter::new(file)))
            }
            path => Destination::open(path),
        }
    }

    /// Completes the output: only now does the file have its name.
    pub(crate) fn commit(self) -> io::Result<()> {
        match self {
            Destination::Standard(mut out) => out.flush(),
            Destination::Special(mut out) => out.flush(),
            Destination::Atomic { file, path } => {
                let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
                let temporary = file.path().to_owned();
                let mut unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
                file.persist(&path).map_err(|error| error.error)?;
                unfinished.retain(|other| *other != temporary);
                Ok(())
            }
        }
    }
}

/// A destination that a sink writes to while somebody else is to complete it.
#[derive(Clone)]
pub(crate) struct Shared(Rc<RefCell<Destination>>);

impl Shared {
    pub(crate) fn new(destination: Destination) -> Self {
        Shared(Rc::new(RefCell::new(destination)))
    }

    /// Completes the output, which its sink was dropped before.
    pub(crate) fn commit(self) -> io::Result<()> {
        let alone = Rc::into_inner(self.0).map(RefCell::into_inner);
        let in_use = || io::Error::other("it is still being written");
        alone.ok_or_else(in_use)?.commit()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.borrow_mut().flush()
    }
}

/// Without the path that `tempfile` adds in words: it says nothing to people.
fn bare(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path \"") {
        Some((system, _)) => io::Error::new(error.kind(), system.to_owned()),
        None => error,
    }
}

/// Read and write for all, less what the user's mask takes away: a report is no
/// secret, and temporary files are born private.
#[cfg(unix)]
fn ordinary_permissions() -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt;
    Some(Permissions::from_mode(0o666))
}

#[cfg(not(unix))]
fn ordinary_permissions() -> Option<Permissions> {
    None
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Destination::Standard(out) => out.write(bytes),
            Destination::Atomic { file, .. } => file.write(bytes),
            Destination::Special(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Destination::Standard(out) => out.flush(),
            Destination::Atomic { file, .. } => file.flush(),
            Destination::Special(out) => out.flush(),
        }
    }
}

/// Standard output that takes no notice of its reader going away: the run goes
/// on, because its exit code still counts.
pub(crate) struct QuietStdout {
    open: bool,
}

impl Write for QuietStdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.open {
            return Ok(bytes.len());
        }
        match io::stdout().lock().write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.open = false;
                Ok(bytes.len())
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match io::stdout().lock().flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.open = false;
                Ok(())
            }
            flushed => flushed,
        }
    }
}
