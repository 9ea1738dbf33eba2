//! Only this machine is answered: a web page whose name was pointed to 127.0.0.1 gets nothing and changes nothing.

use crate::support::{Answer, reader, send_to, writer};
use atlas::dev::DevServer;
use hyper::Method;
use std::net::SocketAddr;
use tempfile::TempDir;

fn start() -> (SocketAddr, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state.json");
    let listen = "127.0.0.1:0".parse().unwrap();
    let server = DevServer::bind(listen, state).unwrap();
    let address = server.address();
    tokio::spawn(server.serve(std::future::pending()));
    (address, directory)
}

const FAULTS: &str = r#"{"faults":[{"kind":"hang"}]}"#;

async fn switch(address: SocketAddr, host: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[writer()][..], headers].concat();
    send_to(address, host, Method::PUT, "/_atlas/faults", &headers, FAULTS).await.unwrap()
}

#[tokio::test]
async fn another_host_reads_writes_and_switches_nothing() {
    let (address, _directory) = start();
    for host in ["evil.test", "evil.test:4600", "localhost.evil.test", "10.0.0.1:4600", ""] {
        for path in ["/ecfg_local/items", "/v1/edge-config/ecfg_local", "/_atlas/stats", "/", "/nowhere"] {
            let answer = send_to(address, host, Method::GET, path, &[reader()], "").await.unwrap();
            assert_eq!(answer.status, 421, "{host} {path}: {}", answer.body);
        }
        assert_eq!(switch(address, host, &[]).await.error(), (421, "misdirected_request".to_owned()), "{host}");
    }
    // Had a switch worked, this would hang.
    let headers = [reader()];
    let asked = send_to(address, "localhost", Method::GET, "/ecfg_local/items", &headers, "");
    let answer = tokio::time::timeout(std::time::Duration::from_secs(20), asked).await.unwrap().unwrap();
    assert_eq!(answer.body, "{}");
}

/// Each method and path that `GET /` lists, and those of the page.
async fn routes(address: SocketAddr) -> Vec<(Method, String)> {
    let home = send_to(address, "localhost", Method::GET, "/", &[], "").await.unwrap().body;
    let mut routes = vec![(Method::GET, "/".to_owned()), (Method::GET, "/inspector".to_owned())];
    for line in home.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|word| word.starts_with('/')) else { continue };
        let methods = words[..at].iter().filter(|word| word.bytes().all(|byte| byte.is_ascii_uppercase()));
        routes.extend(methods.map(|method| (method.parse().unwrap(), words[at].trim_end_matches(';').to_owned())));
    }
    routes
}

#[tokio::test]
async fn no_route_at_all_answers_another_host() {
    let (address, _directory) = start();
    let routes = routes(address).await;
    assert!(routes.len() > 20, "{routes:?}");
    for (method, path) in &routes {
        for token in [reader(), writer()] {
            let answer = send_to(address, "evil.test", method.clone(), path, &[token], "").await.unwrap();
            assert_eq!(answer.status, 421, "{method} {path}: {}", answer.body);
            // The same with this machine's name does reach a handler: the list holds no path that is not there.
            let answer = send_to(address, "localhost", method.clone(), path, &[token], "").await.unwrap();
            assert!(answer.status != 405 && !answer.body.contains("\"not_found\""), "{method} {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn every_name_of_this_machine_is_answered() {
    let (address, _directory) = start();
    for host in ["localhost", "localhost:4600", "127.0.0.1", "127.8.8.8:1", "[::1]:4600"] {
        let answer = send_to(address, host, Method::GET, "/ecfg_local/items", &[reader()], "").await.unwrap();
        assert_eq!(answer.status, 200, "{host}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_page_of_another_origin_writes_nothing_and_one_of_this_machine_does() {
    let (address, _directory) = start();
    for origin in ["https://evil.test", "null", "http://localhost.evil.test:4600", "localhost"] {
        let answer = switch(address, "127.0.0.1", &[("origin", origin)]).await;
        assert_eq!(answer.error(), (403, "forbidden_origin".to_owned()), "{origin}");
    }
    for origin in ["http://127.0.0.1:4600", "http://localhost:5173", "http://[::1]:1"] {
        assert_eq!(switch(address, "127.0.0.1", &[("origin", origin)]).await.status, 200, "{origin}");
    }
}
