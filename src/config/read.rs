//! From the text to the settings, key by key.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::model::{Config, ConfigFile, Waivers};
use crate::diagnostic::{Code, Diagnostic, SourceMap, Spanned};
use crate::event::parse_duration;
use crate::rule::{read_at_most, set_lists};
use crate::yaml::{self, Entry, Fields, Node, get};

/// The keys of a configuration, in the order they are documented.
pub const CONFIG_KEYS: &[&str] = &[
    "trailgate",
    "rules",
    "default_rules",
    "rule_profile",
    "lists",
    "fail_on",
    "overrides",
    "waivers",
    "baseline",
    "state",
    "accounts",
    "expect",
];

/// A configuration is far smaller; a larger file is the wrong one.
const LARGEST: u64 = 8 << 20;

/// What paths start from.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The folder of the file, as paths in it are shown.
    pub shown: PathBuf,
    /// The same from the root on.
    pub absolute: PathBuf,
    /// The working directory, which the names of inputs start from.
    pub working: PathBuf,
}

/// Reads a file. `working` is the working directory.
pub fn load(
    path: &Path,
    working: &Path,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Config {
    let name = path.display();
    let read = read_at_most(path, LARGEST).map_err(|error| error.to_string());
    let text = read.and_then(|bytes| {
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            format!("it is not UTF-8 (byte {at})")
        })
    });
    match text {
        Ok(text) => {
            let shown = path.parent().unwrap_or(Path::new("")).to_owned();
            let folders = Folders {
                absolute: working.join(&shown),
                shown,
                working: working.to_owned(),
            };
            parse(path, &text, &folders, sources, diagnostics)
        }
        Err(reason) => {
            let message = format!("the configuration `{name}` cannot be read: {reason}");
            let problem = Diagnostic::new(Code::ConfigUnreadable, message);
            diagnostics
                .push(problem.help("check the path and the permissions; the file is UTF-8 text"));
            Config::default()
        }
    }
}

/// Reads the text of a file.
pub fn parse(
    path: &Path,
    text: &str,
    folders: &Folders,
    sources: &mut SourceMap,
    diagnostics: &mut Vec<Diagnostic>,
) -> Config {
    let source = sources.add(path.display().to_string(), text);
    let documents = yaml::parse(source, text, diagnostics);
    let mut reader = Reader {
        folders,
        diagnostics,
    };
    let mut config = match documents.sound.as_slice() {
        [] => Config::default(),
        [first, rest @ ..] => {
            for extra in rest {
                let message = "a configuration is one document";
                reader.report(
                    Diagnostic::new(Code::YamlUnsupported, message)
                        .at(extra.span.start_only(), "another begins here")
                        .help("take the line `---` away, or what follows it"),
                );
            }
            reader.config(first)
        }
    };
    config.file = Some(ConfigFile {
        path: path.to_owned(),
        source,
    });
    config
}

/// Reads nodes, and keeps what is wrong with them.
pub(super) struct Reader<'r> {
    pub(super) folders: &'r Folders,
    diagnostics: &'r mut Vec<Diagnostic>,
}

impl Fields for Reader<'_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn elsewhere(&self, key: &str) -> Option<&'static str> {
        Some(match key {
            "version" => "trailgate",
            "rule_paths" | "rules_paths" | "paths" => "rules",
            "failOn" | "fail-on" | "threshold" | "severity_threshold" => "fail_on",
            "level" => "severity",
            "disabled" | "off" => "enabled",
            "env" | "stage" => "environment",
            "ignore" | "suppressions" | "exceptions" => "waivers",
            "expected" => "expect",
            _ => return None,
        })
    }
}

impl Reader<'_> {
    fn config(&mut self, node: &Node) -> Config {
        let what = "the configuration";
        let Some(entries) = self.mapping(node, what) else {
            return Config::default();
        };
        self.known_keys(entries, CONFIG_KEYS, what);
        if let Some(version) = get(entries, "trailgate")
            && version.as_text() != Some("1")
        {
            let message = "this is written for another version of the configuration";
            self.report(
                Diagnostic::new(Code::LanguageVersion, message)
                    .at(version.span, "the only version is 1")
                    .help("write `trailgate: 1`, or leave it out; a newer trailgate may know this version"),
            );
        }
        let lists = get(entries, "lists");
        let accounts = get(entries, "accounts").map_or(Vec::new(), |node| self.accounts(node));
        let fail_on = get(entries, "fail_on").map(|node| self.fail_on(node, &accounts));
        let expect = get(entries, "expect").map(|node| self.expect(node, &accounts));
        Config {
            file: None,
            rules: get(entries, "rules").map_or(Vec::new(), |node| self.paths(node, "`rules`")),
            default_rules: get(entries, "default_rules").and_then(|node| {
                let value = self.boolean(node, "`default_rules`")?;
                Some(Spanned::new(value, node.span))
            }),
            rule_profile: get(entries, "rule_profile")
                .and_then(|node| self.spanned_text(node, "`rule_profile`")),
            lists: lists.map_or(Vec::new(), |node| {
                set_lists(node, &self.folders.shown, self.diagnostics)
            }),
            fail_on: fail_on.unwrap_or_default(),
            overrides: get(entries, "overrides").map_or(Vec::new(), |node| self.overrides(node)),
            waivers: get(entries, "waivers")
                .map(|node| self.waivers(node))
                .unwrap_or_default(),
            baseline: self.optional_path(entries, "baseline"),
            state: self.optional_path(entries, "state"),
            accounts,
            expect: expect.unwrap_or_default(),
        }
    }

    fn paths(&mut self, node: &Node, what: &str) -> Vec<Spanned<PathBuf>> {
        let texts = self.texts(node, what);
        let folder = &self.folders.shown;
        let joined = texts
            .into_iter()
            .map(|text| text.map(|text| folder.join(text)));
        joined.collect()
    }

    fn path(&mut self, node: &Node, what: &str) -> Option<Spanned<PathBuf>> {
        let text = self.spanned_text(node, what)?;
        Some(text.map(|text| self.folders.shown.join(text)))
    }

    fn optional_path(&mut self, entries: &[Entry], key: &str) -> Option<Spanned<PathBuf>> {
        get(entries, key).and_then(|node| self.path(node, &format!("`{key}`")))
    }

    /// A path, or `{file, longest}`.
    fn waivers(&mut self, node: &Node) -> Waivers {
        let what = "`waivers`";
        if node.as_mapping().is_none() {
            return Waivers {
                file: self.path(node, what),
                longest: None,
            };
        }
        let Some(entries) = self.mapping(node, what) else {
            return Waivers::default();
        };
        self.known_keys(entries, &["file", "longest"], what);
        Waivers {
            file: self.optional_path(entries, "file"),
            longest: get(entries, "longest").and_then(|node| self.duration(node, "`longest`")),
        }
    }

    fn duration(&mut self, node: &Node, what: &str) -> Option<Spanned<SignedDuration>> {
        let text = self.text(node, what)?;
        match parse_duration(text) {
            Ok(duration) if duration.is_positive() => Some(Spanned::new(duration, node.span)),
            _ => {
                let message = format!("`{text}` is no length of time");
                self.report(
                    Diagnostic::new(Code::BadDuration, message)
                        .at(node.span, "not of this form")
                        .help("write how long, such as 90d, 24h or 2w"),
                );
                None
            }
        }
    }
}
