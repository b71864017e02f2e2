//! `trailgate rules`: which rules there are, and what each says.

mod docs;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use trailgate::diagnostic::{Code, Diagnostic, did_you_mean};
use trailgate::engine::Engine;
use trailgate::explain::rule_page;
use trailgate::finding::counted;
use trailgate::output::{plan_json, plan_text};
use trailgate::rule::{Change, InactiveRule, Override, Rule, RuleSet, SwitchedOff};

use super::Exit;
use super::config_options::ConfigOptions;
use super::rule_options::{ChoiceOptions, RuleOptions};
use super::terminal::Terminal;

/// List the rules, or show one
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(List),
    Show(Show),
    Docs(docs::Arguments),
}

/// List the rules: id, severity, title and tags
///
/// A rule that needs a list which is not set is marked with the list's name.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate rules list
  trailgate rules list --tag cis --severity high
  trailgate rules list --rules my-rules/ --no-default-rules --format json")]
struct List {
    /// How to write the list
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,

    #[command(flatten)]
    rules: RuleOptions,

    #[command(flatten)]
    config: ConfigOptions,
}

/// Show a rule: what it matches in plain words, why it matters and what to do
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate rules show cis-03-root-use
  trailgate rules show cis-03-root-use --source > my-rule.yaml
  trailgate rules show cis-03-root-use --plan")]
struct Show {
    /// The rule's id
    #[arg(value_name = "ID")]
    id: String,

    /// Write the rule as it is written in YAML
    #[arg(long)]
    source: bool,

    /// Show how the rule is run: which events meet it, what they are asked and
    /// in which order, and what other rules share with it
    #[arg(long, conflicts_with = "source")]
    plan: bool,

    /// How to write the plan
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", requires = "plan")]
    format: Format,

    #[command(flatten)]
    files: RuleFiles,
}

/// Where rules come from, for commands about one rule.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Rules")]
pub(crate) struct RuleFiles {
    /// Add the rules of a file or directory (may be repeated)
    #[arg(long = "rules", value_name = "PATH")]
    rules_paths: Vec<std::path::PathBuf>,

    /// Leave out the embedded rule pack
    #[arg(long)]
    no_default_rules: bool,

    #[command(flatten)]
    lists: super::rule_options::ListOptions,

    #[command(flatten)]
    config: ConfigOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON object, for tools
    Json,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    match &arguments.command {
        Command::List(arguments) => list(arguments, terminal),
        Command::Show(arguments) => show(arguments, terminal),
        Command::Docs(arguments) => docs::run(arguments, terminal),
    }
}

fn list(arguments: &List, terminal: &mut Terminal) -> Exit {
    let configuration = arguments.config.load(terminal);
    let loaded = configuration.and_then(|of| arguments.rules.load_to_read(&of, terminal));
    let (set, errors) = match loaded {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    terminal.diagnostics(&errors, set.sources());
    match arguments.format {
        Format::Text => text_list(&set, terminal),
        Format::Json => terminal.line(&json_list(&set).to_string()),
    }
    if errors.is_empty() {
        Exit::CLEAN
    } else {
        Exit::RULES
    }
}

fn sorted(set: &RuleSet) -> Vec<&Rule> {
    let off = set.off.iter().map(|off| &off.rule);
    let mut rules: Vec<_> = set.all().chain(off).collect();
    rules.sort_by(|a, b| a.id.value.cmp(&b.id.value));
    rules
}

/// The lists that a rule waits for.
fn waits_for<'s>(set: &'s RuleSet, rule: &Rule) -> Vec<&'s str> {
    let inactive = set
        .inactive
        .iter()
        .find(|inactive| inactive.rule.id.value == rule.id.value);
    inactive.map_or(Vec::new(), |inactive| {
        inactive
            .lists
            .iter()
            .map(|list| list.value.as_str())
            .collect()
    })
}

fn text_list(set: &RuleSet, terminal: &mut Terminal) {
    let rules = sorted(set);
    let widest = rules
        .iter()
        .map(|rule| rule.id.value.len())
        .max()
        .unwrap_or(0);
    for rule in &rules {
        let mut line = format!(
            "{:<widest$}  {:<8}  {}",
            rule.id.value, rule.severity, rule.title
        );
        if !rule.tags.is_empty() {
            line.push_str(&format!(" [{}]", rule.tags.join(", ")));
        }
        let lists = waits_for(set, rule);
        if !lists.is_empty() {
            line.push_str(&format!(
                " (inactive: needs --list {}=FILE)",
                lists.join("=FILE --list ")
            ));
        }
        if is_unreported(set, rule) {
            line.push_str(" (reports through correlations alone)");
        }
        if let Some(off) = switched_off(set, rule) {
            line.push_str(&format!(" (off: {})", off.reason));
        }
        if let Some(of) = &rule.severity_set {
            line.push_str(&format!(" ({} as written: {})", of.written, of.reason));
        }
        terminal.line(&line);
    }
    let mut counts = counted(rules.len() as u64, "rule");
    if !set.inactive.is_empty() {
        counts.push_str(&format!(
            ", {} inactive for want of a list",
            set.inactive.len()
        ));
    }
    if !set.unreported.is_empty() {
        let count = set.unreported.len();
        counts.push_str(&format!(", {count} through correlations alone"));
    }
    if !set.not_applicable.is_empty() {
        let elsewhere = set.not_applicable.len();
        counts.push_str(&format!(", {elsewhere} not about CloudTrail"));
    }
    if let Some(left_out) = &set.left_out {
        counts.push_str(&format!(", {left_out}"));
    }
    if !set.off.is_empty() {
        counts.push_str(&format!(", {} switched off", set.off.len()));
    }
    terminal.line(&counts);
}

/// Whether the rule reports nothing by itself.
fn is_unreported(set: &RuleSet, rule: &Rule) -> bool {
    let mut unreported = set.unreported.iter();
    unreported.any(|of| of.id.value == rule.id.value)
}

fn switched_off<'s>(set: &'s RuleSet, rule: &Rule) -> Option<&'s SwitchedOff> {
    set.off
        .iter()
        .find(|off| off.rule.id.value == rule.id.value)
}

fn json_list(set: &RuleSet) -> serde_json::Value {
    let rules: Vec<_> = sorted(set)
        .into_iter()
        .map(|rule| {
            let controls: serde_json::Map<_, _> = rule
                .controls
                .iter()
                .map(|of| (of.framework.clone(), json!(of.controls)))
                .collect();
            let mut object = json!({
                "id": rule.id.value,
                "title": rule.title,
                "severity": rule.severity.name(),
                "tags": rule.tags,
                "attack": rule.attack,
                "controls": controls,
                "file": set.sources().name(rule.span.source),
                "line": set.sources().position(rule.span).line,
                "needs_lists": waits_for(set, rule),
            });
            if !rule.attribution.authors.is_empty() {
                object["authors"] = json!(rule.attribution.authors);
            }
            if let Some(license) = &rule.attribution.license {
                object["license"] = license.as_str().into();
            }
            if !rule.attribution.derived_from.is_empty() {
                object["derived_from"] = json!(rule.attribution.derived_from);
            }
            if is_unreported(set, rule) {
                object["reported"] = false.into();
            }
            if let Some(off) = switched_off(set, rule) {
                object["off"] = off.reason.as_str().into();
            }
            if let Some(of) = &rule.severity_set {
                object["written_severity"] = of.written.name().into();
                object["severity_reason"] = of.reason.as_str().into();
            }
            object
        })
        .collect();
    json!({"schema": "trailgate-rules/1", "rules": rules})
}

fn show(arguments: &Show, terminal: &mut Terminal) -> Exit {
    let (set, rule) = match arguments.files.find(&arguments.id, terminal) {
        Ok(found) => found,
        Err(exit) => return exit,
    };
    if arguments.plan {
        return show_plan(&set, &rule, arguments.format, terminal);
    }
    if arguments.source {
        let text = set.sources().slice(rule.span);
        terminal.line(text.trim_end());
    } else {
        terminal.write(&rule_page(&set, &rule, terminal.style()));
    }
    Exit::CLEAN
}

/// How an active rule is run; of one that waits for a list that cannot be told.
fn show_plan(set: &RuleSet, rule: &Rule, format: Format, terminal: &mut Terminal) -> Exit {
    let id = rule.id.value.as_str();
    let place = set.rules.iter().position(|active| active.id.value == id);
    let Some(plan) = place.and_then(|place| Engine::new(set).plan(place)) else {
        let waiting = set.inactive.iter().filter(|w| w.rule.id.value == id);
        let problems: Vec<_> = waiting.map(InactiveRule::diagnostic).collect();
        terminal.diagnostics(&problems, set.sources());
        return Exit::RULES;
    };
    match format {
        Format::Text => terminal.write(&plan_text(id, &plan)),
        Format::Json => terminal.line(&plan_json(id, &plan).to_string()),
    }
    Exit::CLEAN
}

impl RuleFiles {
    /// Loads the rules and finds one, active or not; says what is wrong otherwise.
    ///
    /// A rule that is switched off is found too, as one that runs, and that is said.
    pub(crate) fn find(&self, id: &str, terminal: &mut Terminal) -> Result<(RuleSet, Rule), Exit> {
        let mut configuration = self.config.load(terminal)?;
        let overrides = &mut configuration.config.overrides;
        let is_off = |entry: &Override| entry.rule.value == id && entry.change == Change::Off;
        let off: Vec<Override> = overrides.extract_if(.., |entry| is_off(entry)).collect();
        let options = RuleOptions {
            rules_paths: self.rules_paths.clone(),
            no_default_rules: self.no_default_rules,
            choice: ChoiceOptions::all_with(self.lists.clone()),
        };
        let (mut set, errors) = options.load_to_read(&configuration, terminal)?;
        // As one that reports by itself: what it says of events is asked.
        if set.unreported.iter().any(|rule| rule.id.value == id) {
            terminal.note(&format!(
                "{id} reports through correlations alone, unless `--rule {id}` names it"
            ));
            set.report(|rule| rule.id.value == id);
        }
        let found = set.all().find(|rule| rule.id.value == id).cloned();
        if let Some(rule) = found {
            for entry in off {
                let place = set.sources().place(entry.rule.span);
                terminal.note(&format!(
                    "{id} is switched off by {place}: {}",
                    entry.reason
                ));
            }
            return Ok((set, rule));
        }
        terminal.diagnostics(&errors, set.sources());
        if set.failed.iter().any(|failed| failed.name == id) {
            return Err(Exit::RULES);
        }
        let near = did_you_mean(id, set.all().map(|rule| rule.id.value.as_str()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "`trailgate rules list` shows the rules; `--rules PATH` adds your own".to_owned()
            }
        };
        let problem = Diagnostic::new(
            Code::UnknownRule,
            format!("no rule that is loaded has the id `{id}`"),
        )
        .help(help);
        terminal.diagnostics(&[problem], set.sources());
        Err(if errors.is_empty() {
            Exit::USAGE
        } else {
            Exit::RULES
        })
    }
}
