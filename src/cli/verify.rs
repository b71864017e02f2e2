//! `trailgate verify`: whether a copy of a bucket is what CloudTrail delivered.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Args;

use trailgate::codec::Limits;
use trailgate::diagnostic::{Code, Diagnostic, SourceMap, Style};
use trailgate::event::Asked;
use trailgate::integrity::{Options, Report, verify};
use trailgate::output::{integrity_json, integrity_jsonl, integrity_text};

use super::Exit;
use super::destination::Destination;
use super::inputs::{S3Options, found_with_digests};
use super::integrity_options::{IntegrityOptions, jobs};
use super::outputs::{Format, OutputOption, parse_output, refuse_shared, unwritable, with_text};
use super::scan::parse_size;
use super::terminal::Terminal;

/// Verify that nothing was altered since CloudTrail delivered it
///
/// Reads a trail's bucket, in S3 (`s3://bucket/prefix`) or a local copy, digests and
/// log files, and walks along the chain of digests: signatures, hashes, missing and
/// added files, gaps. Results of CloudTrail Lake queries (`result_sign.json`) are
/// verified too. Of a local copy nothing is fetched unless --fetch-public-keys asks for
/// it: keys and metadata are read from files that were saved before.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    aws s3 sync s3://my-trail-bucket/AWSLogs export/AWSLogs\n  \
    aws cloudtrail list-public-keys --start-time 2026-01-01 --end-time 2026-02-01 > keys.json\n  \
    trailgate verify export/ --public-keys keys.json\n  \
    trailgate verify s3://my-trail-bucket/AWSLogs/111122223333/\n\n\
    Exit codes: 0 sound, 1 tampering or a gap, 2 usage, 4 not read, or not proven as far as\n\
    --require says. docs/verify.md says more.")]
pub(crate) struct Arguments {
    /// Folders (or files, or glob patterns) of the copy, or `s3://bucket/prefix`
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    integrity: IntegrityOptions,

    /// Write the report as text, json or jsonl, to a file or to standard output
    /// (may be repeated)
    #[arg(short, long = "output", value_name = "FORMAT[=PATH]", value_parser = parse_report_output)]
    output: Vec<OutputOption>,

    /// Write no text to standard output
    #[arg(short, long)]
    quiet: bool,

    /// Hash log files on this many threads [default: the number of processors; of
    /// a bucket, where threads mostly wait, 16]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// How many times its size compressed data may decode to, beyond 16 MiB
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_ratio)]
    max_ratio: u64,

    /// The size that one compressed file may decode to
    #[arg(long, value_name = "SIZE", default_value = "256GiB", value_parser = parse_size)]
    max_decoded: u64,

    // Last, because its heading is that of what follows.
    #[command(flatten)]
    s3: S3Options,
}

pub(crate) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Exit {
    let sources = SourceMap::new();
    let outputs = with_text(&arguments.output, arguments.quiet);
    let (mut evidence, opened) = match (arguments.integrity.saved(), open(&outputs)) {
        (Ok(evidence), Ok(opened)) => (evidence, opened),
        (evidence, opened) => {
            let problems: Vec<Diagnostic> = [evidence.err(), opened.err()]
                .into_iter()
                .flatten()
                .map(|problem| *problem)
                .collect();
            terminal.diagnostics(&problems, &sources);
            return Exit::USAGE;
        }
    };
    let s3 = &arguments.s3;
    let discovery = found_with_digests(&arguments.paths, &Asked::default(), s3);
    if discovery.has_stdin() {
        terminal.diagnostics(&[no_stream()], &sources);
        return Exit::USAGE;
    }
    let fetching = &arguments.integrity;
    let options = arguments.options();
    let unfetched = fetching.fetch_keys(&mut evidence, &discovery.inputs, &options, s3);
    let mut report = verify(&discovery.inputs, &evidence, &options);
    report.skipped = (discovery.skipped.hidden + discovery.skipped.special) as u64;
    let unread = [discovery.problems, unfetched].concat();
    if !unread.is_empty() {
        report.unread(unread, arguments.integrity.require());
    }
    let mut unwritten = Vec::new();
    for (output, destination) in outputs.iter().zip(opened) {
        let style = match output.path {
            None => terminal.style(),
            Some(_) => Style::default(),
        };
        if let Err(error) = write(&report, output.format, destination, style) {
            unwritten.push(unwritable(&output.name(), &error));
        }
    }
    terminal.diagnostics(&unwritten, &sources);
    if !outputs.iter().any(shows_text) {
        for reason in report.verdict.reasons() {
            terminal.note(&format!("trailgate: exit {reason}"));
        }
    }
    match unwritten.as_slice() {
        [] => Exit(report.verdict.exit_code()),
        _ => Exit::USAGE,
    }
}

fn no_stream() -> Diagnostic {
    Diagnostic::new(
        Code::Usage,
        "a copy of a bucket cannot be read from standard input",
    )
    .help("name the folder that it is in")
}

/// Opens all outputs; nothing has its name yet.
fn open(outputs: &[OutputOption]) -> Result<Vec<Destination>, Box<Diagnostic>> {
    refuse_shared(outputs)?;
    let open = |output: &OutputOption| {
        Destination::open(output.path.as_deref())
            .map_err(|error| Box::new(unwritable(&output.name(), &error)))
    };
    outputs.iter().map(open).collect()
}

fn write(
    report: &Report,
    format: Format,
    mut out: Destination,
    style: Style,
) -> std::io::Result<()> {
    if format == Format::Text {
        integrity_text(report, &mut out, style)?;
    } else if format == Format::Json {
        serde_json::to_writer_pretty(&mut out, &integrity_json(report))?;
        out.write_all(b"\n")?;
    } else {
        for line in integrity_jsonl(report) {
            writeln!(out, "{line}")?;
        }
    }
    out.commit()
}

fn shows_text(output: &OutputOption) -> bool {
    output.path.is_none() && output.format == Format::Text
}

impl Arguments {
    fn options(&self) -> Options {
        let limits = Limits {
            max_ratio: self.max_ratio,
            max_decoded: self.max_decoded,
            ..Limits::default()
        };
        let jobs = self.jobs.unwrap_or_else(|| jobs(&self.paths));
        self.integrity.options(&self.paths, jobs, limits)
    }
}

/// The formats that a report can be written in.
fn parse_report_output(text: &str) -> Result<OutputOption, String> {
    let output = parse_output(text)?;
    match output.format {
        Format::Text | Format::Json | Format::JsonLines => Ok(output),
        _ => Err("a report is written as text, json or jsonl".to_owned()),
    }
}
