//! The options of the program. `benches/fleet/bench.mjs` explains them.

use std::path::PathBuf;

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The most isolates that are alive at once.
    pub isolates: usize,
    /// What all chance follows from.
    pub seed: u64,
    /// Whether a bound that is missed ends the run with 1.
    pub is_checked: bool,
    /// The folder to which the plots are written.
    pub plots: Option<PathBuf>,
}

impl Options {
    /// Reads arguments: `--isolates 100` or `--isolates=100`.
    ///
    /// # Errors
    ///
    /// If an option is unknown, or has no value or an invalid one: the error is one line.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { isolates: 100_000, seed: 1, is_checked: false, plots: None };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            if name == "--check" && value.is_none() {
                options.is_checked = true;
                continue;
            }
            if !["--isolates", "--seed", "--plots"].contains(&name) {
                return Err(format!("unknown option {argument}"));
            }
            let value = value.or_else(|| arguments.next()).ok_or_else(|| format!("{name} has no value"))?;
            match name {
                "--isolates" => options.isolates = whole_number(name, &value, 1)?,
                "--seed" => options.seed = whole_number(name, &value, 0)?,
                _ => options.plots = Some(value.into()),
            }
        }
        Ok(options)
    }
}

fn whole_number<N: TryFrom<u64>>(name: &str, value: &str, least: u64) -> Result<N, String> {
    let number = value.parse().ok().filter(|number| *number >= least);
    let invalid = || format!("{name}: expected a whole number of at least {least}, found {value}");
    number.and_then(|number| N::try_from(number).ok()).ok_or_else(invalid)
}
