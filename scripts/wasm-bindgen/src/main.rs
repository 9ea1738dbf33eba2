//! Makes the glue of wasm-bindgen's `module` target, as the command `wasm-bindgen` does with the options below.
//!
//! Installing that command takes two minutes, since it brings an HTTP client and a server for tests in a browser; this
//! takes a quarter of the time.
//!
//!   atlas-wasm-bindgen WASM DIRECTORY NAME [--remove-name-section]

use std::env;
use std::error::Error;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (wasm, directory, name, without_names) = match arguments.as_slice() {
        [wasm, directory, name] => (wasm, directory, name, false),
        [wasm, directory, name, flag] if flag == "--remove-name-section" => (wasm, directory, name, true),
        _ => return Err("expected WASM DIRECTORY NAME [--remove-name-section]".into()),
    };
    Bindgen::new()
        .input_path(wasm)
        .out_name(name)
        .module(true)?
        .typescript(false)
        .omit_default_module_path(false)
        .reset_state_function(true)
        .remove_producers_section(true)
        .remove_name_section(without_names)
        .generate(directory)?;
    Ok(())
}
