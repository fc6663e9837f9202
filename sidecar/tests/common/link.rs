//! What a plugin does with its link.

use super::Sidecar;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::path::Path;

/// The plugin whose link [`carry`] reads.
pub(crate) const PRODUCER: &str = "rozet-opencode.1.aa";

/// Reads a plugin's link and makes the calls on it, as the plugin does; ended when the value is aborted.
pub(crate) async fn carry(
    sidecar: &Sidecar,
    opencode: &str,
    workspace: &Path,
) -> tokio::task::JoinHandle<()> {
    let path = format!("/v1/link?producer={PRODUCER}&calls=1&directory={}", workspace.display());
    let link = sidecar.http.get(sidecar.url(&path)).bearer_auth(&sidecar.token);
    let mut chunks = link.send().await.unwrap().bytes_stream();
    let hello = chunks.next().await.unwrap().unwrap();
    assert!(hello.starts_with(b"data:"));
    let (http, answers, token) =
        (sidecar.http.clone(), sidecar.url("/v1/link/answers"), sidecar.token.clone());
    let opencode = opencode.to_owned();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends with the test")]
    tokio::spawn(async move {
        let mut buffer = String::new();
        while let Some(Ok(chunk)) = chunks.next().await {
            buffer.push_str(std::str::from_utf8(&chunk).unwrap());
            while let Some((frame, rest)) = buffer.split_once("\n\n") {
                let data: Value = frame
                    .strip_prefix("data: ")
                    .map_or(Value::Null, |data| serde_json::from_str(data).unwrap());
                buffer = rest.to_owned();
                if data["type"] != "call" {
                    continue;
                }
                let (http, answers, token, opencode) =
                    (http.clone(), answers.clone(), token.clone(), opencode.clone());
                tokio::spawn(async move {
                    let call = &data["call"];
                    let method = call["method"].as_str().unwrap().parse().unwrap();
                    let request =
                        http.request(method, format!("{opencode}{}", call["path"].as_str().unwrap()));
                    let response = request.json(&call["body"]).send().await.unwrap();
                    let status = response.status().as_u16();
                    let body: Value = response.json().await.unwrap_or_default();
                    let answer = json!({"id": call["id"], "status": status, "body": body});
                    let posted = http.post(answers).bearer_auth(token).json(&answer).send().await.unwrap();
                    // Every answer of the API's is JSON: the plugin takes anything else for a fault and posts again.
                    assert_eq!(posted.json::<Value>().await.unwrap(), json!({"awaited": true}));
                });
            }
        }
    })
}
