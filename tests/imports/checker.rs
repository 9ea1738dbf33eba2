//! That the checker sees what it should: made-up sources, each with one fault or none.

use crate::forbidden;
use crate::graph::Graph;

fn graph(sources: &[(&str, &str)]) -> Graph {
    Graph::of(&sources.iter().map(|(file, source)| ((*file).to_owned(), (*source).to_owned())).collect())
}

fn circles(sources: &[(&str, &str)]) -> Vec<String> {
    graph(sources).circles()
}

const SYNC: (&str, &str) = ("sync/mod.rs", "mod a; mod b;");

#[test]
fn files_without_a_circle_are_well() {
    assert_eq!(circles(&[SYNC, ("sync/a.rs", "use super::b::B;"), ("sync/b.rs", "pub struct B;")]), [""; 0]);
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let expected = ["sync/a.rs → sync/b.rs → sync/a.rs"];
    for back in [
        "use super::a::A;",
        "use crate::sync::a::{A};",
        "use crate::sync::{a, c};\nfn f() { a::f() }",
        "use crate::sync::a as other;\nfn f() -> other::A { loop {} }",
        "fn f() { super::a::f() }",
        "fn f() { println!(\"{}\", [crate::sync::a::X][0]) }",
        "fn f() { use super::a::A; }",
        "impl super::a::A for B {}",
    ] {
        assert_eq!(circles(&[SYNC, ("sync/a.rs", "use super::b::B;"), ("sync/b.rs", back)]), expected, "{back}");
    }
}

#[test]
fn a_circle_of_three_is_told_with_its_way() {
    let c = ("sync/c.rs", "use super::a::A;");
    let files = [SYNC, ("sync/a.rs", "use super::b::B;"), ("sync/b.rs", "use super::c::C;"), c];
    assert_eq!(circles(&files), ["sync/a.rs → sync/b.rs → sync/c.rs → sync/a.rs"]);
}

#[test]
fn a_folder_may_pass_on_what_its_files_have() {
    let children = [("sync/a.rs", "use super::B;"), ("sync/b.rs", "use super::T; pub struct B;")];
    let folder = |source| circles(&[[("sync/mod.rs", source)].as_slice(), &children].concat());
    assert_eq!(folder("mod a; mod b; pub use b::B; pub trait T {}"), [""; 0]);
    // Here the trait is made of what the folder passes on, and that of the trait.
    assert_eq!(folder("mod a; mod b; pub use b::B; pub trait T { fn f() -> B; }").len(), 1);
    assert_eq!(folder("mod a; mod b; use b::B; pub trait T {}").len(), 1);
}

#[test]
fn what_tests_import_does_not_count() {
    for tests in ["#[cfg(test)]\nmod tests { use crate::sync::a::A; }", "#[cfg(test)]\nuse super::a::A;"] {
        assert_eq!(circles(&[SYNC, ("sync/a.rs", "use super::b::B;"), ("sync/b.rs", tests)]), [""; 0]);
    }
}

#[test]
fn an_arrow_back_is_found() {
    let arrows = |file, source| {
        let others = [("domain/mod.rs", ""), ("sync/mod.rs", ""), ("cli/mod.rs", ""), ("dev/mod.rs", "")];
        forbidden(&graph(&[others.as_slice(), &[("serve/mod.rs", ""), ("edge/mod.rs", ""), (file, source)]].concat()))
    };
    assert_eq!(arrows("sync/x.rs", "use crate::domain::A;"), [""; 0]);
    assert_eq!(arrows("cli/x.rs", "use crate::{dev::A, serve::B, sync::C};"), [""; 0]);
    assert_eq!(arrows("bin/x.rs", "fn main() { atlas::cli::main() }"), [""; 0]);
    assert_eq!(arrows("domain/x.rs", "use crate::sync::A;"), ["src/domain/x.rs imports src/sync/mod.rs"]);
    assert_eq!(arrows("sync/x.rs", "fn f() { crate::cli::f() }"), ["src/sync/x.rs imports src/cli/mod.rs"]);
    assert_eq!(arrows("serve/x.rs", "use crate::dev::A;"), ["src/serve/x.rs imports src/dev/mod.rs"]);
    assert_eq!(arrows("edge/x.rs", "use crate::sync::A;"), ["src/edge/x.rs imports src/sync/mod.rs"]);
    assert_eq!(arrows("bin/x.rs", "use atlas::sync::A;"), ["src/bin/x.rs imports src/sync/mod.rs"]);
}
