//! A platform's API on loopback, with the faults that real ones have.
//!
//! It listens on a port of its own, answers each question on a thread of its own, remembers what it was asked, and
//! stops when it is dropped.
//!
//! ```ignore
//! let server = Server::start(|asked| match asked.line.as_str() {
//!     "GET /user" => Answer::json(&json!({ "login": "bot" })),
//!     _ => Answer::not_found(),
//! });
//! let url = server.url("/user");
//! ```

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// The server's clock, unless an answer says otherwise.
pub(crate) const DATE: &str = "Sat, 21 Nov 2026 12:00:00 GMT";

/// One question.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET /repos/o/r/pulls?page=2`
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// How often the same line was asked before.
    pub(crate) before: usize,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The line without its query.
    pub(crate) fn path(&self) -> &str {
        self.line.split('?').next().unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What the server does with a question.
pub(crate) enum Answer {
    Whole {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// Takes the question and never says a word.
    Hang,
    /// Resets the connection.
    Reset,
    /// Announces more than it sends.
    Truncated,
    /// So many bytes, and no word of it before.
    Endless(usize),
    /// Sends one byte now and then.
    Drip,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self::of(200, body.to_string())
    }

    pub(crate) fn of(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Whole { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn refused(status: u16, message: &str) -> Self {
        Self::of(status, serde_json::json!({ "message": message }).to_string())
    }

    pub(crate) fn not_found() -> Self {
        Self::refused(404, "Not Found")
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Whole { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

struct State {
    asked: Mutex<Vec<Asked>>,
    stopping: AtomicBool,
    /// Bytes of endless bodies that the other side took.
    sent: AtomicUsize,
    answer: Box<dyn Fn(&Asked) -> Answer + Send + Sync>,
}

pub(crate) struct Server {
    address: SocketAddr,
    state: Arc<State>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            asked: Mutex::default(),
            stopping: AtomicBool::new(false),
            sent: AtomicUsize::new(0),
            answer: Box::new(answer),
        });
        let shared = Arc::clone(&state);
        let listening = std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming() {
                if shared.stopping.load(Ordering::SeqCst) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let shared = Arc::clone(&shared);
                open.push(std::thread::spawn(move || serve(stream, &shared)));
            }
            for thread in open {
                // A test that failed has said so; what its server thinks of it is no news.
                let _ = thread.join();
            }
        });
        Self { address, state, listening: Some(listening) }
    }

    /// Answers what the table holds, by line without the query; anything else is not found.
    pub(crate) fn table(table: &[(&str, Value)]) -> Self {
        let table: Vec<(String, Value)> =
            table.iter().map(|(line, body)| ((*line).to_owned(), body.clone())).collect();
        Self::start(move |asked| from_table(&table, asked))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.asked.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    pub(crate) fn sent(&self) -> usize {
        self.state.sent.load(Ordering::SeqCst)
    }
}

pub(crate) fn from_table(table: &[(String, Value)], asked: &Asked) -> Answer {
    let found = table.iter().find(|(line, _)| *line == asked.line || line == asked.path());
    found.map_or_else(Answer::not_found, |(_, body)| Answer::json(body))
}

impl Drop for Server {
    fn drop(&mut self) {
        self.state.stopping.store(true, Ordering::SeqCst);
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.listening.take() {
            let _ = thread.join();
        }
    }
}

/// The head of a question, left where it is: closing a connection over unread bytes resets it.
fn peek(stream: &TcpStream) -> Option<String> {
    let mut bytes = vec![0; 16 * 1024];
    for _ in 0..500 {
        let read = stream.peek(&mut bytes).ok()?;
        let text = String::from_utf8_lossy(&bytes[..read]);
        if read == 0 {
            return None;
        }
        if let Some((head, _)) = text.split_once("\r\n\r\n") {
            return Some(head.to_owned());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    None
}

fn serve(mut stream: TcpStream, state: &State) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let _ = stream.set_write_timeout(Some(Duration::from_secs(10)));
    let Some(head) = peek(&stream) else { return };
    let mut lines = head.lines();
    let line = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    let before = state.asked.lock().unwrap().iter().filter(|asked| asked.line == line).count();
    let mut asked = Asked { line, headers, body: String::new(), before };
    // What a body says is read before the answer is chosen; a reset needs the bytes unread, and has no body to choose by.
    if length > 0 {
        let mut whole = vec![0; head.len() + 4 + length];
        if stream.read_exact(&mut whole).is_err() {
            return;
        }
        asked.body = String::from_utf8_lossy(&whole[head.len() + 4..]).into_owned();
    }
    state.asked.lock().unwrap().push(asked.clone());
    let answer = (state.answer)(&asked);
    if length == 0 && !matches!(answer, Answer::Reset) {
        let mut whole = vec![0; head.len() + 4];
        let _ = stream.read_exact(&mut whole);
    }
    send(&mut stream, answer, state);
    if !matches!(stream.shutdown(Shutdown::Write), Ok(())) {
        return;
    }
    // The other side closes first, so that nothing of the answer is lost.
    let _ = stream.set_read_timeout(Some(Duration::from_millis(50)));
    let _ = stream.read(&mut [0; 64]);
}

fn send(stream: &mut TcpStream, answer: Answer, state: &State) {
    let stopped = || state.stopping.load(Ordering::SeqCst);
    let start = format!("HTTP/1.1 200 OK\r\nDate: {DATE}\r\nConnection: close\r\n");
    match answer {
        Answer::Whole { status, headers, body } => {
            let mut head = format!("HTTP/1.1 {status} Said\r\nConnection: close\r\n");
            if !headers.iter().any(|(name, _)| name == "date") {
                head.push_str(&format!("Date: {DATE}\r\n"));
            }
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
        }
        Answer::Hang => {
            while !stopped() {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        Answer::Reset => {}
        Answer::Truncated => {
            let _ =
                stream.write_all(format!("{start}Content-Length: 1000\r\n\r\n{{\"number\": 1").as_bytes());
        }
        Answer::Endless(bytes) => {
            let _ = stream.write_all(format!("{start}\r\n").as_bytes());
            let block = vec![b' '; 64 * 1024];
            let mut sent = 0;
            while sent < bytes && stream.write_all(&block).is_ok() {
                sent += block.len();
                state.sent.store(sent, Ordering::SeqCst);
            }
        }
        Answer::Drip => {
            let _ = stream.write_all(format!("{start}Content-Length: 100000\r\n\r\n").as_bytes());
            while !stopped() && stream.write_all(b" ").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }
}
