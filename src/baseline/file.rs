//! The file of a baseline: JSON, one entry a line, so that a change to it reads
//! as one.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::{Baseline, Entry};
use crate::diagnostic::{Code, Diagnostic};
use crate::finding::fingerprint;
use crate::rule::read_at_most;

/// The name that the file begins with.
pub const SCHEMA: &str = "trailgate-baseline";

/// The version of the file. A reader of one version refuses another: what it does
/// not understand it must not take for known.
pub const VERSION: u64 = 1;

/// A million entries take less.
const LARGEST: u64 = 512 << 20;

/// What comes before the entries, told first to give another version its name.
#[derive(Deserialize)]
struct Head {
    schema: String,
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(rename = "schema")]
    _schema: String,
    #[serde(rename = "version")]
    _version: u64,
    created: Timestamp,
    entries: Vec<Entry>,
}

impl Baseline {
    /// Reads the file at a path.
    ///
    /// # Errors
    /// That it cannot be read, is no baseline, or one of another version.
    pub fn read(path: &Path) -> Result<Baseline, Box<Diagnostic>> {
        let name = path.display().to_string();
        let text = read_at_most(path, LARGEST).map_err(|error| {
            let message = format!("the baseline `{name}` cannot be read: {error}");
            let help = "check the path; `trailgate baseline create` makes one";
            Box::new(Diagnostic::new(Code::BadBaseline, message).help(help))
        })?;
        Baseline::parse(&text).map_err(|why| {
            let message = format!("`{name}` is no baseline: {why}");
            let help = "take it back from version control, or make it anew with `trailgate baseline create`";
            Box::new(Diagnostic::new(Code::BadBaseline, message).help(help))
        })
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &[u8]) -> Result<Baseline, String> {
        // A list would be taken for the fields in their order.
        if !text.trim_ascii_start().starts_with(b"{") {
            return Err("it does not begin with `{`".to_owned());
        }
        let head: Head = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        if head.schema != SCHEMA {
            return Err(format!("its schema is `{}`, not `{SCHEMA}`", head.schema));
        }
        if head.version != VERSION {
            return Err(format!(
                "it is of version {}, and this trailgate reads version {VERSION}",
                head.version
            ));
        }
        let document: Document = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let unnamed = document
            .entries
            .iter()
            .find(|entry| !fingerprint::is_one(&entry.fingerprint));
        if let Some(entry) = unnamed {
            return Err(format!("`{}` is no fingerprint", entry.fingerprint));
        }
        Ok(Baseline::new(document.created, document.entries))
    }

    /// Writes the file. The same entries give the same bytes.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Created<'a>(&'a Timestamp);
        let created = serde_json::to_string(&Created(&self.created))?;
        write!(
            out,
            "{{\"schema\":\"{SCHEMA}\",\"version\":{VERSION},\"created\":{created},\"entries\":["
        )?;
        for (number, entry) in self.entries().iter().enumerate() {
            out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, entry)?;
        }
        out.write_all(b"\n]}\n")?;
        out.flush()
    }
}
