//! A person's secrets, which a worker is after: in no message to the model, no event, no database, no log.

use crate::bench::{KEY, carried_out, files_with, home, proved_by};
use crate::model::{Answer, Model};
use rozet_observability::run::RunStatus;
use serde_json::json;

const SECRET: &str = "zebra-crossing-private-key";

#[tokio::test]
async fn keys_in_the_home_are_out_of_reach_in_every_sandbox() {
    for without_bwrap in [false, true] {
        let model = Model::start(|asked| match asked.step {
            0 => Answer::runs(
                "cat ~/.ssh/id_ed25519 ~/.aws/credentials ~/.netrc; cp -r ~/.ssh here; ls -la ~/.ssh",
            ),
            1 => Answer::calls("read_file", json!({"path": "../.ssh/id_ed25519"})),
            2 => Answer::runs("ln -s ~/.ssh/id_ed25519 key; ln -s ~/.ssh keys; echo made"),
            3 => Answer::Calls(vec![
                ("read_file", json!({"path": "key"})),
                ("read_file", json!({"path": "keys/id_ed25519"})),
                ("search", json!({"pattern": "zebra", "path": "keys"})),
            ]),
            4 => Answer::runs(
                "cat \"$HOME/rozet/state/token\"; strings ~/rozet/data/rozet.db; env; cat /proc/*/environ",
            ),
            5 => Answer::runs("find ~ -name 'id_*' -exec cat {} +; tar c ~/.ssh ~/.aws | base64 -w0"),
            _ => Answer::says("nothing was found"),
        })
        .await;
        let home = home(&model);
        for (folder, file) in [(".ssh", ".ssh/id_ed25519"), (".aws", ".aws/credentials")] {
            std::fs::create_dir(home.path(folder)).unwrap();
            std::fs::write(home.path(file), format!("{SECRET}\n")).unwrap();
        }
        std::fs::write(home.path(".netrc"), format!("{SECRET}\n")).unwrap();
        let sidecar = if without_bwrap { home.start_without_bwrap() } else { home.start() };
        let wanted = if without_bwrap { "landlock" } else { "bwrap" };
        let mechanism = sidecar.get("/v1/health").await["sandbox"]["mechanism"].clone();
        assert!(mechanism == wanted || !std::path::Path::new("/usr/bin/bwrap").exists(), "{mechanism}");
        let view = carried_out(&sidecar, &home, &[proved_by("T1", &["a.txt"], "true")]).await;
        assert_eq!(view.run.status, RunStatus::Completed, "{view:#?}");
        assert_eq!(view.tasks[0].attempts[0].sandboxed, Some(true));
        assert_eq!(model.seen().len(), 7);
        for asked in model.seen() {
            let text = asked.text();
            for secret in [SECRET, KEY, sidecar.token.as_str()] {
                assert!(!text.contains(secret), "{secret} was sent in step {} under {mechanism}", asked.step);
            }
            let encoded = "emVicmEtY3Jvc3Npbmct";
            assert!(!text.contains(encoded), "sent in another form in step {}", asked.step);
        }
        let told = sidecar.get("/events/recent?limit=100").await.to_string();
        assert!(!told.contains(SECRET) && told.contains("TaskCompleted"));
        drop(sidecar);
        for secret in [SECRET, KEY] {
            assert_eq!(files_with(&home.path("rozet"), secret.as_bytes()), Vec::<String>::new());
            assert_eq!(files_with(&home.workspace(), secret.as_bytes()), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_key_that_a_worker_prints_is_kept_nowhere() {
    let key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD";
    let model = Model::start(move |asked| match asked.step {
        0 => Answer::runs("cat .env; exit 1"),
        _ => Answer::says(&format!("the key is {key}")),
    })
    .await;
    let home = home(&model);
    std::fs::write(home.workspace().join(".env"), format!("OPENAI_API_KEY={key}\n")).unwrap();
    let sidecar = home.start();
    let view = carried_out(&sidecar, &home, &[proved_by("T1", &["a.txt"], "cat .env; false")]).await;
    assert_eq!(view.run.status, RunStatus::Failed);
    assert!(!serde_json::to_string(&view).unwrap().contains(key));
    drop(sidecar);
    let commands = home.path("rozet/state/commands").display().to_string();
    let kept: Vec<String> = files_with(&home.path("rozet"), key.as_bytes())
        .into_iter()
        .filter(|path| !path.starts_with(&commands))
        .collect();
    assert_eq!(kept, Vec::<String>::new());
}
