//! Parses the arguments and the environment of the process. If something is wrong with them, it prints a message, with
//! `--json` as one JSON object, and gives the exit code.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::process::ExitCode;

use clap::builder::{BoolishValueParser, Resettable, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use serde_json::json;

use super::arguments::Cli;
use super::printing::exit_code;
use crate::sync::pasted::{is_quoted, tidy};
use crate::sync::signature::{PublicKey, is_pem};

const USAGE: u8 = 2;

const SWITCH: &str = "expected 1, true, yes or on, or 0, false, no or off";

/// The longest value that an error repeats, in characters. What is longer may be a secret that got into the wrong place.
const LONGEST_SHOWN: usize = 12;

/// The parsed command line; or, after the message or the help is printed, the exit code.
pub fn command_line() -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = env::args_os().map(without_hyphen).collect();
    let mut command = with_lenient_variables(Cli::command());
    let declared = Cli::command();
    let all = with_tidy_variables(named(&declared, &words), &words);
    let parsed = command.try_get_matches_from_mut(all).and_then(|matches| Cli::from_arg_matches(&matches));
    let parsed = parsed.and_then(|cli| quoted_variable(named(&declared, &words), &words).map_or(Ok(cli), Err));
    // As it was declared: an option whose variable is empty has none in `command`.
    parsed.map_err(|error| report(&declared, &words, &without_long_values(error)))
}

/// A key may begin with a hyphen, and `clap` would take it for an option. A line break in front is not part of a key.
fn without_hyphen(word: OsString) -> OsString {
    let is_key = |text: &str| text.starts_with('-') && (is_pem(text) || PublicKey::parse(text).is_ok());
    match word.to_str() {
        Some(text) if is_key(text) => format!("\n{text}").into(),
        _ => word,
    }
}

/// The same rules for the variable of every option: an empty one counts as not set, and so does one that switches off. A
/// switch takes 1, yes or on.
fn with_lenient_variables(command: Command) -> Command {
    let lenient = |arg: Arg| {
        let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
        let value = arg.get_env().and_then(env::var_os);
        let is_unset = value.is_some_and(|value| is_empty(&value) || is_switch && is_off(&value));
        let arg = if is_unset { arg.env(Resettable::Reset) } else { arg };
        if is_switch { arg.value_parser(|text: &str| switch(text.as_ref()).ok_or(SWITCH)) } else { arg }
    };
    command.mut_args(lenient).mut_subcommands(with_lenient_variables)
}

/// The words, and for each variable with something around its value the option without it. `clap` reads variables by
/// itself, and gives way to a word.
fn with_tidy_variables(command: &Command, words: &[OsString]) -> Vec<OsString> {
    let tidied = command.get_arguments().filter_map(|arg| {
        let long = arg.get_long().filter(|long| !is_given(words, long))?;
        let value = env::var(arg.get_env()?).ok()?;
        let tidied = Some(tidy(&value)).filter(|tidied| !tidied.is_empty() && *tidied != value)?;
        match arg.get_action() {
            ArgAction::SetTrue => (switch(tidied.as_ref()) == Some(true)).then(|| format!("--{long}").into()),
            _ => Some(OsString::from(format!("--{long}={tidied}"))),
        }
    });
    let options = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let (before, after) = words.split_at(options);
    before.iter().cloned().chain(tidied).chain(after.iter().cloned()).collect()
}

/// The error of a variable whose value is in quotes: a path, an id or a key would be taken with them, and what fails later
/// would not say so. `doctor` has findings for it, and goes on.
fn quoted_variable(command: &Command, words: &[OsString]) -> Option<clap::Error> {
    let is_quoted = |arg: &&Arg| {
        let value = arg.get_env().and_then(|name| env::var(name).ok());
        let is_used = arg.get_long().is_some_and(|long| !is_given(words, long));
        is_used && value.is_some_and(|value| is_quoted(&value))
    };
    let long = command.get_arguments().find(is_quoted).filter(|_| command.get_name() != "doctor")?.get_long()?;
    let message = format!("--{long}: expected a value without quotes around it\n");
    let mut error = clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command);
    error.insert(ContextKind::InvalidArg, ContextValue::String(format!("--{long}")));
    Some(error)
}

/// Whether an option is on the command line.
fn is_given(words: &[OsString], long: &str) -> bool {
    let given = |word: &OsString| {
        word.to_string_lossy().strip_prefix("--").is_some_and(|word| word.split('=').next() == Some(long))
    };
    words.iter().any(given)
}

fn is_empty(value: &OsStr) -> bool {
    tidy(&value.to_string_lossy()).is_empty()
}

/// Whether a switch is off. To `clap` a variable with any value is an option that was given, which other options may
/// exclude.
fn is_off(value: &OsStr) -> bool {
    switch(value) == Some(false)
}

fn switch(value: &OsStr) -> Option<bool> {
    let value = value.to_str().map(tidy)?;
    BoolishValueParser::new().parse_ref(&Command::default(), None, value.as_ref()).ok()
}

/// The error without what somebody wrote, where that is long. The name of an option is shown.
fn without_long_values(mut error: clap::Error) -> clap::Error {
    for kind in [ContextKind::InvalidValue, ContextKind::InvalidArg, ContextKind::InvalidSubcommand] {
        let Some(ContextValue::String(text)) = error.get(kind) else { continue };
        let is_option = kind == ContextKind::InvalidArg && text.starts_with('-');
        if !is_option && text.chars().count() > LONGEST_SHOWN {
            error.insert(kind, ContextValue::String("…".to_owned()));
        }
    }
    error
}

fn report(command: &Command, words: &[OsString], error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return exit_code(error.print());
    }
    let command = named(command, words);
    let note = match error.kind() {
        ErrorKind::ArgumentConflict => clashing_variables(command, words, error),
        _ => invalid_variable(command, words, error).or_else(|| missing_variables(command, error)),
    };
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

/// The command that is named: another one may have an option of the same name with another variable, or with none.
fn named<'a>(command: &'a Command, words: &[OsString]) -> &'a Command {
    words.iter().skip(1).fold(command, |command, word| command.find_subcommand(word).unwrap_or(command))
}

/// Which variable an invalid value came from.
fn invalid_variable(command: &Command, words: &[OsString], error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(shown)) = error.get(ContextKind::InvalidArg) else { return None };
    let name = variable_of(command, words, shown)?;
    Some(format!("the value comes from the environment variable {name}{}", quotes_of(&name)))
}

/// Which variables set those of the options that exclude each other that nobody typed.
fn clashing_variables(command: &Command, words: &[OsString], error: &clap::Error) -> Option<String> {
    let mut notes = Vec::new();
    for kind in [ContextKind::InvalidArg, ContextKind::PriorArg] {
        let Some(ContextValue::String(shown)) = error.get(kind) else { continue };
        let option = shown.split(' ').next().unwrap_or_default();
        notes.extend(variable_of(command, words, shown).map(|name| format!("{option} comes from {name}")));
    }
    (!notes.is_empty()).then(|| format!("{} in the environment", notes.join(", and ")))
}

/// The variable that an option was set by, if the option is not on the command line.
fn variable_of(command: &Command, words: &[OsString], shown: &str) -> Option<String> {
    let long = shown.strip_prefix("--")?.split([' ', '=', '[']).next()?;
    if is_given(words, long) {
        return None;
    }
    let name = variable_named(command, long)?;
    env::var_os(&name).map(|_| name)
}

/// What to say of a variable whose value is in quotes: the error may not show it.
fn quotes_of(name: &str) -> &'static str {
    if env::var(name).is_ok_and(|value| is_quoted(&value)) { ", and is in quotes: remove them" } else { "" }
}

/// Which variables can be set in place of the options that are missing: nothing of the command line says it.
fn missing_variables(command: &Command, error: &clap::Error) -> Option<String> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return None };
    let long = |shown: &String| Some(shown.strip_prefix("--")?.split(' ').next()?.to_owned());
    let names: Option<Vec<_>> = missing.iter().map(|shown| variable_named(command, &long(shown)?)).collect();
    names.map(|names| format!("set {} in the environment", names.join(" and ")))
}

/// The variable of an option.
fn variable_named(command: &Command, long: &str) -> Option<String> {
    let name = command.get_arguments().filter(|arg| arg.get_long() == Some(long)).find_map(Arg::get_env)?;
    Some(name.to_string_lossy().into_owned())
}

/// Whether JSON was asked for, as far as an invalid command line shows it.
fn wants_json(words: &[OsString]) -> bool {
    let on = |value: String| ["1", "true", "yes", "y", "t", "on"].contains(&tidy(&value).to_ascii_lowercase().as_str());
    words.iter().any(|word| word == "--json") || env::var("ATLAS_JSON").is_ok_and(on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sync::signature::KEPT_BACK;

    #[test]
    fn a_variable_that_is_not_shown_is_kept_back_from_the_sign_command() {
        let command = Cli::command();
        let hidden =
            command.get_subcommands().flat_map(Command::get_arguments).filter(|arg| arg.is_hide_env_values_set());
        let names: Vec<_> = hidden.filter_map(Arg::get_env).map(|name| name.to_string_lossy()).collect();
        assert!(names.len() > 4, "{names:?}");
        for name in names {
            assert!(KEPT_BACK.contains(&&*name), "{name}");
        }
    }
}
