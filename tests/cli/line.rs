//! The command line: what machines get when it is wrong, and what a terminal is spared.

use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Place, parsed, repository, stderr, until_open};

fn atlas_sync(words: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atlas-sync")).args(words).envs(variables.iter().copied()).output().unwrap()
}

#[test]
fn a_wrong_variable_is_named_and_machines_get_one_object() {
    let place = Place::new();
    for (name, bad) in [("ATLAS_ALLOW_SHRINK", "maybe"), ("ATLAS_HEARTBEAT", "soon"), ("ATLAS_LOG", "loud")] {
        let output = place.command("plan").arg("--json").env(name, bad).output().unwrap();
        let (code, report) = parsed(&output);
        assert_eq!((code, report["error"]["code"].as_str()), (2, Some("usage")), "{report}");
        assert!(report["error"]["message"].as_str().unwrap().contains(name), "{report}");
        assert!(stderr(&output).contains(name), "{}", stderr(&output));
    }
    let (code, report) = parsed(&atlas_sync(&["sync", "--json"], &[]));
    assert_eq!((code, report["outcome"].as_str()), (2, Some("failed")));
    assert!(report["error"]["message"].as_str().unwrap().contains("--store"), "{report}");
    let given = place.command("plan").args(["--heartbeat", "later"]).env("ATLAS_HEARTBEAT", "soon").output().unwrap();
    assert!(!stderr(&given).contains("environment variable"), "{}", stderr(&given));
}

/// What prints a file has no other form of it.
#[test]
fn every_command_has_json_but_those_that_the_readme_names() {
    let help = |words: &[&str]| String::from_utf8(atlas_sync(&[words, &["--help"]].concat(), &[]).stdout).unwrap();
    let all = help(&[]);
    let listed = all.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| !["keys", "help"].contains(name));
    let without: Vec<_> = names.filter(|name| !help(&[name]).contains("--json")).collect();
    let readme = std::fs::read_to_string(repository("README.md")).unwrap();
    let told = readme.split("has `--json` for machines").next().unwrap().rsplit("\n\n").next().unwrap();
    let told: Vec<_> = told.split('`').skip(1).step_by(2).collect();
    assert_eq!(told, without);
}

#[test]
fn the_help_of_serve_says_what_its_deadline_is_for() {
    let help = String::from_utf8(atlas_sync(&["serve", "--help"], &[]).stdout).unwrap();
    let words: Vec<_> = help.split("--deadline <DURATION>").nth(1).unwrap().split_whitespace().collect();
    assert!(words.join(" ").starts_with("How long the command, or each sync of serve, may take in total"), "{help}");
}

/// `docker run --env-file` keeps the quotes that a shell takes off, and a long value is not shown.
#[test]
fn a_variable_in_quotes_is_told() {
    let place = Place::new();
    for (command, name, value) in [
        ("plan", "ATLAS_SOURCE", "\"postgres://atlas_reader@localhost/michael\""),
        ("verify", "ATLAS_STORE", "'vercel'"),
        ("verify", "ATLAS_DEADLINE", "\"60s\""),
    ] {
        let others = [("ATLAS_SOURCE", "supabase"), ("ATLAS_STORE", "vercel")];
        let output = atlas_sync(&[command, "--json"], &[others[0], others[1], (name, value)]);
        let (code, report) = parsed(&output);
        let expected = format!("{name}, and is in quotes: remove them");
        assert_eq!(code, 2);
        assert!(report["error"]["message"].as_str().unwrap().ends_with(&expected), "{report}");
    }
    let bare = place.command("plan").env("ATLAS_DEADLINE", "soon").output().unwrap();
    assert!(!stderr(&bare).contains("quotes"), "{}", stderr(&bare));
}

/// A job is set up by its environment, so what is missing there is named as it is set there.
#[test]
fn a_missing_setting_is_named_by_its_variable() {
    for empty in [false, true] {
        let variables: &[_] = if empty { &[("ATLAS_SOURCE", ""), ("ATLAS_STORE", " ")] } else { &[] };
        let output = atlas_sync(&["sync", "--json"], variables);
        let (code, report) = parsed(&output);
        let expected = "set ATLAS_SOURCE and ATLAS_STORE in the environment";
        assert_eq!(code, 2);
        assert!(report["error"]["message"].as_str().unwrap().ends_with(expected), "{report}");
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
    }
    let half = atlas_sync(&["sync"], &[("ATLAS_SOURCE", "file:rows")]);
    assert!(stderr(&half).contains("note: set ATLAS_STORE in the environment"), "{}", stderr(&half));
    let word = atlas_sync(&["completions"], &[]);
    assert!(!stderr(&word).contains("note:"), "a word has no variable: {}", stderr(&word));
}

/// As a script has it whose variable is not set.
#[test]
fn a_backup_without_an_id_is_wrong_usage() {
    let place = Place::new();
    let output = place.command("restore").args(["--json", "--backup="]).output().unwrap();
    let (code, report) = parsed(&output);
    let message = report["error"]["message"].as_str().unwrap();
    assert_eq!((code, message.contains("a value is required for '--backup <ID>'")), (2, true), "{message}");
}

#[test]
fn the_help_of_a_source_names_every_form_that_is_taken() {
    for command in ["sync", "plan", "serve", "dev"] {
        let help = String::from_utf8(atlas_sync(&[command, "--help"], &[]).stdout).unwrap();
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for form in ["file:DIR", "postgres://…", "host=… dbname=…", "PG", "supabase"] {
            assert!(help.contains(form), "{command}: {form} in {help}");
        }
    }
}

#[test]
fn the_help_names_every_exit_code() {
    let help = String::from_utf8(atlas_sync(&["--help"], &[]).stdout).unwrap();
    for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "70", "75", "130"] {
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(code)), "{code}: {help}");
    }
}

#[test]
fn operators_get_their_files_whole_and_the_help_names_the_commands() {
    let text = |words: &[&str]| {
        let output = atlas_sync(words, &[]);
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{words:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let file = |name: &str| std::fs::read_to_string(repository("src/cli").join(name)).unwrap();
    let (help, completions) = (text(&["--help"]), text(&["completions", "bash"]));
    for (command, name) in [("alerts", "alerts.yaml"), ("dashboard", "dashboard.json")] {
        assert_eq!(text(&[command]), file(name), "{command}");
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(command)), "{command}: {help}");
        assert!(completions.contains(command), "{command}: {completions}");
    }
}

#[test]
fn each_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = atlas_sync(&["completions", shell], &[]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("restore"), "{shell}");
    }
    assert_eq!(atlas_sync(&["completions", "tcsh"], &[]).status.code(), Some(2));
}

#[test]
fn control_characters_in_a_row_reach_no_terminal() {
    let place = Place::new();
    place.edit("widget_templates", "classic-light", r"classic\u001b[31m\nunchanged\u202e");
    let output = place.command("plan").output().unwrap();
    // The log beside it is JSON here, for machines.
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(r"\u{1b}[31m\nunchanged\u{202e}"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
}

#[test]
fn a_linked_state_file_stays_a_link_and_keeps_its_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    let real = place.directory.path().join("real");
    std::fs::create_dir(&real).unwrap();
    symlink("real/state.json", place.store()).unwrap();
    assert_eq!(place.run("sync").0, 0);
    let target = real.join("state.json");
    std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
    place.edit("widget_templates", "FAQ Classic Light", "FAQ");
    assert_eq!(place.run("sync").0, 0);
    assert!(place.store().is_symlink());
    assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o7777, 0o640);
    assert_eq!(place.run("restore").1["version"], 3);
}

#[test]
fn rows_with_a_byte_order_mark_and_large_doubles_are_published() {
    let place = Place::new();
    place.edit("widget_schemas", "\"type\": \"object\"", "\"maximum\": 1e20, \"type\": \"object\"");
    let path = place.rows().join("plan_limits.json");
    std::fs::write(&path, format!("\u{feff}{}", std::fs::read_to_string(&path).unwrap())).unwrap();
    let (code, report) = place.run("sync");
    assert_eq!(code, 0, "{report}");
    assert!(std::fs::read_to_string(place.store()).unwrap().contains("100000000000000000000"));
    assert_eq!(place.run("verify").0, 0);
    place.edit("widget_schemas", "1e20", "9007199254740993");
    let (code, report) = place.run("sync");
    assert!(code == 4 || code == 5, "{report}");
    assert!(report["error"]["message"].as_str().unwrap().contains("9007199254740993"), "{report}");
}

#[test]
fn a_run_that_waits_for_the_lock_ends_at_its_deadline_and_writes_nothing_afterwards() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    let before = std::fs::read(place.store()).unwrap();
    place.edit("widget_templates", "FAQ Classic Light", "FAQ");
    let lock = std::fs::File::options().write(true).open(place.directory.path().join("store.json.lock")).unwrap();
    lock.lock().unwrap();
    // A run that waits for nothing: to start a process takes longer on a busy machine.
    let began = Instant::now();
    assert_eq!(place.run("plan").0, 0);
    let start = began.elapsed();
    let began = Instant::now();
    let output = place.command("sync").args(["--json", "--deadline", "1s"]).output().unwrap();
    let (took, deadline) = (began.elapsed(), Duration::from_secs(1));
    assert!(took >= deadline, "it did not wait for the lock: {took:?}");
    assert!(took < deadline + Duration::from_secs(2) + start, "it took {took:?}, and to start {start:?}");
    let (code, report) = parsed(&output);
    assert_eq!(code, 6, "{report}");
    drop(lock);
    // The process is gone, and nobody else writes here.
    assert_eq!(std::fs::read(place.store()).unwrap(), before);
}

#[test]
fn a_run_whose_schema_takes_for_ever_to_check_ends_at_its_deadline() {
    let place = Place::new();
    place.give_a_schema_that_takes_for_ever_to_check();
    let began = Instant::now();
    let (code, report) = parsed(&place.command("sync").args(["--json", "--deadline", "1s"]).output().unwrap());
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    assert_eq!((code, report["error"]["code"].as_str()), (5, Some("build_late")), "{report}");
    assert!(!place.store().exists());
}

#[test]
fn so_does_a_doctor_and_says_where_to_look() {
    let place = Place::new();
    place.give_a_schema_that_takes_for_ever_to_check();
    let began = Instant::now();
    let rows = format!("file:{}", place.rows().display());
    let output = place.command("doctor").args(["--json", "--deadline", "1s", "--source", &rows]).output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    let (code, diagnosis) = parsed(&output);
    let findings = diagnosis["findings"].as_array().unwrap();
    let message = findings.iter().find(|finding| finding["check"] == "rows").unwrap()["message"].as_str().unwrap();
    assert!(message.contains("(1 s) passed while the snapshot was built: look for a schema"), "{message}");
    assert_eq!((code, diagnosis["problems"].as_u64()), (1, Some(1)), "{diagnosis}");
}

#[test]
fn sighup_ends_a_run_with_130() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    place.edit("widget_templates", "FAQ Classic Light", "FAQ");
    let lock = std::fs::File::options().write(true).open(place.directory.path().join("store.json.lock")).unwrap();
    lock.lock().unwrap();
    let child = place.command("sync").arg("--json").stdout(std::process::Stdio::piped()).spawn().unwrap();
    // The handlers stand once the run waits for the first time, and it has read its rows before it opens the lock.
    until_open(child.id(), &place.directory.path().join("store.json.lock"));
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    assert_eq!((output.status.code(), parsed(&output).1["error"]["code"].as_str()), (Some(130), Some("interrupted")));
}

#[test]
fn a_file_of_more_rows_than_any_snapshot_holds_is_not_read_to_its_end() {
    let place = Place::new();
    let path = place.rows().join("plan_limits.json");
    let rows = std::fs::read_to_string(&path).unwrap();
    for (bytes, good) in [(15_000_000, true), (16_000_001, false)] {
        std::fs::write(&path, format!("{rows}{}", " ".repeat(bytes - rows.len()))).unwrap();
        let (code, report) = place.run("plan");
        assert_eq!(code, if good { 0 } else { 4 }, "{report}");
        let message = report["error"]["message"].as_str().unwrap_or_default();
        assert!(good || message.contains("plan_limits.json: expected at most 16 MB of rows"), "{message}");
    }
}

/// A device has no end, and neither has the memory that it would take.
#[test]
fn a_file_that_never_ends_is_told() {
    let limited = "ulimit -v 4000000; exec \"$@\"";
    let place = Place::new();
    let source = format!("file:{}", place.rows().display());
    let supabase =
        ["sync", "--source", "supabase", "--supabase-url", "https://127.0.0.1:1", "--supabase-service-role-key", "key"];
    for (code, words) in [
        (2, &["keys", "show", "/dev/zero"][..]),
        (2, &["verify", "--store", "file:store.json", "--public-key", "/dev/zero"]),
        (2, &["sync", "--source", &source, "--store", "file:store.json", "--signing-key", "/dev/zero"]),
        (2, &["export", "--from", "/dev/zero"]),
        (2, &[&supabase[..], &["--store", "file:store.json", "--source-ca-file", "/dev/zero"]].concat()),
        (6, &["verify", "--store", "file:/dev/zero"]),
    ] {
        let mut command = Command::new("sh");
        command.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_atlas-sync")]).args(words).current_dir(&place.directory);
        let output = command.output().unwrap();
        let says = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert_eq!((output.status.code(), says.contains("bytes, found more")), (Some(code), true), "{words:?}: {says}");
    }
}

/// Whoever reads a result from a file on a full disk must not take it for one.
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    let fails = |command: &mut Command| {
        let output = command.stdout(full()).output().unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(74), "{command:?}: {text}");
        assert!(text.contains("the result could not be written to standard output: No space left"), "{text}");
    };
    for name in ["status", "verify", "export", "plan"] {
        fails(&mut place.command(name));
        if name != "export" {
            fails(place.command(name).arg("--json"));
        }
    }
    let more = [&["alerts"][..], &["dashboard"], &["completions", "bash"], &["doctor", "--triggers"], &["keys", "new"]];
    for words in more.into_iter().chain([&["--help"][..]]) {
        fails(Command::new(env!("CARGO_BIN_EXE_atlas-sync")).args(words).env("ATLAS_LISTEN_CHANNEL", "atlas"));
    }
    // A failure of the command itself counts for more.
    let output = place.command("restore").stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(5), "{}", stderr(&output));
}

/// A secret gets into the wrong variable easily, or in front of an option that was forgotten.
#[test]
fn a_value_that_may_be_a_secret_is_not_repeated() {
    let secrets = [
        "https://edge-config.example/ecfg_1?token=s3cr3t-of-the-store",
        "postgress://u:s3cr3t-of-michael@h/d",
        "s3cr3t-of-an-api-token\n",
        "\"s3cr3t-of-an-api-token\\",
    ];
    let variables = [
        "ATLAS_SOURCE",
        "ATLAS_STORE",
        "ATLAS_API_NAME",
        "ATLAS_MAX_BYTES",
        "ATLAS_MIN_VERSION",
        "ATLAS_HEARTBEAT",
        "ATLAS_DEADLINE",
        "ATLAS_ON_BAD_ROW",
        "ATLAS_ALLOW_SHRINK",
        "ATLAS_LOG",
        "ATLAS_LOG_FORMAT",
    ];
    for secret in secrets {
        for name in variables {
            let places = [("ATLAS_SOURCE", "file:rows"), ("ATLAS_STORE", "file:store.json"), (name, secret)];
            let output = atlas_sync(&["plan", "--json"], &places);
            assert_eq!(output.status.code(), Some(2), "{name}: {output:?}");
            assert!(stderr(&output).contains(name) && !stderr(&output).contains("s3cr3t"), "{}", stderr(&output));
            let report = parsed(&output).1.to_string();
            assert!(report.contains(name) && !report.contains("s3cr3t"), "{report}");
        }
        for (variable, value) in
            [("ATLAS_WRITE_QUOTA", secret), ("ATLAS_LISTEN_CHANNEL", &secret.repeat(3)), ("ATLAS_LISTEN", secret)]
        {
            let output = atlas_sync(&["serve", "--json"], &[(variable, value)]);
            assert!(stderr(&output).contains(variable) && !stderr(&output).contains("s3cr3t"), "{}", stderr(&output));
        }
        for words in [&["plan", "--json", secret][..], &[secret], &["plan", "--store", secret]] {
            let output = atlas_sync(words, &[]);
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            assert!(!format!("{output:?}").contains("s3cr3t"), "{output:?}");
        }
    }
    // What is too short to be one helps to find the place.
    assert!(stderr(&atlas_sync(&["plan", "--store", "vercell"], &[])).contains("'vercell'"));
}

/// As on a full disk, the state stays, and nothing half written is left.
#[test]
fn a_file_that_may_not_grow_is_an_error_of_the_store() {
    let place = Place::new();
    place.run("sync");
    let before = std::fs::read(place.store()).unwrap();
    place.edit("widget_templates", "\"name\": \"", "\"name\": \"changed ");
    let (sync, mut limited) = (place.command("sync"), Command::new("sh"));
    limited.args(["-c", "ulimit -f 4; exec \"$0\" \"$@\""]).arg(sync.get_program()).args(sync.get_args());
    let output = limited.output().unwrap();
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("File too large"), "{output:?}");
    assert_eq!(std::fs::read(place.store()).unwrap(), before);
    assert!(!place.directory.path().join("store.json.tmp").exists());
}

/// The disk is full, or the program that collects the log has ended.
#[test]
fn a_log_that_cannot_be_written_stops_no_run() {
    let full = || std::process::Stdio::from(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let unread = || std::process::Stdio::from(std::io::pipe().unwrap().1);
    for log in [full, unread] {
        for format in ["json", "text"] {
            let place = Place::new();
            let mut command = place.command("sync");
            command.args(["--log", "debug", "--log-format", format]).stderr(log());
            assert_eq!(command.output().unwrap().status.code(), Some(0), "{format}");
            assert_eq!(place.items()["atlas_v1_rev_1"], serde_json::json!({ "version": 1 }));
            place.edit("widget_templates", "CARD", "SPIRAL");
            assert_eq!(command.stderr(log()).output().unwrap().status.code(), Some(5), "{format}");
        }
    }
}

#[test]
fn a_name_of_a_limit_in_neither_spelling_is_told() {
    for (name, published) in
        [("MaxWidgets", "MaxWidgets"), ("max-widgets", "max-widgets"), ("MAX_WIDGETS", "MAXWIDGETS")]
    {
        let place = Place::new();
        place.edit("plan_limits", "max_widgets", name);
        let (code, report) = place.run("sync");
        let says = format!("found {name:?}; it is published as {published:?}");
        let warnings = report["warnings"].as_array().unwrap();
        assert!(code == 0 && warnings.iter().any(|text| text.as_str().unwrap().contains(&says)), "{report}");
    }
    assert!(!Place::new().run("sync").1["warnings"].to_string().contains("snake_case"));
}

#[test]
fn of_many_bad_rows_the_first_are_logged_and_shown() {
    let place = Place::new();
    let path = place.rows().join("widget_templates.json");
    let mut rows: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    rows.extend((0..1_000).map(|number| serde_json::json!({ "template_id": number.to_string() })));
    std::fs::write(&path, serde_json::to_vec(&rows).unwrap()).unwrap();
    let output = place.command("sync").args(["--json", "--on-bad-row", "quarantine"]).output().unwrap();
    let (code, report) = parsed(&output);
    assert_eq!((code, report["quarantined"].as_array().unwrap().len()), (0, 1_000));
    let log = stderr(&output);
    assert_eq!(log.matches("a record was left out").count(), 20, "{log}");
    assert!(log.contains("\"quarantined\":980"), "{log}");
    let output = place.command("plan").args(["--log", "off", "--on-bad-row", "quarantine"]).output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown.matches("left out ").count(), 20, "{shown}");
    assert!(shown.contains("  … and 980 more\n"), "{shown}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    let ends_well = |command: &mut Command| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = command.stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{command:?}");
    };
    for words in [&["alerts"][..], &["dashboard"], &["completions", "bash"], &["--help"]] {
        ends_well(Command::new(env!("CARGO_BIN_EXE_atlas-sync")).args(words));
    }
    ends_well(&mut place.command("export"));
}

/// Above the highest version nothing could ever be published again.
#[test]
fn a_floor_leaves_room_for_the_versions_after_it() {
    let place = Place::new();
    for high in ["9000000000000001", "9007199254740991", "9007199254740992", "18446744073709551616"] {
        let (code, report) = parsed(&place.command("sync").args(["--json", "--min-version", high]).output().unwrap());
        let message = report["error"]["message"].as_str().unwrap();
        assert_eq!((code, report["error"]["code"].as_str()), (2, Some("usage")), "{report}");
        assert!(message.contains("--min-version"), "{message}");
    }
    let good = place.command("sync").args(["--json", "--min-version", "9000000000000000"]).output().unwrap();
    assert_eq!(parsed(&good).1["version"], 9_000_000_000_000_000_u64);
    place.edit("widget_templates", "FAQ Classic Light", "FAQ");
    assert_eq!(place.run("sync").1["version"], 9_000_000_000_000_001_u64);
}

/// As `nohup` starts it; the kernel says so on Linux.
#[test]
#[cfg(target_os = "linux")]
fn sighup_ends_no_run_that_was_started_to_outlive_its_terminal() {
    let place = Place::new();
    assert_eq!(place.run("sync").0, 0);
    place.edit("widget_templates", "FAQ Classic Light", "FAQ");
    let path = place.directory.path().join("store.json.lock");
    let lock = std::fs::File::options().write(true).open(&path).unwrap();
    lock.lock().unwrap();
    let run = place.command("sync");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", r#"trap "" HUP; exec "$0" "$@""#]).arg(run.get_program()).args(run.get_args()).arg("--json");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until_open(child.id(), &path);
    assert!(Command::new("kill").args(["-HUP", &child.id().to_string()]).status().unwrap().success());
    drop(lock);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), &parsed(&output).1["outcome"]), (Some(0), &Value::from("published")));
}

/// In a container the program is process 1, which a signal does not end unless it is caught.
#[test]
fn a_signal_ends_a_command_that_waits_for_the_store_with_130() {
    for words in [&["verify"][..], &["status"], &["export"], &["doctor", "--json"]] {
        let store = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", store.local_addr().unwrap());
        let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
        command.args(words).args(["--store", "vercel", "--edge-config-id", "ecfg_1", "--api-url", &url]);
        command.env("ATLAS_EDGE_CONFIG_TOKEN", "token").stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // It has asked, and nobody answers.
        let _asked = store.accept().unwrap();
        let text = ended_by("-TERM", child);
        assert!(text.contains("interrupted; nothing was written"), "{words:?}: {text}");
    }
}

#[test]
fn a_signal_ends_a_command_that_waits_for_a_key() {
    for (name, option) in [("sync", "--signing-key"), ("verify", "--public-key"), ("doctor", "--signing-key")] {
        let place = Place::new();
        let pipe = place.directory.path().join("key.pem");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut command = place.command(name);
        let mut child = command.arg(option).arg(&pipe).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // It opens when the command reads from it, and nothing is written.
        let _open = std::fs::File::options().write(true).open(&pipe).unwrap();
        assert_eq!(code_after("-TERM", &mut child), None, "{name}");
    }
}

#[test]
fn a_signal_ends_the_first_sync_of_dev_with_130() {
    let place = Place::new();
    let lock = place.directory.path().join("dev.json.lock");
    let held = std::fs::File::options().write(true).create(true).truncate(true).open(&lock).unwrap();
    held.lock().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
    command.args(["dev", "--listen", "127.0.0.1:0", "--state"]).arg(place.directory.path().join("dev.json"));
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until_open(child.id(), &lock);
    let text = ended_by("-INT", child);
    assert!(text.contains("interrupted; either the previous snapshot or the new one stands"), "{text}");
}

#[test]
fn a_signal_ends_a_command_whose_output_nobody_reads() {
    let place = Place::new();
    let path = place.rows().join("widget_templates.json");
    let rows: Vec<Value> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let many = (0..1_000).map(|number| {
        let mut row = rows[0].clone();
        row["template_id"] = format!("template-{number:0100}").into();
        row
    });
    std::fs::write(&path, many.collect::<Value>().to_string()).unwrap();
    let mut child = place.command("sync").arg("--json").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    // The report is more than a pipe holds: once it has begun, the command waits for a reader.
    child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    assert_eq!(code_after("-TERM", &mut child), Some(130));
    assert_eq!(place.run("verify").0, 0);
}

/// How a process ends after this signal, within 5 s and though nobody reads what it writes.
fn code_after(signal: &str, child: &mut Child) -> Option<i32> {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > Duration::from_secs(5) {
            child.kill().unwrap();
            panic!("it goes on");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a process writes to standard error that this signal ends.
fn ended_by(signal: &str, child: Child) -> String {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "it took {:?}", began.elapsed());
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(130), "{text}");
    text
}

/// As of a program that keeps a pipe open and does not read it.
#[test]
fn a_log_that_nobody_reads_holds_up_no_command() {
    let place = Place::new();
    for (command, code) in [("verify", 8), ("sync", 0), ("plan", 0), ("status", 0), ("verify", 0)] {
        let (_unread, mut log) = std::io::pipe().unwrap();
        // As much as a pipe holds.
        log.write_all("x".repeat(65_536).as_bytes()).unwrap();
        let began = Instant::now();
        let mut child = place.command(command).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if began.elapsed() > Duration::from_secs(20) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        assert_eq!(status.code(), Some(code), "{command}");
    }
}
