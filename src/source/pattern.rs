//! A glob pattern for paths: which directory to search, and what for.

use std::path::{Component, Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use super::walk::Wanted;

const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// A pattern in which `*` and `?` stay within a name and `**` crosses names.
#[derive(Debug)]
pub(super) struct Pattern {
    /// The directory that every match is below, as the matches are named.
    root: PathBuf,
    matcher: GlobMatcher,
    /// How many names a match can have below the root; `None` for any number.
    deepest: Option<usize>,
}

impl Pattern {
    /// Whether a path has characters that make it a pattern.
    pub(super) fn looks_like_one(path: &Path) -> bool {
        path.to_string_lossy().contains(SPECIAL)
    }

    /// Reads a pattern; the error says what is wrong with it.
    pub(super) fn new(path: &Path) -> Result<Pattern, String> {
        let text = path.to_str().ok_or("a pattern has to be UTF-8")?;
        let plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(SPECIAL);
        let root: PathBuf = path.components().take_while(plain).collect();
        let names = path.components().skip_while(plain);
        // Walking gives `a/b` for the pattern `./a/*`; both lose what `.` adds.
        let normal: PathBuf = path
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect();
        let normal = normal.to_str().unwrap_or(text);
        let glob = GlobBuilder::new(normal)
            .literal_separator(true)
            .build()
            .map_err(|error| error.kind().to_string())?;
        // Braces may hold separators, so this may be too many, never too few.
        let deepest = (!text.contains("**")).then(|| names.count() + text.matches(',').count());
        Ok(Pattern {
            root,
            matcher: glob.compile_matcher(),
            deepest,
        })
    }

    /// The directory to walk.
    pub(super) fn root(&self) -> &Path {
        if self.root.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &self.root
        }
    }

    fn matches(&self, path: &Path) -> bool {
        let normal: PathBuf = path
            .components()
            .filter(|part| *part != Component::CurDir)
            .collect();
        self.matcher.is_match(normal)
    }
}

impl Wanted for Pattern {
    fn file(&self, path: &Path) -> bool {
        self.matches(path)
    }

    fn whole(&self, path: &Path) -> bool {
        self.matches(path)
    }

    fn enter(&self, depth: usize) -> bool {
        self.deepest.is_none_or(|deepest| depth <= deepest)
    }
}
