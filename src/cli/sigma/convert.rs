//! `trailgate sigma convert`: Sigma rules as native ones.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::diagnostic::{Code, Diagnostic, SourceMap};
use trailgate::finding::counted;
use trailgate::rule::RuleSet;
use trailgate::sigma::convert::{Conversion, Converted, convert};

use super::super::Exit;
use super::super::config_options::ConfigOptions;
use super::super::destination::Destination;
use super::super::rule_options::{ListOptions, RuleSources};
use super::super::terminal::Terminal;

/// Write native rules that say what Sigma rules say
///
/// The native rule has the id of the Sigma rule and matches the same events. Authors,
/// licence, references and dates are kept, for the licences of rule collections ask for
/// that. A rule that native YAML has no words for is an error and the others are written;
/// filters narrow the rules that are converted with them, and rules that report through
/// correlations alone stand in these. Warnings are for `trailgate check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  trailgate sigma convert trail_stopped.yml
  trailgate sigma convert trail_stopped.yml -o rules/trail-stopped.yaml
  trailgate sigma convert sigma/rules/cloud/aws --output-dir rules/sigma")]
pub(crate) struct Arguments {
    /// Sigma files, or directories that hold some
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Where to write all of them; `-` is standard output [default: -]
    #[arg(short, long, value_name = "FILE", conflicts_with = "output_dir")]
    output: Option<PathBuf>,

    /// Write a file for each Sigma file into this directory, under its name
    #[arg(long, value_name = "DIR")]
    output_dir: Option<PathBuf>,

    /// Overwrite files that are there
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    lists: ListOptions,

    #[command(flatten)]
    config: ConfigOptions,
}

/// A file to be written.
struct File<'c> {
    path: PathBuf,
    rules: Vec<&'c Converted>,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let configuration = match arguments.config.load(terminal) {
        Ok(configuration) => configuration,
        Err(exit) => return exit,
    };
    let sources = RuleSources {
        paths: arguments.paths.clone(),
        with_pack: false,
        lists: &arguments.lists,
        configuration: &configuration,
    };
    let (set, mut problems) = sources.load();
    problems.retain(Diagnostic::is_error);
    let conversion = convert(&set);
    problems.extend(conversion.problems.iter().cloned());
    terminal.diagnostics(&problems, set.sources());
    if let Err(problem) = write(arguments, &set, &conversion, terminal) {
        terminal.diagnostics(&[*problem], &SourceMap::new());
        return Exit::USAGE;
    }
    say(&set, &conversion, terminal);
    let nothing = conversion.rules.is_empty() && problems.is_empty();
    if nothing {
        let problem = Diagnostic::new(Code::NoRules, "there is no Sigma rule to convert")
            .help("name Sigma files, or directories that hold some");
        terminal.diagnostics(&[problem], &SourceMap::new());
    }
    if nothing || problems.iter().any(Diagnostic::is_error) {
        Exit::RULES
    } else {
        Exit::CLEAN
    }
}

/// What is left to say of what was read.
fn say(set: &RuleSet, conversion: &Conversion, terminal: &mut Terminal) {
    for rule in &conversion.rules {
        if !rule.left_out.is_empty() {
            let keys = rule.left_out.join("`, `");
            terminal.note(&format!("{}: left out `{keys}`", rule.id));
        }
    }
    for rule in &conversion.inlined {
        let within = rule.within.join("`, `");
        terminal.note(&format!(
            "{}: not written by itself, for it reports through correlations alone: its condition stands in `{within}`",
            rule.id
        ));
    }
    let lists: BTreeSet<&String> = conversion
        .rules
        .iter()
        .flat_map(|rule| &rule.lists)
        .collect();
    if !lists.is_empty() {
        let names: Vec<_> = lists.iter().map(|name| format!("`{name}`")).collect();
        terminal.note(&format!(
            "lists are named and not written: {}; keep the files that set them",
            names.join(", ")
        ));
    }
    let unlicensed = conversion
        .rules
        .iter()
        .filter(|rule| !rule.licensed)
        .count();
    if unlicensed > 0 {
        terminal.note(&format!(
            "{} no licence: that of the collection holds, such as the Detection Rule License 1.1 of SigmaHQ",
            match unlicensed {
                1 => "1 rule states".to_owned(),
                many => format!("{many} rules state"),
            }
        ));
    }
    let mut parts = vec![format!(
        "{} converted",
        counted(conversion.rules.len() as u64, "rule")
    )];
    // That nothing applies is counted as what it is.
    let nothing_applies = !set.not_applicable.is_empty() && conversion.rules.is_empty();
    let failed = set
        .failed
        .len()
        .saturating_sub(usize::from(nothing_applies));
    let refused = conversion.problems.len() + failed;
    let others = [
        (conversion.inlined.len(), "written in correlations"),
        (refused, "not converted"),
        (set.not_applicable.len(), "not about CloudTrail"),
        (conversion.native, "native already"),
    ];
    let others = others.iter().filter(|(count, _)| *count > 0);
    parts.extend(others.map(|(count, what)| format!("{count} {what}")));
    terminal.note(&parts.join(", "));
}

fn write(
    arguments: &Arguments,
    set: &RuleSet,
    conversion: &Conversion,
    terminal: &mut Terminal,
) -> Result<(), Box<Diagnostic>> {
    if conversion.rules.is_empty() {
        return Ok(());
    }
    let all: Vec<&Converted> = conversion.rules.iter().collect();
    let files = match (&arguments.output_dir, &arguments.output) {
        (Some(folder), _) => files(folder, &arguments.paths, set, &all)?,
        (None, Some(path)) if path.as_os_str() != "-" => vec![File {
            path: path.clone(),
            rules: all,
        }],
        _ => {
            terminal.write(&together(&all));
            return Ok(());
        }
    };
    // Nothing is written where something is in the way.
    if !arguments.force
        && let Some(file) = files.iter().find(|file| file.path.exists())
    {
        let message = format!("`{}` is there already", file.path.display());
        let help = "name another place, or overwrite it with --force";
        return Err(Box::new(
            Diagnostic::new(Code::OutputUnwritable, message).help(help),
        ));
    }
    for file in &files {
        put(&file.path, &together(&file.rules)).map_err(|error| {
            let message = format!("`{}` cannot be written: {error}", file.path.display());
            let help = "name a place that may be written to";
            Box::new(Diagnostic::new(Code::OutputUnwritable, message).help(help))
        })?;
    }
    Ok(())
}

/// The documents of one file.
fn together(rules: &[&Converted]) -> String {
    let texts: Vec<&str> = rules.iter().map(|rule| rule.text.as_str()).collect();
    texts.join("---\n")
}

/// A file for each that was read, with the folders below the one that was named.
fn files<'c>(
    folder: &Path,
    paths: &[PathBuf],
    set: &RuleSet,
    rules: &[&'c Converted],
) -> Result<Vec<File<'c>>, Box<Diagnostic>> {
    let mut files: BTreeMap<PathBuf, (String, Vec<&Converted>)> = BTreeMap::new();
    for rule in rules {
        let name = set.sources().name(rule.source).to_owned();
        let path = folder.join(below(&name, paths)).with_extension("yaml");
        let (first, of_file) = files
            .entry(path.clone())
            .or_insert_with(|| (name.clone(), Vec::new()));
        if *first != name {
            let message = format!(
                "`{first}` and `{name}` would both become `{}`",
                path.display()
            );
            let help = "convert them one after the other, into two directories";
            return Err(Box::new(
                Diagnostic::new(Code::OutputUnwritable, message).help(help),
            ));
        }
        of_file.push(rule);
    }
    let files = files.into_iter();
    Ok(files
        .map(|(path, (_, rules))| File { path, rules })
        .collect())
}

/// The path of a file below the directory that was named, or its name.
fn below<'n>(name: &'n str, paths: &[PathBuf]) -> &'n Path {
    let file = Path::new(name);
    let below = paths.iter().find_map(|path| file.strip_prefix(path).ok());
    let below = below.filter(|below| !below.as_os_str().is_empty());
    below.unwrap_or_else(|| Path::new(file.file_name().unwrap_or(file.as_os_str())))
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = Destination::open(Some(path))?;
    file.write_all(text.as_bytes())?;
    file.commit()
}
