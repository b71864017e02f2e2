//! The command line: the only place that prints, reads the environment or picks
//! an exit code. One file per subcommand; each returns the exit code.

mod asked;
mod baseline;
mod check;
mod config;
mod config_options;
mod coverage;
mod destination;
mod event_choice;
mod every_record;
mod explain;
mod explain_together;
mod generate;
mod history;
mod inputs;
mod integrity_options;
mod interrupt;
mod new;
mod outputs;
mod progress;
mod rule_options;
mod rules;
mod scan;
mod schema;
mod shapes;
mod sigma;
mod terminal;
mod test;
mod verify;
mod waiver_options;
mod waivers;

use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

use terminal::Terminal;

/// What a run ended with, as in docs/exit-codes.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit(pub u8);

impl Exit {
    pub(crate) const CLEAN: Exit = Exit(0);
    pub(crate) const USAGE: Exit = Exit(2);
    pub(crate) const RULES: Exit = Exit(3);
    pub(crate) const INPUT: Exit = Exit(4);
    pub(crate) const TESTS: Exit = Exit(5);
}

/// A compliance gate for AWS CloudTrail audit logs.
///
/// Rules in YAML are run over CloudTrail exports; what they match comes out as
/// findings, and as an exit code that a pipeline can trust.
#[derive(Debug, Parser)]
#[command(name = "trailgate", version, styles = STYLES, max_term_width = 100)]
#[command(
    after_help = "Exit codes: 0 clean, 1 findings, 2 usage, 3 rules, 4 input, 5 rule tests.\n\
    `trailgate COMMAND --help` says more about a command."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to colour
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    color: Colour,
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Scan(Box<scan::Arguments>),
    Check(check::Arguments),
    New(new::Arguments),
    Test(test::Arguments),
    Explain(explain::Arguments),
    Rules(rules::Arguments),
    Sigma(sigma::Arguments),
    Coverage(coverage::Arguments),
    Config(config::Arguments),
    Shapes(shapes::Arguments),
    Waivers(Box<waivers::Arguments>),
    Baseline(Box<baseline::Arguments>),
    Verify(verify::Arguments),
    History(history::Arguments),
    Schema(schema::Arguments),
    Completions(generate::Completions),
    Man(generate::Man),
}

/// Runs the command that the process was started with.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistakes; a reader that went away is none either.
            let code = if error.use_stderr() {
                Exit::USAGE
            } else {
                Exit::CLEAN
            };
            let _ = error.print();
            return ExitCode::from(code.0);
        }
    };
    interrupt::watch();
    let mut terminal = Terminal::new(cli.color);
    let exit = match cli.command {
        Command::Scan(arguments) => scan::run(&arguments, &mut terminal),
        Command::Check(arguments) => check::run(&arguments, &mut terminal),
        Command::New(arguments) => new::run(&arguments, &mut terminal),
        Command::Test(arguments) => test::run(&arguments, &mut terminal),
        Command::Explain(arguments) => explain::run(&arguments, &mut terminal),
        Command::Rules(arguments) => rules::run(&arguments, &mut terminal),
        Command::Sigma(arguments) => sigma::run(&arguments, &mut terminal),
        Command::Coverage(arguments) => coverage::run(&arguments, &mut terminal),
        Command::Config(arguments) => config::run(&arguments, &mut terminal),
        Command::Shapes(arguments) => shapes::run(&arguments, &mut terminal),
        Command::Waivers(arguments) => waivers::run(&arguments, &mut terminal),
        Command::Baseline(arguments) => baseline::run(&arguments, &mut terminal),
        Command::Verify(arguments) => verify::run(&arguments, &mut terminal),
        Command::History(arguments) => history::run(&arguments, &mut terminal),
        Command::Schema(arguments) => schema::run(&arguments, &mut terminal),
        Command::Completions(arguments) => {
            generate::completions(&arguments, Cli::command(), &mut terminal)
        }
        Command::Man(arguments) => generate::man(&arguments, Cli::command(), &mut terminal),
    };
    ExitCode::from(exit.0)
}
