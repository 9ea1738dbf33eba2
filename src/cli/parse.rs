//! From the words and the environment of the process to a parsed command line; or to the exit code and the message that
//! say what is wrong with them, as one JSON object where machines asked for it.

use std::env;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use serde_json::json;

use super::arguments::Cli;

const USAGE: u8 = 2;

/// Parses what the process was started with.
///
/// # Errors
///
/// The exit code, after what is wrong (or the help that was asked for) has been printed.
pub fn command_line() -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = env::args_os().collect();
    let mut command = without_empty_variables(Cli::command());
    let parsed = command.try_get_matches_from_mut(&words).and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| report(&command, &words, &error))
}

/// An empty variable counts as not set, for every option.
fn without_empty_variables(command: Command) -> Command {
    let unset = |arg: Arg| {
        let empty = arg.get_env().and_then(env::var_os).is_some_and(|value| value.to_string_lossy().trim().is_empty());
        if empty { arg.env(Resettable::Reset) } else { arg }
    };
    command.mut_args(unset).mut_subcommands(without_empty_variables)
}

fn report(command: &Command, words: &[OsString], error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let variable = variable_of(command, words, error);
    let note = variable.map(|name| format!("the value comes from the environment variable {name}"));
    if wants_json(words) {
        let text = error.to_string();
        let text = text.split("\n\nUsage:").next().unwrap_or(&text).trim().trim_start_matches("error: ");
        let text = text.split("\n\nFor more information").next().unwrap_or(text);
        let message = note.as_ref().map_or_else(|| text.to_owned(), |note| format!("{text}; {note}"));
        let object = json!({ "outcome": "failed", "error": { "code": "usage", "message": message } });
        let _ = writeln!(std::io::stdout(), "{object}");
    }
    let _ = error.print();
    if let Some(note) = note {
        let _ = writeln!(anstream::stderr(), "\nnote: {note}");
    }
    ExitCode::from(USAGE)
}

/// The variable that a wrong value came from, if it was not given on the command line.
fn variable_of(command: &Command, words: &[OsString], error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = shown.strip_prefix("--")?.split([' ', '=', '[']).next()?;
    let given = |word: &OsString| {
        word.to_string_lossy().strip_prefix("--").is_some_and(|word| word.split('=').next() == Some(long))
    };
    if words.iter().any(given) {
        return None;
    }
    let all = command.get_subcommands().flat_map(Command::get_arguments);
    let name = all.filter(|arg| arg.get_long() == Some(long)).find_map(Arg::get_env)?;
    env::var_os(name).map(|_| name.to_string_lossy().into_owned())
}

/// Whether one JSON object is wanted, as far as that can be told from a command line that is wrong.
fn wants_json(words: &[OsString]) -> bool {
    let on = |value: String| ["1", "true", "yes", "y", "t", "on"].contains(&value.trim().to_ascii_lowercase().as_str());
    words.iter().any(|word| word == "--json") || env::var("ATLAS_JSON").is_ok_and(on)
}
