//! The program does what it is asked, or says why not.

use atlas_fleet::options::Options;

fn parsed(arguments: &str) -> Result<Options, String> {
    Options::parse(arguments.split_whitespace().map(str::to_owned))
}

#[test]
fn a_value_follows_its_option_or_an_equals_sign() {
    let all = Options { isolates: 100, seed: 0, is_checked: true, plots: Some("plots".into()) };
    assert_eq!(parsed("--isolates 100 --seed 0 --check --plots plots"), Ok(all.clone()));
    assert_eq!(parsed("--plots=plots --check --seed=0 --isolates=100"), Ok(all));
    let usual = Options { isolates: 100_000, seed: 1, is_checked: false, plots: None };
    assert_eq!(parsed(""), Ok(usual));
}

#[test]
fn what_is_unknown_is_refused() {
    for argument in ["--chekc", "--help", "--check=no", "-c", "fleet"] {
        assert_eq!(parsed(argument), Err(format!("unknown option {argument}")));
    }
}

#[test]
fn a_number_is_whole_and_in_its_range() {
    let refused = |value: &str| Err(format!("--isolates: expected a whole number of at least 1, found {value}"));
    for value in ["0", "-1", "1.5", "many", "99999999999999999999"] {
        assert_eq!(parsed(&format!("--isolates {value}")), refused(value));
    }
    assert_eq!(parsed("--seed"), Err("--seed has no value".to_owned()));
}
