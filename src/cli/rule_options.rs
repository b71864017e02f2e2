//! The options that say which rules a command is about, and the way from them
//! to a chosen rule set.

use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::diagnostic::{Diagnostic, SourceMap};
use trailgate::pack;
use trailgate::rule::{
    Choice, FailedRule, ListFile, RuleSet, Severity, load, load_beside, read_rules,
};

use super::Exit;
use super::terminal::Terminal;

/// Which rules are loaded and chosen.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RuleOptions {
    /// Add the rules of a file or directory (may be repeated)
    #[arg(long = "rules", value_name = "PATH", help_heading = "Rules")]
    pub(crate) rules_paths: Vec<PathBuf>,

    /// Leave out the embedded rule pack
    #[arg(long, help_heading = "Rules")]
    pub(crate) no_default_rules: bool,

    #[command(flatten)]
    pub(crate) choice: ChoiceOptions,
}

/// Which of the loaded rules count.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ChoiceOptions {
    /// Only the rule with this id; `*` stands for any characters (may be repeated)
    #[arg(long = "rule", value_name = "ID", help_heading = "Rules")]
    rules: Vec<String>,

    /// Without the rule with this id; `*` stands for any characters (may be repeated)
    #[arg(long = "exclude-rule", value_name = "ID", help_heading = "Rules")]
    exclude: Vec<String>,

    /// Only rules with this tag (may be repeated: any of them)
    #[arg(long = "tag", value_name = "TAG", help_heading = "Rules")]
    tags: Vec<String>,

    /// Only rules of at least this severity
    #[arg(long, value_name = "SEVERITY", value_parser = parse_severity, help_heading = "Rules")]
    severity: Option<Severity>,

    #[command(flatten)]
    pub(crate) lists: ListOptions,
}

/// What the named lists of rules hold.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListOptions {
    /// Set a named list from a text file, one value a line, or from a CSV file:
    /// NAME=PATH or NAME=PATH,column=COLUMN (may be repeated)
    #[arg(long = "list", value_name = "NAME=PATH", value_parser = parse_list, help_heading = "Rules")]
    lists: Vec<(String, ListFile)>,
}

/// The rules of a run, and what is wrong with them.
pub(crate) struct ChosenRules {
    pub(crate) set: RuleSet,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl RuleOptions {
    /// Loads and chooses.
    ///
    /// # Errors
    /// Diagnostics about the options themselves: an unknown id or tag.
    pub(crate) fn load(&self) -> Result<ChosenRules, (Vec<Diagnostic>, SourceMap)> {
        load_chosen(&self.rules_paths, !self.no_default_rules, &self.choice)
    }
}

/// Loads the rules at the paths, with or without the pack, and chooses.
pub(crate) fn load_chosen(
    paths: &[PathBuf],
    with_pack: bool,
    choice: &ChoiceOptions,
) -> Result<ChosenRules, (Vec<Diagnostic>, SourceMap)> {
    let (mut set, mut diagnostics) = load_all(paths, with_pack, choice);
    let sources = set.sources().clone();
    match set.choose(&choice.as_choice()) {
        Ok(unset) => diagnostics.extend(unset),
        Err(problems) => return Err((problems, sources)),
    }
    Ok(ChosenRules { set, diagnostics })
}

/// Loads the rules at the paths, with or without the pack, and keeps the chosen
/// ones, those that want a list too: for commands that run no rule. Gives their
/// errors beside them; warnings are for `check`.
///
/// # Errors
/// What the command ends with where the options themselves are wrong, which is
/// said here.
pub(crate) fn load_to_read(
    paths: &[PathBuf],
    with_pack: bool,
    choice: &ChoiceOptions,
    terminal: &mut Terminal,
) -> Result<(RuleSet, Vec<Diagnostic>), Exit> {
    let (mut set, mut diagnostics) = load_all(paths, with_pack, choice);
    if let Err(problems) = set.keep(&choice.as_choice()) {
        terminal.diagnostics(&problems, set.sources());
        return Err(Exit::USAGE);
    }
    diagnostics.retain(Diagnostic::is_error);
    Ok((set, diagnostics))
}

fn load_all(
    paths: &[PathBuf],
    with_pack: bool,
    choice: &ChoiceOptions,
) -> (RuleSet, Vec<Diagnostic>) {
    let (own, mut diagnostics) = read_rules(paths);
    let lists = &choice.lists.lists;
    let loaded = if with_pack {
        let files = pack::rules_files().into_iter().chain(own).collect();
        load(files, lists)
    } else {
        // The pack's macros and lists are there to be used, also without its rules.
        load_beside(pack::rules_files(), own, lists)
    };
    let mut set = loaded.set;
    for diagnostic in &diagnostics {
        set.failed.push(FailedRule::unread(&diagnostic.message));
    }
    diagnostics.extend(loaded.diagnostics);
    (set, diagnostics)
}

impl ChoiceOptions {
    /// Every rule, with these lists.
    pub(crate) fn all_with(lists: ListOptions) -> Self {
        ChoiceOptions {
            lists,
            ..ChoiceOptions::default()
        }
    }

    fn as_choice(&self) -> Choice {
        Choice {
            rules: self.rules.clone(),
            exclude: self.exclude.clone(),
            tags: self.tags.clone(),
            severity: self.severity,
        }
    }
}

pub(crate) fn parse_severity(text: &str) -> Result<Severity, String> {
    Severity::parse(text).ok_or_else(|| {
        let names: Vec<_> = Severity::ALL
            .iter()
            .map(|severity| severity.name())
            .collect();
        format!("the severities are: {}", names.join(", "))
    })
}

fn parse_list(text: &str) -> Result<(String, ListFile), String> {
    let (name, rest) = text
        .split_once('=')
        .filter(|(name, rest)| !name.is_empty() && !rest.is_empty())
        .ok_or("write NAME=PATH, such as known_networks=networks.txt")?;
    let (path, column) = match rest.rsplit_once(",column=") {
        Some((path, column)) => (path, Some(column.to_owned())),
        None => (rest, None),
    };
    Ok((
        name.to_owned(),
        ListFile {
            path: Path::new(path).to_owned(),
            column,
        },
    ))
}
