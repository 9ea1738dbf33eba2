//! The local store alone: `cargo run --example local_store -- --state FILE [--listen 127.0.0.1:4600]`.

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use atlas::dev::{DevError, DevOptions, Reach, run};
    use clap::Parser;
    use std::net::SocketAddr;
    use std::path::PathBuf;

    /// Serves a state file as an Edge Config.
    #[derive(Parser)]
    struct Arguments {
        /// Where to listen; port 0 takes any free one.
        #[arg(long, default_value = "127.0.0.1:4600")]
        listen: SocketAddr,
        /// The state file; it need not be there yet.
        #[arg(long)]
        state: PathBuf,
    }

    #[tokio::main(flavor = "current_thread")]
    pub async fn main() -> Result<(), DevError> {
        let Arguments { listen, state } = Arguments::parse();
        run(DevOptions { listen, reach: Reach::LoopbackOnly, state }).await
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    match native::main() {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}
