//! A child process that answers one line of JSON with one line of JSON.
//!
//! In: a command, requests. Out: answers. Guarantee: an answer belongs to its question (ids are compared); a child that dies, hangs or says something else is
//! an error with the end of what it wrote to its standard error, and is not asked again; the child ends when the
//! worker is dropped, and, because its standard input closes, when the program ends in whatever way.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How many bytes of a child's complaints are kept for an error message.
const KEPT: usize = 4000;

/// A running child.
pub struct Worker {
    name: String,
    patience: Duration,
    line: Mutex<Line>,
    complaints: Arc<Mutex<String>>,
    /// Closed when it can complain no more.
    complained: Mutex<mpsc::Receiver<()>>,
}

/// The two ends of the conversation, held together so that questions do not mix.
struct Line {
    child: Child,
    questions: Option<ChildStdin>,
    answers: Receiver<std::io::Result<String>>,
    asked: u64,
}

impl Worker {
    /// Starts a child. `patience` is how long an answer may take; the first one includes the start.
    ///
    /// # Errors
    /// It does not start.
    pub fn spawn(name: &str, mut command: Command, patience: Duration) -> Result<Worker, String> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|problem| format!("cannot start {name}: {problem}"))?;
        let (Some(questions), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(format!("{} was started without its three streams", name));
        };
        let (send, answers) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let complaints = Arc::new(Mutex::new(String::new()));
        let kept = Arc::clone(&complaints);
        let (ended, complained) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            keep_the_end(BufReader::new(stderr), &kept);
            drop(ended);
        });
        let line = Mutex::new(Line {
            child,
            questions: Some(questions),
            answers,
            asked: 0,
        });
        Ok(Worker {
            name: name.to_owned(),
            patience,
            line,
            complaints,
            complained: Mutex::new(complained),
        })
    }

    /// Asks one question and waits for its answer. `request` is an object; its `id` is set here. An answer with
    /// `error` is an `Err`, like a failure of the child itself.
    ///
    /// # Errors
    /// The child says so, or does not answer.
    pub fn ask(&self, request: &Value) -> Result<Value, String> {
        let mut line = self
            .line
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let answer = line.ask(request, self.patience).map_err(|problem| {
            line.hang_up();
            // What it said last may still be on its way.
            if let Ok(complained) = self.complained.lock() {
                complained.recv_timeout(Duration::from_secs(1)).ok();
            }
            let complaints = self
                .complaints
                .lock()
                .map(|text| text.clone())
                .unwrap_or_default();
            format!("{}: {problem}\n{}", self.name, complaints.trim_end())
        })?;
        match answer.get("error") {
            Some(Value::String(problem)) => Err(problem.clone()),
            _ => Ok(answer),
        }
    }
}

impl Worker {
    /// Whether it does not answer any more: it ended, or its last answer was none.
    pub fn is_lost(&self) -> bool {
        let line = self.line.lock();
        let line = line.unwrap_or_else(|poisoned| poisoned.into_inner());
        line.questions.is_none()
    }
}

impl Line {
    fn ask(&mut self, request: &Value, patience: Duration) -> Result<Value, String> {
        let questions = self.questions.as_mut().ok_or("is not running any more")?;
        self.asked += 1;
        let mut request = request.clone();
        request
            .as_object_mut()
            .ok_or("a request is an object")?
            .insert("id".into(), json!(self.asked));
        writeln!(questions, "{request}")
            .map_err(|problem| format!("does not listen: {problem}"))?;
        questions
            .flush()
            .map_err(|problem| format!("does not listen: {problem}"))?;
        let text = match self.answers.recv_timeout(patience) {
            Ok(Ok(text)) => text,
            Ok(Err(problem)) => return Err(format!("answer cannot be read: {problem}")),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                return Err(format!(
                    "no answer within {} seconds to {request}",
                    patience.as_secs()
                ));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err("ended without an answer".into());
            }
        };
        let answer: Value = serde_json::from_str(&text)
            .map_err(|problem| format!("{problem} in the answer {text}"))?;
        match answer.get("id") == request.get("id") {
            true => Ok(answer),
            false => Err(format!("answered something else: {text}")),
        }
    }

    /// Lets the child end by itself, which lets it clean up, and ends it when it does not.
    fn hang_up(&mut self) {
        self.questions = None;
        let deadline = Instant::now() + Duration::from_secs(5);
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.hang_up();
    }
}

/// Reads a stream to its end and keeps its last few thousand bytes.
fn keep_the_end(stream: impl BufRead, kept: &Mutex<String>) {
    for line in stream.lines().map_while(Result::ok) {
        let Ok(mut text) = kept.lock() else { return };
        text.push_str(&line);
        text.push('\n');
        if text.len() > 2 * KEPT {
            let end = text.lines().rev().scan(0, |length, line| {
                *length += line.len() + 1;
                (*length <= KEPT).then_some(*length)
            });
            let start = text.len() - end.last().unwrap_or(0);
            text.drain(..start);
        }
    }
}
