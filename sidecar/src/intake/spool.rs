//! Takes in the spools of producers that died before all their events were acknowledged.

use super::Intake;
use rozet_observability::event::EventBatch;
use rozet_observability::reading::Spool;
use rustix::process::{Pid, test_kill_process};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the folder is looked at while the daemon runs.
const INTERVAL: Duration = Duration::from_secs(3);
/// Events handed over at a time.
const BATCH: usize = 500;
/// Longest line that is read, in bytes; a longer one is damage.
const MAX_LINE_BYTES: usize = 4 * 1024 * 1024;

/// Collects spool files of dead producers.
pub(crate) struct Collector {
    folder: PathBuf,
    intake: Intake,
}

impl Collector {
    pub(crate) const fn new(folder: PathBuf, intake: Intake) -> Self {
        Self { folder, intake }
    }

    /// Looks now and then, for ever.
    pub(crate) async fn run(&self) {
        loop {
            self.collect().await;
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Takes in what dead producers left; a file is deleted only after its events are stored.
    pub(crate) async fn collect(&self) {
        for path in self.orphans() {
            match self.take_in(&path).await {
                Ok(events) => {
                    tracing::info!(events, path = %path.display(), "took in the spool of a producer that ended");
                }
                Err(error) => {
                    tracing::warn!(%error, path = %path.display(), "a spool cannot be taken in yet");
                }
            }
        }
    }

    fn orphans(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.retain(|path| producer_of(path).and_then(pid_of).is_some_and(|pid| !is_alive(pid)));
        paths.sort();
        paths
    }

    async fn take_in(&self, path: &Path) -> Result<usize, String> {
        let producer = producer_of(path).ok_or("not a spool file")?.to_owned();
        let mut taken = 0;
        let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
        let mut lines = BufReader::new(file);
        loop {
            let events = next_events(&mut lines).map_err(|error| error.to_string())?;
            if events.is_empty() {
                break;
            }
            taken += events.len();
            let batch = EventBatch { producer: producer.clone(), events, coalesced: 0, dropped: 0 };
            let ack = self.intake.batch(batch).await.map_err(|error| error.to_string())?;
            for rejection in ack.rejected {
                tracing::warn!(
                    producer,
                    field = rejection.field,
                    message = rejection.message,
                    "a spooled event is damaged"
                );
            }
        }
        std::fs::remove_file(path).map_err(|error| error.to_string())?;
        Ok(taken)
    }
}

/// The next lines that are whole; a line cut off by a crash, the last one, is passed over.
fn next_events(lines: &mut impl BufRead) -> std::io::Result<Vec<Value>> {
    let mut events = Vec::new();
    let mut line = Vec::new();
    while events.len() < BATCH {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() > MAX_LINE_BYTES || line.last() != Some(&b'\n') {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(event) => events.push(event),
            Err(error) => tracing::warn!(%error, "a spooled line is no JSON"),
        }
    }
    Ok(events)
}

/// What waits in the folder, the fullest first; at most `most` of them. This process's own is cut late, and what is in it
/// is stored.
pub(crate) fn waiting(folder: &Path, most: usize) -> Vec<Spool> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let own = Pid::from_raw(std::process::id().try_into().unwrap_or_default());
    let mut spools: Vec<Spool> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let producer = producer_of(&entry.path()).filter(|producer| pid_of(producer) != own)?.to_owned();
            Some(Spool { producer, bytes: entry.metadata().ok()?.len() })
        })
        .filter(|spool| spool.bytes > 0)
        .collect();
    spools.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.producer.cmp(&other.producer)));
    spools.truncate(most);
    spools
}

/// The producer that a spool file is named after.
fn producer_of(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(".jsonl")
}

/// The process in `<source>.<pid>.<random>`.
fn pid_of(producer: &str) -> Option<Pid> {
    Pid::from_raw(producer.rsplit('.').nth(1)?.parse().ok().filter(|pid| *pid > 0)?)
}

fn is_alive(pid: Pid) -> bool {
    match test_kill_process(pid) {
        Ok(()) => true,
        // It lives, but is another user's.
        Err(error) => error == rustix::io::Errno::PERM,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_spool_leads_to_its_process() {
        let producer = producer_of(Path::new("/s/rozet-opencode.4711.a1b2c3d4.jsonl")).unwrap();
        assert_eq!(pid_of(producer), Pid::from_raw(4711));
        assert_eq!(producer_of(Path::new("/s/notes.txt")), None);
        for odd in ["nonsense", "a.b", "a.-1.c", "a.0.c", "a.99999999999.c"] {
            assert_eq!(pid_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn this_process_lives() {
        let own = i32::try_from(std::process::id()).unwrap();
        assert!(is_alive(Pid::from_raw(own).unwrap()));
        assert!(!is_alive(Pid::from_raw(i32::MAX).unwrap()));
    }

    #[test]
    fn a_line_cut_off_by_a_crash_is_passed_over() {
        let mut text: &[u8] = b"{\"seq\":1}\nnot json\n{\"seq\":2}\n{\"seq\":3,\"pay";
        let events = next_events(&mut text).unwrap();
        assert_eq!(events, [serde_json::json!({"seq": 1}), serde_json::json!({"seq": 2})]);
    }
}
