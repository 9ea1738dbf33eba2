//! Which file imports which: read from `use` items and from paths in the code, and followed through re-exports to the
//! file that has the item.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree, Visibility};

type ModulePath = Vec<String>;

/// A file of `src/`, without its tests.
struct Module {
    file: String,
    path: ModulePath,
    /// Where a path that does not begin with `crate`, `self` or `super` may begin: the modules that it declares.
    children: BTreeSet<String>,
    /// What it brings in: the name, where it comes from, and whether it is passed on.
    uses: Vec<Import>,
    /// Every path in the code that has two segments or more, and every single name.
    paths: BTreeSet<Vec<String>>,
}

struct Import {
    name: String,
    path: Vec<String>,
    passed_on: bool,
}

/// Files, and the arrows from each to those that it imports.
pub struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    /// Reads sources, given by their paths below `src/`.
    pub fn of(sources: &BTreeMap<String, String>) -> Self {
        let modules: Vec<_> = sources.iter().filter_map(|(file, source)| Module::read(file, source)).collect();
        let by_path = modules.iter().filter(|module| !module.path.is_empty() || module.file == "lib.rs");
        let tree = Tree(by_path.map(|module| (module.path.clone(), module)).collect());
        Self(modules.iter().map(|module| (module.file.clone(), tree.imports(module))).collect())
    }

    /// Every arrow, from the file that imports to the one that is imported.
    pub fn arrows(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(from, to)| to.iter().map(move |to| (from.as_str(), to.as_str())))
    }

    /// The circles: for each arrow that is part of one, a shortest way back, each circle once.
    pub fn circles(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for (from, to) in self.arrows() {
            let Some(back) = self.way(to, from) else { continue };
            if seen.insert(back.iter().copied().collect::<BTreeSet<_>>()) {
                circles.push(format!("{from} → {}", back.join(" → ")));
            }
        }
        circles
    }

    /// A shortest way along the arrows, both ends included.
    fn way<'a>(&'a self, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
        let mut ways = std::collections::VecDeque::from([vec![from]]);
        let mut reached = BTreeSet::from([from]);
        while let Some(way) = ways.pop_front() {
            let last = *way.last()?;
            if last == to {
                return Some(way);
            }
            for next in self.0.get(last).into_iter().flatten().filter(|next| reached.insert(next)) {
                ways.push_back([way.as_slice(), &[next.as_str()]].concat());
            }
        }
        None
    }
}

impl Module {
    /// Reads a file; `None` for one that is only compiled for tests.
    fn read(file: &str, source: &str) -> Option<Self> {
        if file.ends_with("_tests.rs") {
            return None;
        }
        let parsed = syn::parse_file(source).unwrap_or_else(|error| panic!("src/{file}: {error}"));
        let mut module = Self {
            file: file.to_owned(),
            path: module_path(file),
            children: BTreeSet::new(),
            uses: Vec::new(),
            paths: BTreeSet::new(),
        };
        for item in parsed.items.iter().filter(|item| !is_test(item)) {
            match item {
                Item::Use(item) => {
                    let passed_on = !matches!(item.vis, Visibility::Inherited);
                    read_use(&item.tree, &[], passed_on, &mut module.uses);
                }
                Item::Mod(item) if item.content.is_none() => _ = module.children.insert(item.ident.to_string()),
                item => read_paths(item.to_token_stream(), &mut module.paths),
            }
        }
        Some(module)
    }

    /// A path as it is written here, from the root of the crate; `None` if it is none of this crate's.
    fn absolute(&self, path: &[String]) -> Option<ModulePath> {
        let supers = path.iter().take_while(|segment| *segment == "super").count();
        match path.first()?.as_str() {
            "crate" | "atlas" => Some(path[1..].to_vec()),
            "self" => Some([&self.path, &path[1..]].concat()),
            "super" => Some([&self.path[..self.path.len() - supers], &path[supers..]].concat()),
            child if self.children.contains(child) => Some([&self.path, path].concat()),
            name => {
                let import = self.uses.iter().find(|import| import.name == name)?;
                // A name that brings itself in would be followed for ever.
                let path = [&import.path, &path[1..]].concat();
                (import.path[0] != name).then(|| self.absolute(&path))?
            }
        }
    }
}

/// The modules of the crate by path.
struct Tree<'a>(BTreeMap<ModulePath, &'a Module>);

impl Tree<'_> {
    /// The files that a file imports.
    fn imports(&self, module: &Module) -> BTreeSet<String> {
        // What is only passed on is no import: who uses it does. A module is imported by using something of it.
        let named = |import: &&Import| !import.passed_on || module.paths.contains(&vec![import.name.clone()]);
        let uses = module.uses.iter().filter(named).map(|import| &import.path);
        let paths = module.paths.iter().filter(|path| path.len() > 1);
        let absolute = uses.chain(paths).filter_map(|path| module.absolute(path));
        let files = absolute.filter(|path| !self.0.contains_key(path)).filter_map(|path| self.file_of(&path));
        files.filter(|file| *file != module.file).collect()
    }

    /// The file that has the item at a path.
    fn file_of(&self, path: &[String]) -> Option<String> {
        let known = (0..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
        let module = self.0[&path[..known]];
        let passed_on = path.get(known).and_then(|name| {
            let import = module.uses.iter().find(|import| import.passed_on && import.name == *name)?;
            self.file_of(&module.absolute(&import.path)?)
        });
        passed_on.or_else(|| Some(module.file.clone()))
    }
}

fn module_path(file: &str) -> ModulePath {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    let outside = path == "lib" || path.starts_with("bin/");
    if outside { Vec::new() } else { path.split('/').map(str::to_owned).collect() }
}

fn is_test(item: &Item) -> bool {
    let attributes: &[Attribute] = match item {
        Item::Mod(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => &[],
    };
    attributes.iter().any(|attribute| attribute.to_token_stream().to_string().replace(' ', "") == "#[cfg(test)]")
}

fn read_use(tree: &UseTree, before: &[String], passed_on: bool, uses: &mut Vec<Import>) {
    let below = |name: &syn::Ident| [before, &[name.to_string()]].concat();
    let mut import = |name: String, path| uses.push(Import { name, path, passed_on });
    match tree {
        UseTree::Path(path) => read_use(&path.tree, &below(&path.ident), passed_on, uses),
        UseTree::Group(group) => group.items.iter().for_each(|tree| read_use(tree, before, passed_on, uses)),
        UseTree::Name(name) if name.ident == "self" => {
            import(before.last().cloned().unwrap_or_default(), before.into());
        }
        UseTree::Name(name) => import(name.ident.to_string(), below(&name.ident)),
        UseTree::Rename(name) if name.ident == "self" => import(name.rename.to_string(), before.into()),
        UseTree::Rename(name) => import(name.rename.to_string(), below(&name.ident)),
        UseTree::Glob(_) => import("*".to_owned(), [before, &["*".to_owned()]].concat()),
    }
}

/// Collects names and paths, those inside of macros too.
fn read_paths(tokens: TokenStream, paths: &mut BTreeSet<Vec<String>>) {
    let mut path: Vec<String> = Vec::new();
    let mut colons = 0;
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() && colons < 2 => colons += 1,
            TokenTree::Ident(ident) => {
                if colons != 2 {
                    paths.insert(std::mem::take(&mut path));
                }
                path.push(ident.to_string());
                paths.insert(vec![ident.to_string()]);
                colons = 0;
            }
            other => {
                paths.insert(std::mem::take(&mut path));
                colons = 0;
                if let TokenTree::Group(group) = other {
                    read_paths(group.stream(), paths);
                }
            }
        }
    }
    paths.insert(path);
}
