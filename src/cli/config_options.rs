//! `--config` and `--no-config`: which configuration a command goes by.

use std::path::{Path, PathBuf};

use clap::Args;

use trailgate::config::{self, Config};
use trailgate::diagnostic::{Code, Diagnostic, SourceMap, Span};
use trailgate::rule::{SetList, Settings};

use super::Exit;
use super::terminal::Terminal;

/// Which configuration is read.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ConfigOptions {
    /// Read this configuration [default: trailgate.yaml in the working directory or
    /// the nearest one above it]
    #[arg(long, value_name = "PATH", help_heading = "Configuration")]
    config: Option<PathBuf>,

    /// Read no configuration
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    no_config: bool,
}

/// A configuration and the texts that its spans point into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configuration {
    pub(crate) config: Config,
    pub(crate) sources: SourceMap,
}

impl ConfigOptions {
    /// Finds and reads it; without one nothing is set.
    ///
    /// # Errors
    /// What the command ends with where there are mistakes in it, all of which are
    /// said here.
    pub(crate) fn load(&self, terminal: &mut Terminal) -> Result<Configuration, Exit> {
        let mut configuration = Configuration::default();
        match self.read(&mut configuration) {
            problems if problems.iter().any(Diagnostic::is_error) => {
                terminal.diagnostics(&problems, &configuration.sources);
                Err(Exit::USAGE)
            }
            remarks => {
                terminal.diagnostics(&remarks, &configuration.sources);
                Ok(configuration)
            }
        }
    }

    fn read(&self, configuration: &mut Configuration) -> Vec<Diagnostic> {
        if self.no_config {
            return Vec::new();
        }
        let working = std::env::current_dir().unwrap_or_default();
        let found = match &self.config {
            Some(path) => Ok(Some(path.clone())),
            None => config::find(&working),
        };
        match found {
            Ok(None) => Vec::new(),
            Err(problem) => vec![*problem],
            Ok(Some(path)) => {
                let mut problems = Vec::new();
                let sources = &mut configuration.sources;
                configuration.config = config::load(&path, &working, sources, &mut problems);
                problems
            }
        }
    }
}

impl Configuration {
    /// What it sets for rules, before what options set.
    pub(crate) fn settings(&self, options: impl IntoIterator<Item = SetList>) -> Settings {
        let own = self.config.lists.iter().cloned();
        Settings {
            sources: self.sources.clone(),
            lists: own.chain(options).collect(),
            ..Settings::default()
        }
    }

    /// Rules files and directories that it names.
    pub(crate) fn rules_paths(&self) -> impl Iterator<Item = PathBuf> {
        self.config.rules.iter().map(|path| path.value.clone())
    }

    /// The paths that were given, or else those that it names.
    ///
    /// # Errors
    /// What the command ends with where there are none, which is said here.
    pub(crate) fn paths_or(
        &self,
        given: &[PathBuf],
        terminal: &mut Terminal,
    ) -> Result<Vec<PathBuf>, Exit> {
        let paths: Vec<PathBuf> = match given {
            [] => self.rules_paths().collect(),
            given => given.to_vec(),
        };
        if paths.is_empty() {
            let problem = Diagnostic::new(Code::Usage, "no rules file is named").help(
                "name files or directories, or write `rules:` in the configuration, trailgate.yaml",
            );
            terminal.diagnostics(&[problem], &self.sources);
            return Err(Exit::USAGE);
        }
        Ok(paths)
    }

    /// What it says of lists, for commands about rules as they are written.
    pub(crate) fn only_lists(&self) -> Configuration {
        Configuration {
            config: Config {
                file: self.config.file.clone(),
                lists: self.config.lists.clone(),
                ..Config::default()
            },
            sources: self.sources.clone(),
        }
    }

    /// Whether the embedded pack is used, unless an option says otherwise.
    pub(crate) fn default_rules(&self) -> bool {
        let said = self.config.default_rules.as_ref();
        said.is_none_or(|wanted| wanted.value)
    }

    /// Whether something is written in it.
    pub(crate) fn wrote(&self, span: Option<Span>) -> bool {
        let source = self.config.file.as_ref().map(|file| file.source);
        span.is_some() && span.map(|span| span.source) == source
    }

    /// Its path as a repository has it: below the working directory, or else below
    /// the repository that it is in.
    pub(crate) fn in_repository(&self) -> Option<String> {
        let file = self.config.file.as_ref()?;
        let working = std::env::current_dir().unwrap_or_default();
        let whole = working.join(&file.path).canonicalize().ok()?;
        let below = |folder: &Path| Some(whole.strip_prefix(folder).ok()?.to_owned());
        let repository = || {
            let mut above = whole.ancestors().skip(1);
            below(above.find(|folder| folder.join(".git").exists())?)
        };
        let working = working.canonicalize().unwrap_or(working);
        let path = below(&working).or_else(repository);
        Some(path.unwrap_or(whole).to_string_lossy().into_owned())
    }
}
