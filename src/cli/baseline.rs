//! `trailgate baseline`: the findings that are known, in a file.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use trailgate::baseline::{Baseline, Gathered, Known, Updated, prune, update};
use trailgate::diagnostic::{Code, Diagnostic};
use trailgate::finding::{BaselineState, Verdict};
use trailgate::output::{BaselineChange, baseline_text};

use super::Exit;
use super::destination::Destination;
use super::outputs::unwritable;
use super::scan::{Survey, SurveyOptions};
use super::terminal::Terminal;

/// Keep the findings that are known, so that only new ones fail a run
///
/// A baseline is a file to be reviewed and kept under version control: one entry a
/// line, by rule and fingerprint. `scan --baseline FILE` shows its findings as known
/// and fails on others alone. An entry covers events up to the moment it was made: a
/// later event is new.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trailgate baseline create -b baseline.json export/\n  \
    trailgate scan export/ --baseline baseline.json\n  \
    trailgate baseline update -b baseline.json export/\n\n\
    Exit codes: 0 written, 2 usage, 3 a rule does not load, 4 not everything was read: then\n\
    nothing is written. docs/baseline.md says more.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a baseline of all findings
    Create(Run),
    /// Add the findings that the baseline does not know; the others stay as they are
    Update(Run),
    /// Take away the entries that no finding has the name of any more
    Prune(Run),
}

#[derive(Debug, Args)]
struct Run {
    /// The file of the baseline [default: the one that the configuration names, or
    /// baseline.json]
    #[arg(short, long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Files, directories, glob patterns, `s3://bucket/prefix`, or `-` for standard
    /// input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Write the baseline although not everything was read and evaluated
    #[arg(long)]
    allow_partial: bool,

    #[command(flatten)]
    survey: SurveyOptions,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let done = match &arguments.action {
        Action::Create(run) => run.create(terminal),
        Action::Update(run) => run.update(terminal),
        Action::Prune(run) => run.prune(terminal),
    };
    match done {
        Ok(()) => Exit::CLEAN,
        Err(exit) => exit,
    }
}

impl Run {
    fn path<'a>(&'a self, survey: &'a Survey<'_>) -> &'a Path {
        let configured = survey.config.baseline.as_ref();
        let configured = || configured.map(|path| path.value.as_path());
        let path = self.baseline.as_deref().or_else(configured);
        path.unwrap_or(Path::new("baseline.json"))
    }

    fn create(&self, terminal: &mut Terminal) -> Result<(), Exit> {
        let survey = self.survey.prepare(terminal)?;
        if self.path(&survey).exists() {
            let name = self.path(&survey).display();
            let problem = Diagnostic::new(Code::Usage, format!("there is a baseline at {name}"));
            let help = "`trailgate baseline update` adds to it; to begin anew, remove the file";
            return Err(usage(problem.help(help), &survey, terminal));
        }
        let mut gathered = Gathered::default();
        let mut take = |finding| gathered.add(&finding, survey.now);
        let verdict = survey.run(&self.paths, terminal, &mut take)?;
        self.whole(&verdict, &survey, terminal)?;
        let left_out = gathered.left_out;
        let findings = gathered.findings();
        let baseline = gathered.baseline(survey.now);
        self.write(&baseline, &survey, terminal)?;
        let change = BaselineChange::Created(&baseline, findings);
        self.say(change, left_out, &survey, terminal);
        Ok(())
    }

    fn update(&self, terminal: &mut Terminal) -> Result<(), Exit> {
        let survey = self.survey.prepare(terminal)?;
        let mut known = self.known(&survey, terminal)?;
        let mut gathered = Gathered::default();
        let mut take = |finding| {
            if known.state(&finding) == BaselineState::New {
                gathered.add(&finding, survey.now);
            }
        };
        let verdict = survey.run(&self.paths, terminal, &mut take)?;
        self.whole(&verdict, &survey, terminal)?;
        let left_out = gathered.left_out;
        let updated = update(known, gathered, survey.now);
        self.write_changed(&updated, &survey, terminal)?;
        self.say(
            BaselineChange::Updated(&updated),
            left_out,
            &survey,
            terminal,
        );
        Ok(())
    }

    fn prune(&self, terminal: &mut Terminal) -> Result<(), Exit> {
        let survey = self.survey.prepare(terminal)?;
        let mut known = self.known(&survey, terminal)?;
        let mut take = |finding| {
            known.state(&finding);
        };
        let verdict = survey.run(&self.paths, terminal, &mut take)?;
        self.whole(&verdict, &survey, terminal)?;
        let updated = prune(known);
        self.write_changed(&updated, &survey, terminal)?;
        let change = BaselineChange::Pruned(&updated);
        self.say(change, Default::default(), &survey, terminal);
        Ok(())
    }

    fn known(&self, survey: &Survey<'_>, terminal: &mut Terminal) -> Result<Known, Exit> {
        let read = Baseline::read(self.path(survey));
        read.map(Known::new)
            .map_err(|problem| usage(*problem, survey, terminal))
    }

    /// Refuses a run that did not read and evaluate everything, unless that is
    /// allowed.
    fn whole(
        &self,
        verdict: &Verdict,
        survey: &Survey<'_>,
        terminal: &mut Terminal,
    ) -> Result<(), Exit> {
        if verdict.is_clean() {
            return Ok(());
        }
        for reason in verdict.reasons() {
            terminal.note(&format!("trailgate: exit {reason}"));
        }
        if self.allow_partial {
            return Ok(());
        }
        let name = self.path(survey).display();
        let message = format!("{name} was not written: not everything was read and evaluated");
        let problem = Diagnostic::new(Code::PartialBaseline, message).help(
            "mend what is named above, or say `--allow-partial`: what was not seen will be new \
             when it is",
        );
        terminal.diagnostics(&[problem], survey.set.sources());
        Err(Exit(verdict.exit_code()))
    }

    /// Leaves a file that says the same already.
    fn write_changed(
        &self,
        updated: &Updated,
        survey: &Survey<'_>,
        terminal: &mut Terminal,
    ) -> Result<(), Exit> {
        if updated.added.is_empty() && updated.removed.is_empty() {
            return Ok(());
        }
        self.write(&updated.baseline, survey, terminal)
    }

    fn write(
        &self,
        baseline: &Baseline,
        survey: &Survey<'_>,
        terminal: &mut Terminal,
    ) -> Result<(), Exit> {
        write(baseline, self.path(survey)).map_err(|error| {
            let name = self.path(survey).display().to_string();
            usage(unwritable(&name, &error), survey, terminal)
        })
    }

    fn say(
        &self,
        change: BaselineChange<'_>,
        left_out: trailgate::baseline::LeftOut,
        survey: &Survey<'_>,
        terminal: &mut Terminal,
    ) {
        let name = self.path(survey).display().to_string();
        let text = baseline_text(&name, change, left_out, terminal.style());
        terminal.write(&text);
    }
}

fn usage(problem: Diagnostic, survey: &Survey<'_>, terminal: &mut Terminal) -> Exit {
    terminal.diagnostics(&[problem], survey.set.sources());
    Exit::USAGE
}

/// The file has its name only when it is whole.
fn write(baseline: &Baseline, path: &Path) -> std::io::Result<()> {
    let mut out = Destination::open(Some(path))?;
    baseline.write(&mut out)?;
    out.commit()
}
