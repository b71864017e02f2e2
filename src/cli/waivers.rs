//! `trailgate waivers`: who accepts what, why and until when.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use trailgate::diagnostic::{Code, Diagnostic, Style};
use trailgate::finding::Finding;
use trailgate::output::{Hidden, waivers_json, waivers_text};
use trailgate::waiver::Waivers;

use super::Exit;
use super::destination::Destination;
use super::outputs::{Format, OutputOption, parse_output, unwritable};
use super::scan::{Survey, SurveyOptions};
use super::terminal::Terminal;

/// List the waivers: who accepts what, why, until when, and what each hides
///
/// With paths, the rules are run over what is there, and each waiver is shown with
/// the findings that it covers.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    trailgate waivers --waivers waivers.yaml\n  \
    trailgate waivers --waivers waivers.yaml export/ -o json\n\n\
    Exit codes: 0 listed, 2 usage or a waivers file with a mistake, 3 a rule does not load,\n\
    4 input not read in full. docs/waivers.md says more.")]
pub(crate) struct Arguments {
    /// Files, directories, glob patterns, `s3://bucket/prefix`, or `-` for standard
    /// input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Write the list as text or json, to a file or to standard output
    #[arg(short, long = "output", value_name = "FORMAT[=PATH]", default_value = "text",
        value_parser = parse_list_output)]
    output: OutputOption,

    #[command(flatten)]
    survey: SurveyOptions,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    arguments.list(terminal).unwrap_or_else(|exit| exit)
}

impl Arguments {
    fn list(&self, terminal: &mut Terminal) -> Result<Exit, Exit> {
        let survey = self.survey.prepare(terminal)?;
        let Some(waivers) = &survey.waivers else {
            let problem = Diagnostic::new(Code::Usage, "no waivers file is named");
            let problem = problem
                .help("name it: `--waivers waivers.yaml`, or `waivers:` in the configuration");
            terminal.diagnostics(&[problem], survey.set.sources());
            return Err(Exit::USAGE);
        };
        let (hidden, exit) = match self.paths.as_slice() {
            [] => (None, Exit::CLEAN),
            paths => {
                let mut hidden: Vec<Hidden> = Vec::new();
                hidden.resize_with(waivers.all().len(), Hidden::default);
                let mut take = |finding: Finding| {
                    let waiver = finding.suppressed.as_ref().and_then(|by| by.waiver);
                    if let Some(hidden) = waiver.and_then(|number| hidden.get_mut(number)) {
                        hidden.add(finding);
                    }
                };
                let verdict = survey.run(paths, terminal, &mut take)?;
                for reason in verdict.reasons() {
                    terminal.note(&format!("trailgate: exit {reason}"));
                }
                (Some(hidden), Exit(verdict.exit_code()))
            }
        };
        self.write(&survey, waivers, hidden.as_deref(), terminal)?;
        Ok(exit)
    }

    fn write(
        &self,
        survey: &Survey<'_>,
        waivers: &Waivers,
        hidden: Option<&[Hidden]>,
        terminal: &mut Terminal,
    ) -> Result<(), Exit> {
        let path = self.output.path.as_deref();
        let style = match path {
            None => terminal.style(),
            Some(_) => Style::default(),
        };
        let (sources, now) = (survey.set.sources(), survey.now);
        let text = match self.output.format {
            Format::Json => {
                let object = waivers_json(waivers, hidden, sources, now);
                format!("{object:#}\n")
            }
            _ => waivers_text(waivers, hidden, sources, now, style),
        };
        let written = Destination::open(path).and_then(|mut out| {
            out.write_all(text.as_bytes())?;
            out.commit()
        });
        written.map_err(|error| {
            terminal.diagnostics(&[unwritable(&self.output.name(), &error)], sources);
            Exit::USAGE
        })
    }
}

/// The formats that a list can be written in.
fn parse_list_output(text: &str) -> Result<OutputOption, String> {
    let output = parse_output(text)?;
    match output.format {
        Format::Text | Format::Json => Ok(output),
        _ => Err("a list is written as text or json".to_owned()),
    }
}
