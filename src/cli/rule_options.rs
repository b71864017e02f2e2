//! The options that say which rules a command is about, and the way from them
//! to a chosen rule set.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use trailgate::diagnostic::{Diagnostic, SourceMap};
use trailgate::pack;
use trailgate::rule::{
    Choice, FailedRule, ListFile, Profile, RuleSet, SetList, Settings, Severity, load, load_with,
    read_rules,
};
use trailgate::sigma::Applies;

use super::Exit;
use super::config_options::Configuration;
use super::terminal::Terminal;

/// The profile that decides about the rules of the pack where nobody asks for one.
const DEFAULT_PROFILE: &str = "default";
/// The profile that leaves out nothing.
const EVERY_RULE: &str = "all";

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

    /// Only rules that name a control of this framework, such as cis-aws-5.0; a `*` at
    /// the end stands for any version (may be repeated: any of them)
    #[arg(long = "framework", value_name = "NAME", help_heading = "Rules")]
    pub(crate) frameworks: Vec<String>,

    /// Only the rules of this profile: default, all, cis, ci-cd, iam, s3, network,
    /// detection or one of your own [default: that of the configuration, or `default`
    /// for the rules of the pack]
    #[arg(long = "rule-profile", value_name = "PROFILE", help_heading = "Rules")]
    rule_profile: Option<String>,

    #[command(flatten)]
    pub(crate) lists: ListOptions,
}

/// Which logs the Sigma rules may be about that are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogsourceChoice {
    /// CloudTrail alone; the others are counted
    Cloudtrail,
    /// Any: their fields are looked for in CloudTrail records all the same
    Any,
}

/// The same of a command that reads rules.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LogsourceOptions {
    /// Which Sigma rules are run, by their logsource [default: cloudtrail]
    #[arg(long, value_enum, value_name = "LOGSOURCE", help_heading = "Rules")]
    logsource: Option<LogsourceChoice>,
}

impl LogsourceOptions {
    pub(crate) fn applies(&self) -> Applies {
        match self.logsource {
            Some(LogsourceChoice::Any) => Applies::Any,
            Some(LogsourceChoice::Cloudtrail) | None => Applies::ByLogsource,
        }
    }
}

/// What rules are read with: what their named lists hold, and which Sigma rules apply.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ListOptions {
    #[command(flatten)]
    logsource: LogsourceOptions,

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

impl ChosenRules {
    /// What a command that runs rules says of them: errors, and of warnings those that
    /// are about the configuration. The others are for `check`.
    pub(crate) fn to_say(&self, configuration: &Configuration) -> Vec<Diagnostic> {
        let said = self.diagnostics.iter();
        said.filter(|problem| problem.is_error() || configuration.wrote(problem.span()))
            .cloned()
            .collect()
    }
}

impl RuleOptions {
    /// Loads and chooses.
    ///
    /// # Errors
    /// Diagnostics about the options and the configuration themselves: an unknown id
    /// or tag.
    pub(crate) fn load(
        &self,
        configuration: &Configuration,
    ) -> Result<ChosenRules, (Vec<Diagnostic>, SourceMap)> {
        let (mut set, mut diagnostics) = self.sources(configuration).load();
        let sources = set.sources().clone();
        let chosen = override_rules(&mut set, &self.choice, configuration)
            .and_then(|()| set.choose(&self.choice.as_choice(configuration)));
        match chosen {
            Ok(unset) => diagnostics.extend(unset),
            Err(problems) => return Err((problems, sources)),
        }
        Ok(ChosenRules { set, diagnostics })
    }

    /// The same for commands that run no rule: those that want a list are kept. Gives
    /// errors beside them; warnings are for `check`.
    ///
    /// # Errors
    /// What the command ends with where the options themselves are wrong, which is
    /// said here.
    pub(crate) fn load_to_read(
        &self,
        configuration: &Configuration,
        terminal: &mut Terminal,
    ) -> Result<(RuleSet, Vec<Diagnostic>), Exit> {
        let (mut set, mut diagnostics) = self.sources(configuration).load();
        let kept = override_rules(&mut set, &self.choice, configuration)
            .and_then(|()| set.keep(&self.choice.as_choice(configuration)));
        if let Err(problems) = kept {
            terminal.diagnostics(&problems, set.sources());
            return Err(Exit::USAGE);
        }
        diagnostics.retain(Diagnostic::is_error);
        Ok((set, diagnostics))
    }

    /// Options add to what the configuration names.
    fn sources<'a>(&'a self, configuration: &'a Configuration) -> RuleSources<'a> {
        let own = self.rules_paths.iter().cloned();
        RuleSources {
            paths: configuration.rules_paths().chain(own).collect(),
            with_pack: configuration.default_rules() && !self.no_default_rules,
            lists: &self.choice.lists,
            configuration,
        }
    }
}

/// Where rules come from.
pub(crate) struct RuleSources<'a> {
    pub(crate) paths: Vec<PathBuf>,
    pub(crate) with_pack: bool,
    pub(crate) lists: &'a ListOptions,
    pub(crate) configuration: &'a Configuration,
}

impl RuleSources<'_> {
    /// Loads them; nothing is chosen and nothing changed.
    pub(crate) fn load(&self) -> (RuleSet, Vec<Diagnostic>) {
        let (own, mut diagnostics) = read_rules(&self.paths);
        let lists = self.lists.lists.iter().cloned().map(SetList::from);
        let settings = Settings {
            sigma: self.lists.logsource.applies(),
            ..self.configuration.settings(lists)
        };
        let loaded = if self.with_pack {
            let files = pack::rules_files().into_iter().chain(own).collect();
            load_with(Vec::new(), files, settings)
        } else {
            // The pack's macros and lists are there to be used, also without its rules.
            load_with(pack::rules_files(), own, settings)
        };
        let mut set = loaded.set;
        for diagnostic in &diagnostics {
            set.failed.push(FailedRule::unread(&diagnostic.message));
        }
        diagnostics.extend(loaded.diagnostics);
        (set, diagnostics)
    }
}

/// Does to the rules what the configuration says.
fn override_rules(
    set: &mut RuleSet,
    choice: &ChoiceOptions,
    configuration: &Configuration,
) -> Result<(), Vec<Diagnostic>> {
    let overrides = &configuration.config.overrides;
    if overrides.is_empty() {
        return Ok(());
    }
    // A rule of the pack is no mistake where the pack is left out.
    let pack = load(pack::rules_files(), &[]).set;
    let pack = pack.all().map(|rule| rule.id.value.as_str());
    set.apply(overrides, &choice.rules, pack)
}

impl ChoiceOptions {
    /// Every rule, whatever profile is in force, with these lists.
    pub(crate) fn all_with(lists: ListOptions) -> Self {
        ChoiceOptions {
            rule_profile: Some(EVERY_RULE.to_owned()),
            lists,
            ..ChoiceOptions::default()
        }
    }

    fn as_choice(&self, configuration: &Configuration) -> Choice {
        let said = configuration.config.rule_profile.as_ref();
        let said = said.map(|profile| profile.value.clone());
        let asked_for = self.rule_profile.clone().or(said);
        Choice {
            rules: self.rules.clone(),
            exclude: self.exclude.clone(),
            tags: self.tags.clone(),
            severity: self.severity,
            frameworks: self.frameworks.clone(),
            profile: Some(Profile {
                asked_for: asked_for.is_some(),
                name: asked_for.unwrap_or_else(|| DEFAULT_PROFILE.to_owned()),
            }),
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
