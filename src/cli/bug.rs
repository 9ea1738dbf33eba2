//! How a bug ends the process.

use std::panic;
use std::process;

/// Its exit code, as `--help` has it.
pub const BUG: u8 = 70;

/// Lets a panic, wherever it is, end the process with that code. A build that aborts would end it by a signal.
pub fn end_at_a_panic() {
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        print(panic);
        process::exit(BUG.into());
    }));
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    /// In a process of its own, which runs this test alone.
    #[test]
    fn a_bug_ends_with_the_code_that_the_help_names() {
        const INSIDE: &str = "ATLAS_TEST_PANICS";
        if env::var_os(INSIDE).is_some() {
            end_at_a_panic();
            let _ = std::thread::spawn(|| panic!("a bug")).join();
            return;
        }
        let name = "cli::bug::tests::a_bug_ends_with_the_code_that_the_help_names";
        let mut process = process::Command::new(env::current_exe().unwrap());
        let output = process.args(["--exact", name, "--nocapture"]).env(INSIDE, "1").output().unwrap();
        assert_eq!(output.status.code(), Some(70), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("a bug"), "{output:?}");
    }
}
