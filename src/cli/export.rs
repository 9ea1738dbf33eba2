//! `atlas-sync export`: the verified snapshot as one file, to be embedded in a deployment.

#![expect(clippy::doc_markdown, reason = "doc comments here are the help text, as people type it")]

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;
use tempfile::Builder;

use super::duration::lasting;
use super::log::LogArgs;
use super::signing::TrustArgs;
use super::store::{StoreAccess, StoreSpec};
use crate::domain::key::Key;
use crate::domain::reason::Reason;
use crate::domain::verify::VerifiedSnapshot;
use crate::sync::files::{self, behind_links, directory_of};
use crate::sync::plan::Stored;
use crate::sync::run::SyncError;
use crate::sync::shown::escaped;
use crate::sync::signature::Trust;
use crate::sync::store::{Item, Json};

const MODE: u32 = 0o644;

/// Ten times what a store holds.
const MOST_BYTES: usize = 10_000_000;

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Where the snapshot is: vercel, or file:PATH, the state file that `atlas-sync dev` serves.
    #[arg(long, env = "ATLAS_STORE", value_name = "STORE", required_unless_present = "from")]
    pub store: Option<StoreSpec>,
    #[command(flatten)]
    pub access: StoreAccess,
    /// Take the snapshot from an exported JSON file in place of a store.
    #[arg(long, env = "ATLAS_EXPORT_FROM", value_name = "FILE")]
    pub from: Option<PathBuf>,
    /// The file to write, whole or not at all; standard output by default.
    #[arg(long, env = "ATLAS_EXPORT_OUT", value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// json, or a module that exports a function, which parses the snapshot at its first call. By default the name of the file decides: a module for .js, .mjs, .cjs, .ts, .mts and .cts, otherwise json.
    #[arg(long, env = "ATLAS_EXPORT_FORMAT", value_name = "FORMAT")]
    pub format: Option<ExportFormat>,
    #[command(flatten)]
    pub trust: TrustArgs,
    /// How long the command may take in total, such as 60s.
    #[arg(long, env = "ATLAS_DEADLINE", value_name = "DURATION", default_value = "60s", value_parser = lasting)]
    pub deadline: Duration,
    /// With --out: write one JSON object about the export to standard output, for machines.
    #[arg(long, env = "ATLAS_JSON")]
    pub json: bool,
    #[command(flatten)]
    pub log: LogArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    Json,
    /// JavaScript, or TypeScript with .ts, .mts or .cts; CommonJS with .cjs or .cts, otherwise an ES module.
    Module,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    pub out: Option<String>,
    pub version: u64,
    pub checksum: String,
    pub checked_at: String,
    pub signed_by: Vec<String>,
    /// The size of what was written.
    pub bytes: usize,
    #[serde(skip)]
    pub text: String,
}

impl Display for Exported {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = escaped(self.out.as_deref().unwrap_or("standard output"));
        writeln!(out, "exported version {} to {place}, {} bytes", self.version, self.bytes)
    }
}

impl ExportArgs {
    /// The module to write; `None` for JSON.
    fn module(&self) -> Option<Module> {
        let named = match self.out.as_ref().and_then(|path| path.extension()?.to_str()) {
            Some("js" | "mjs") => Some(JAVASCRIPT),
            Some("cjs") => Some(COMMONJS),
            Some("ts" | "mts") => Some(TYPESCRIPT),
            Some("cts") => Some(COMMONJS_TYPESCRIPT),
            _ => None,
        };
        match self.format {
            Some(ExportFormat::Json) => None,
            Some(ExportFormat::Module) => named.or(Some(JAVASCRIPT)),
            None => named,
        }
    }
}

/// What comes before and after the JSON text, which is a string literal in a module.
type Module = [&'static str; 2];

const JAVASCRIPT: Module = [
    "// Written by `atlas-sync export`.\nconst text = ",
    ";\nlet parsed;\nexport default () => (parsed ??= JSON.parse(text));\n",
];

const COMMONJS: Module = [JAVASCRIPT[0], ";\nlet parsed;\nmodule.exports = () => (parsed ??= JSON.parse(text));\n"];

const TYPESCRIPT: Module = [
    "// Written by `atlas-sync export`.\nconst text: string = ",
    ";\nlet parsed: Record<string, unknown> | undefined;\nexport default (): Record<string, unknown> =>\n  (parsed ??= \
     JSON.parse(text) as Record<string, unknown>);\n",
];

const COMMONJS_TYPESCRIPT: Module = [
    TYPESCRIPT[0],
    ";\nlet parsed: Record<string, unknown> | undefined;\nexport = (): Record<string, unknown> =>\n  (parsed ??= \
     JSON.parse(text) as Record<string, unknown>);\n",
];

/// The items of a file that was exported before.
pub fn items_of(path: &Path) -> Result<Vec<Item>, SyncError> {
    let wrong =
        |found: String| SyncError::Usage(format!("expected {} to hold an exported snapshot: {found}", path.display()));
    let text = files::read_text(path, MOST_BYTES).map_err(|error| wrong(error.to_string()))?;
    let items: BTreeMap<String, Json> = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if !items.keys().any(|key| Key::from_stored(key).is_some()) {
        return Err(wrong("it has none of Atlas's keys, such as atlas_v1_manifest".to_owned()));
    }
    Ok(items.into_iter().map(|(key, value)| Item { key, value }).collect())
}

pub fn export(args: &ExportArgs, items: Vec<Item>, trust: Option<&Trust>) -> Result<Exported, SyncError> {
    let own: Vec<_> = items.into_iter().filter(|item| Key::from_stored(&item.key).is_some()).collect();
    let stored = Stored::of(own.clone());
    let Some(manifest) = stored.snapshot.as_ref().map(VerifiedSnapshot::manifest) else {
        return Err(SyncError::Unverified(stored.verdicts));
    };
    let signed = stored.signed();
    let signed_by = match (trust, &signed) {
        (Some(trust), Some(signed)) => trust.check(signed).map_err(|message| SyncError::NotServed {
            reason: Reason::SignatureInvalid,
            message,
            verdicts: stored.verdicts.clone(),
        })?,
        _ => Vec::new(),
    };
    let text = written(args.module(), &json(own));
    if let Some(path) = &args.out {
        write(path, &text).map_err(|error| {
            SyncError::Usage(format!("the snapshot could not be written to {}: {error}", path.display()))
        })?;
    }
    Ok(Exported {
        out: args.out.as_ref().map(|path| path.display().to_string()),
        version: manifest.version(),
        checksum: manifest.checksum().to_string(),
        checked_at: manifest.checked_at().to_string(),
        signed_by,
        bytes: text.len(),
        text,
    })
}

/// One object, from stored key to value.
fn json(items: Vec<Item>) -> String {
    let members = items.into_iter().map(|item| format!("{}:{}", Value::String(item.key), item.value.text()));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

fn written(module: Option<Module>, json: &str) -> String {
    match module {
        None => format!("{json}\n"),
        Some([before, after]) => format!("{before}{}{after}", literal(json)),
    }
}

/// A JavaScript string, which may stand in a page's script too: without `<`, and without the two line ends that JSON allows
/// in a string.
fn literal(text: &str) -> String {
    let literal = Value::String(text.to_owned()).to_string();
    literal.replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// Writes a file whole or not at all. One behind a link is made or replaced, and the link stays. What is no file, such as a
/// pipe or `/dev/stdout`, cannot be replaced, and is written to.
fn write(path: &Path, text: &str) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => File::options().write(true).open(path)?.write_all(text.as_bytes()),
        _ => replace(&behind_links(path), text),
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let directory = directory_of(path);
    if !directory.is_dir() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("there is no directory {}", directory.display())));
    }
    let made = Builder::new().permissions(Permissions::from_mode(MODE)).tempfile_in(directory);
    // Its own error names the temporary file.
    let mut file = made.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_can_stand_in_a_page() {
        let hostile = "{\"a\":\"</script><!--\\\\ \u{2028}\u{2029} \\\"é\"}";
        let module = written(Some(JAVASCRIPT), hostile);
        for sign in ["<", "\u{2028}", "\u{2029}"] {
            assert!(!module.contains(sign), "{sign:?} in {module}");
        }
        let literal = module.lines().find_map(|line| line.strip_prefix("const text = ")?.strip_suffix(';')).unwrap();
        assert_eq!(serde_json::from_str::<String>(literal).unwrap(), hostile);
    }
}
