//! Starts the real binary in a home of its own, on free ports.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

pub(crate) mod link;
pub(crate) mod processes;
pub(crate) mod provider;

use rozet_observability::link::SidecarInfo;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for anything.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// What starts the daemon in the foreground, on free ports.
pub(crate) const UP: [&str; 6] = ["up", "--foreground", "--port", "0", "--dashboard-port", "0"];

/// A folder that stands for a person's machine.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// Sets a variable for every command in this home.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().join(relative)
    }

    /// A workspace inside of the home.
    pub(crate) fn workspace(&self) -> PathBuf {
        let path = self.path("workspace");
        std::fs::create_dir_all(&path).unwrap();
        path.canonicalize().unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rozet-sidecar"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.folder.path())
            .env("ROZET_HOME", self.path("rozet"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed, and returns what it printed.
    pub(crate) fn print(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    pub(crate) fn state(&self, file: &str) -> PathBuf {
        self.path("rozet/state").join(file)
    }

    /// Starts the daemon in the foreground of the test.
    pub(crate) fn start(&self) -> Sidecar {
        self.start_by(self.command(&UP))
    }

    /// Starts the daemon where bubblewrap is not to be found, so that commands are confined by Landlock.
    pub(crate) fn start_without_bwrap(&self) -> Sidecar {
        const HIDDEN: &str = "mount --bind /dev/null /usr/bin/bwrap && exec \"$0\" \"$@\"";
        if !Path::new("/usr/bin/bwrap").exists() {
            return self.start();
        }
        let mut command = Command::new("/usr/bin/unshare");
        command.args(["-rm", "/bin/sh", "-c", HIDDEN]);
        self.start_through(command)
    }

    /// Starts the daemon by a line of shell, which has the program and its arguments as `$0` and `$@`.
    pub(crate) fn start_by_shell(&self, line: &str) -> Sidecar {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", line]);
        self.start_through(command)
    }

    fn start_through(&self, mut command: Command) -> Sidecar {
        let plain = self.command(&UP);
        command.arg(plain.get_program()).args(plain.get_args());
        command.env_clear().stdin(Stdio::null()).current_dir(self.folder.path());
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.start_by(command)
    }

    /// Starts the daemon by a command of its own.
    pub(crate) fn start_by(&self, mut command: Command) -> Sidecar {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let info = wait_for("the sidecar to be up", || {
            let info: SidecarInfo =
                serde_json::from_slice(&std::fs::read(self.state("sidecar.json")).ok()?).ok()?;
            (info.pid == child.id()).then_some(info)
        });
        let token = std::fs::read_to_string(self.state("token")).unwrap().trim().to_owned();
        Sidecar { child, info, token, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }
}

/// A running daemon; killed when the test ends.
pub(crate) struct Sidecar {
    pub(crate) child: Child,
    pub(crate) info: SidecarInfo,
    pub(crate) token: String,
    pub(crate) http: reqwest::Client,
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Sidecar {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.info.url)
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.http.get(self.url(path)).send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap()
    }

    /// Posts with the token; returns status and body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let response =
            self.http.post(self.url(path)).bearer_auth(&self.token).json(body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    /// Sends events as a trusted producer of the plugin.
    pub(crate) async fn emit(&self, producer: &str, events: &[Value]) -> Value {
        let (status, ack) = self.post("/v1/events", &json!({"producer": producer, "events": events})).await;
        assert_eq!(status, 200, "{ack}");
        ack
    }

    /// Asks for a plan and waits until it is stored.
    pub(crate) async fn plan(&self, plan_id: &str, workspace: &Path, text: &str) -> Value {
        let request = json!({"plan_id": plan_id, "session_id": "s1", "directory": workspace, "text": text,
            "gate_reason": "a test"});
        let (status, answer) = self.post("/v1/plans", &request).await;
        assert_eq!((status, &answer["plan_id"]), (202, &json!(plan_id)), "{answer}");
        self.wait_for_plan(plan_id, |_| true).await
    }

    /// Waits until the plan is as wanted.
    pub(crate) async fn wait_for_plan(&self, plan_id: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + DEADLINE;
        let mut last = Value::Null;
        loop {
            let response = self.http.get(self.url(&format!("/v1/plans/{plan_id}"))).send().await.unwrap();
            if response.status().is_success() {
                last = response.json().await.unwrap();
                if wanted(&last) {
                    return last;
                }
            }
            assert!(Instant::now() < deadline, "the plan did not become as wanted: {last:#}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Waits until a task of the plan has this status.
    pub(crate) async fn wait_for_task(&self, plan_id: &str, index: usize, status: &str) -> Value {
        self.wait_for_plan(plan_id, |plan| plan["tasks"][index]["status"] == status).await["tasks"][index]
            .clone()
    }
}

/// An event of the plugin.
pub(crate) fn event(producer: &str, seq: u64, kind: &str, payload: impl Into<Value>) -> Value {
    json!({"event_id": format!("{producer}.{seq}"), "producer": producer, "seq": seq,
        "source_app": "rozet-opencode", "session_id": "s1", "hook_event_type": kind, "payload": payload.into(),
        "timestamp": 1_795_000_000_000_i64})
}

/// Waits until `look` finds something.
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
