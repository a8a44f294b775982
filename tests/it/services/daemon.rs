//! A server of the system's packages, on loopback and in a folder of its own, that ends with the test.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::sandbox::inherited;

#[expect(
    clippy::disallowed_types,
    reason = "servers outlive the call that starts them, unlike a sandbox's programs"
)]
type Command = std::process::Command;

/// Where a program is.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = inherited("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

pub(super) struct Daemon {
    child: Option<Child>,
    folder: tempfile::TempDir,
    ports: Vec<u16>,
}

impl Daemon {
    /// Starts a server; `prepare` gets its folder and as many free ports as are wanted, and gives its arguments. It is
    /// up when it takes connections on the first port.
    #[track_caller]
    pub(super) fn start<const N: usize>(
        program: &str,
        prepare: impl Fn(&Path, [u16; N]) -> Vec<String>,
    ) -> Self {
        let mut said = String::new();
        // Between finding a port free and taking it somebody else may have it.
        for _ in 0..3 {
            let folder = tempfile::Builder::new().prefix("deploy-guard-service-").tempdir().unwrap();
            let ports: [u16; N] = free_ports();
            let arguments = prepare(folder.path(), ports);
            let log = File::create(folder.path().join("log")).unwrap();
            let child = Command::new(find(program).unwrap())
                .args(arguments)
                .current_dir(folder.path())
                .env_clear()
                .env("PATH", inherited("PATH").unwrap_or_default())
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log)
                .spawn()
                .unwrap();
            let mut daemon = Self { child: Some(child), folder, ports: ports.to_vec() };
            if daemon.comes_up() {
                return daemon;
            }
            said = daemon.log();
        }
        panic!("{program} does not come up:\n{said}");
    }

    fn comes_up(&mut self) -> bool {
        for _ in 0..600 {
            if !matches!(self.child.as_mut().map(Child::try_wait), Some(Ok(None))) {
                return false;
            }
            if TcpStream::connect(("127.0.0.1", self.port(0))).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    pub(super) fn port(&self, place: usize) -> u16 {
        self.ports[place]
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port(0))
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Ends it as a crash would.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// One question over a bare connection, and all that comes.
    pub(super) fn bare(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port(0))).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The body of a good answer.
    #[track_caller]
    pub(super) fn good(&self, method: &str, path: &str, body: &str) -> String {
        let answer = self.bare(method, path, body);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {answer}");
        body.to_owned()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.kill();
    }
}

fn free_ports<const N: usize>() -> [u16; N] {
    // All are held until all are found, so that no two are the same.
    let held: Vec<TcpListener> = (0..N).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    std::array::from_fn(|place| held[place].local_addr().unwrap().port())
}
