//! From a path to waivers.

use std::path::Path;

use jiff::SignedDuration;

use super::lower::lower;
use super::model::Waivers;
use crate::diagnostic::{Code, Diagnostic};
use crate::rule::{RuleSet, read_at_most};

/// Waivers files are far smaller; a larger one is the wrong file.
const LARGEST: u64 = 8 << 20;

impl Waivers {
    /// Reads the waivers file at a path; see [`Waivers::parse`].
    ///
    /// # Errors
    /// That it cannot be read, or everything that is wrong with it.
    pub fn read(
        path: &Path,
        set: &mut RuleSet,
        longest: Option<SignedDuration>,
    ) -> Result<Waivers, Vec<Diagnostic>> {
        let name = path.display().to_string();
        let unreadable = |why: String| {
            let message = format!("the waivers file `{name}` cannot be read: {why}");
            let help = "check the path and the permissions; it is YAML in UTF-8";
            vec![Diagnostic::new(Code::WaiversUnreadable, message).help(help)]
        };
        let bytes = read_at_most(path, LARGEST).map_err(|error| unreadable(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            unreadable(format!("it is not UTF-8 (byte {at})"))
        })?;
        Waivers::parse(&name, &text, set, longest)
    }

    /// Reads the text of a waivers file. Conditions may name macros and lists of the
    /// rules; spans point into the sources of the set, to which the text is added.
    /// Where a longest lifetime is given, a waiver has to keep to it.
    ///
    /// # Errors
    /// Everything that is wrong with it: then there are no waivers.
    pub fn parse(
        name: &str,
        text: &str,
        set: &mut RuleSet,
        longest: Option<SignedDuration>,
    ) -> Result<Waivers, Vec<Diagnostic>> {
        let source = set.definitions.sources.add(name, text);
        let (waivers, diagnostics) = lower(source, text, set, longest);
        let errors: Vec<Diagnostic> = diagnostics.into_iter().filter(|d| d.is_error()).collect();
        match errors.as_slice() {
            [] => Ok(Waivers::new(waivers)),
            _ => Err(errors),
        }
    }
}
