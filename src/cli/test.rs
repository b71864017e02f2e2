//! `trailgate test`: run the tests that stand beside the rules.

mod json;
mod junit;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use trailgate::diagnostic::{Code, Diagnostic, SourceMap, render_text};
use trailgate::finding::counted;
use trailgate::rule::RuleSet;
use trailgate::testing::{
    self, RuleCoverage, RuleMutants, TestOutcome, coverage_text, outcome_text,
};

use super::Exit;
use super::config_options::ConfigOptions;
use super::rule_options::{ChoiceOptions, RuleOptions};
use super::terminal::Terminal;

/// Run the tests that stand beside the rules
///
/// Each failed test is shown with what was expected, what came instead, and the
/// value that every clause saw. A test that cannot run has failed, and so has a
/// run without a single test.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 every test passed, 5 a test failed, there was none, or none notices a change of
--mutants, 3 a rule does not load.

Examples:
  trailgate test rules/
  trailgate test rules/ --rule 'cis-*' --junit tests.xml
  trailgate test my-rule.yaml --coverage
  trailgate test my-rule.yaml --mutants")]
pub(crate) struct Arguments {
    /// Rules files, or directories that hold some [default: those of the configuration]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// How to write the outcome
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,

    /// Write a JUnit report to this file too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// List the clauses that no test makes true, or no test makes false
    #[arg(long)]
    coverage: bool,

    /// Take away and negate every clause of `match` in turn, and list the changes
    /// that no test of the rule notices
    #[arg(long)]
    mutants: bool,

    #[command(flatten)]
    choice: ChoiceOptions,

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

/// All tests of all rules, run.
struct Run {
    rules: Vec<TestedRule>,
    /// Rules that do not load.
    failed_rules: Vec<String>,
}

struct TestedRule {
    id: String,
    outcomes: Vec<TestOutcome>,
    coverage: RuleCoverage,
    /// Where they are asked for and every test passes.
    mutants: Option<RuleMutants>,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let loaded = arguments.config.load(terminal).and_then(|configuration| {
        let paths = configuration.paths_or(&arguments.paths, terminal)?;
        let options = RuleOptions {
            rules_paths: paths,
            no_default_rules: true,
            choice: arguments.choice.clone(),
        };
        options.load_to_read(&configuration.only_lists(), terminal)
    });
    let (set, errors) = match loaded {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    terminal.diagnostics(&errors, set.sources());
    let run = Run::of(&set, arguments.mutants);
    match arguments.format {
        Format::Text => text(&run, arguments.coverage, set.sources(), terminal),
        Format::Json => terminal.line(&json::report(&run, set.sources()).to_string()),
    }
    if let Some(path) = &arguments.junit
        && let Err(reason) = junit::write(&run, set.sources(), path)
    {
        let problem = Diagnostic::new(
            Code::OutputUnwritable,
            format!("`{}` cannot be written: {reason}", path.display()),
        )
        .help("name a file in a directory that exists and may be written to");
        terminal.diagnostics(&[problem], set.sources());
        return Exit::USAGE;
    }
    run.exit()
}

impl Run {
    fn of(set: &RuleSet, with_mutants: bool) -> Run {
        let mut rules: Vec<_> = set.all().collect();
        rules.sort_by(|a, b| a.id.value.cmp(&b.id.value));
        let tested = rules.into_iter().map(|rule| {
            let outcomes = testing::run(set, rule);
            TestedRule {
                id: rule.id.value.clone(),
                coverage: testing::coverage(rule, &outcomes),
                mutants: with_mutants
                    .then(|| testing::mutants(rule, &outcomes))
                    .flatten(),
                outcomes,
            }
        });
        Run {
            rules: tested.collect(),
            failed_rules: set
                .failed
                .iter()
                .map(|failed| failed.name.clone())
                .collect(),
        }
    }

    fn outcomes(&self) -> impl Iterator<Item = &TestOutcome> {
        self.rules.iter().flat_map(|rule| &rule.outcomes)
    }

    fn total(&self) -> usize {
        self.outcomes().count()
    }

    fn passed(&self) -> usize {
        self.outcomes().filter(|outcome| outcome.passed()).count()
    }

    fn untested(&self) -> Vec<&str> {
        let untested = self.rules.iter().filter(|rule| rule.outcomes.is_empty());
        untested.map(|rule| rule.id.as_str()).collect()
    }

    /// Clauses, and those that tests exercise both ways, of the rules with tests.
    fn clauses(&self) -> (usize, usize) {
        let tested = self.rules.iter().filter(|rule| !rule.outcomes.is_empty());
        tested.fold((0, 0), |(all, exercised), rule| {
            let coverage = &rule.coverage;
            let covered = coverage.clauses - coverage.gaps.len();
            (all + coverage.clauses, exercised + covered)
        })
    }

    /// Changes that were made, and those that no test noticed.
    fn mutants(&self) -> (usize, usize) {
        let tried = self.rules.iter().filter_map(|rule| rule.mutants.as_ref());
        tried.fold((0, 0), |(all, survived), rule| {
            (all + rule.tried, survived + rule.survivors.len())
        })
    }

    fn exit(&self) -> Exit {
        if !self.failed_rules.is_empty() {
            Exit::RULES
        } else if self.total() == 0 || self.passed() < self.total() || self.mutants().1 > 0 {
            Exit::TESTS
        } else {
            Exit::CLEAN
        }
    }
}

fn text(run: &Run, coverage: bool, sources: &SourceMap, terminal: &mut Terminal) {
    let style = terminal.style();
    for rule in &run.rules {
        for outcome in rule.outcomes.iter().filter(|outcome| !outcome.passed()) {
            terminal.line(&outcome_text(&rule.id, outcome, sources, style));
        }
    }
    if coverage {
        for rule in run.rules.iter().filter(|rule| !rule.outcomes.is_empty()) {
            terminal.write(&coverage_text(&rule.coverage, sources, style));
        }
    }
    for mutants in run.rules.iter().filter_map(|rule| rule.mutants.as_ref()) {
        for problem in mutants.diagnostics() {
            terminal.line(&render_text(&problem, sources, style));
        }
    }
    let untested = run.untested();
    if !untested.is_empty() {
        terminal.line(&format!("without tests: {}", untested.join(", ")));
    }
    if !run.failed_rules.is_empty() {
        let count = run.failed_rules.len();
        let verb = if count == 1 { "does" } else { "do" };
        terminal.line(&format!(
            "{} {verb} not load: {}",
            counted(count as u64, "rule"),
            run.failed_rules.join(", ")
        ));
    }
    terminal.line(&summary(run));
}

fn summary(run: &Run) -> String {
    let (total, passed) = (run.total(), run.passed());
    if total == 0 {
        return "no tests were run: a rule without tests proves nothing".to_owned();
    }
    let rules = run.rules.len() - run.untested().len();
    let mut parts = vec![format!("{passed} passed")];
    if passed < total {
        parts.push(format!("{} failed", total - passed));
    }
    let (clauses, exercised) = run.clauses();
    let mutants = match run.mutants() {
        (0, _) => String::new(),
        (tried, survived) => format!(
            "; {} of {} unnoticed",
            survived,
            counted(tried as u64, "change")
        ),
    };
    format!(
        "{} of {}: {}; {exercised} of {} exercised both ways{mutants}",
        counted(total as u64, "test"),
        counted(rules as u64, "rule"),
        parts.join(", "),
        counted(clauses as u64, "clause"),
    )
}
