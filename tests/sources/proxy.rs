//! Proxies: what is on this machine is reached without one, what is elsewhere through the one that is named.

use std::net::Ipv4Addr;
use std::process::Output;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::task::JoinHandle;

use super::michael::Michael;
use super::rest::{KEY, RestApi};

/// A proxy that refuses the first connection to it, and what it was asked.
async fn proxy() -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let length = stream.read(&mut asked).await.unwrap();
        stream.write_all(b"HTTP/1.1 403 no\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&asked[..length]).into_owned()
    });
    (url, asked)
}

async fn atlas(proxy: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atlas-sync"));
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, proxy);
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    command.args(arguments).envs(environment.iter().copied()).output().await.unwrap()
}

#[tokio::test]
async fn nothing_on_this_machine_is_asked_for_through_a_proxy() {
    let michael = Michael::phase_1().await;
    let api = RestApi::start(&michael, 1000);
    let (proxy, asked) = proxy().await;
    let directory = tempfile::tempdir().unwrap();
    let store = format!("file:{}", directory.path().join("store.json").display());
    let plan = ["plan", "--json", "--source", "supabase", "--deadline", "3s"];
    for url in [api.url.clone(), api.url.replace("127.0.0.1", "localhost"), api.url.replace("127.0.0.1", "127.0.0.9")] {
        let environment = [("SUPABASE_URL", url.as_str()), ("SUPABASE_SERVICE_ROLE_KEY", KEY)];
        let output = atlas(&proxy, &[&plan[..], &["--store", &store]].concat(), &environment).await;
        // The API listens on 127.0.0.1 alone; nobody listens on the other one, and the proxy is not asked either.
        assert!(output.status.success() != url.contains("127.0.0.9"), "{url}: {output:?}");
    }
    // The store's API, where nobody listens.
    let environment =
        [("ATLAS_API_URL", "http://127.0.0.1:9"), ("ATLAS_EDGE_CONFIG_ID", "ecfg_x"), ("ATLAS_EDGE_CONFIG_TOKEN", "t")];
    let output = atlas(&proxy, &["status", "--json", "--store", "vercel", "--deadline", "1s"], &environment).await;
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    assert!(!asked.is_finished(), "the proxy was asked: {}", asked.await.unwrap());
    asked.abort();
}

#[tokio::test]
async fn what_is_elsewhere_is_asked_for_through_the_proxy() {
    let store = tempfile::tempdir().unwrap();
    let store = format!("file:{}", store.path().join("store.json").display());
    let supabase = [("SUPABASE_URL", "https://abcdefgh.supabase.co"), ("SUPABASE_SERVICE_ROLE_KEY", KEY)];
    let vercel = [
        ("ATLAS_API_URL", "https://api.vercel.com"),
        ("ATLAS_EDGE_CONFIG_ID", "ecfg_x"),
        ("ATLAS_EDGE_CONFIG_TOKEN", "t"),
    ];
    for (arguments, environment, place) in [
        (&["plan", "--source", "supabase", "--store", &store][..], &supabase[..], "CONNECT abcdefgh.supabase.co:443 "),
        (&["status", "--store", "vercel"][..], &vercel[..], "CONNECT api.vercel.com:443 "),
    ] {
        let (proxy, asked) = proxy().await;
        let output = atlas(&proxy, &[arguments, &["--json", "--deadline", "1s"]].concat(), environment).await;
        assert!(!output.status.success(), "{output:?}");
        let asked = asked.await.unwrap();
        assert!(asked.starts_with(place) && !asked.contains(KEY), "{asked}");
    }
}
