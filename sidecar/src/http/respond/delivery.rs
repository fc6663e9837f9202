//! Bringing an answer to a program on this machine, over a WebSocket. Names are not looked up: what is no address of this
//! machine is refused, whatever it leads to.

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

/// How long the whole delivery may take.
const DEADLINE: Duration = Duration::from_secs(5);
/// How long is waited for the other side's goodbye: then it has read the answer.
const GOODBYE: Duration = Duration::from_millis(500);

/// Where an answer goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Destination {
    url: String,
    addresses: Vec<SocketAddr>,
}

impl Destination {
    /// Reads a WebSocket address of this machine.
    ///
    /// # Errors
    /// Says what is wrong with another one.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        const FOREIGN: &str = "an answer is only brought to this machine: responseWebSocketUrl must be \
            ws://127.0.0.1, ws://localhost or ws://[::1]";
        let parsed =
            Url::parse(url).map_err(|_| "the event's responseWebSocketUrl is no address of a WebSocket")?;
        if parsed.scheme() != "ws" {
            return Err("the event's responseWebSocketUrl must begin with ws://");
        }
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err("the event's responseWebSocketUrl must not have a user or a password");
        }
        let host = parsed.host_str().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let addresses = match bare.parse::<IpAddr>() {
            Ok(address) if address.is_loopback() => vec![address],
            Err(_) if bare.eq_ignore_ascii_case("localhost") => {
                vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]
            }
            _ => return Err(FOREIGN),
        };
        let port = parsed.port_or_known_default().unwrap_or(80);
        let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        Ok(Self { url: parsed.to_string(), addresses })
    }

    /// Sends the answer as one text message.
    ///
    /// # Errors
    /// Says why nobody has it.
    pub(super) async fn deliver(&self, answer: &str) -> Result<(), &'static str> {
        timeout(DEADLINE, self.send(answer)).await.map_err(|_| "who asked does not take the answer")?
    }

    async fn send(&self, answer: &str) -> Result<(), &'static str> {
        let connection = TcpStream::connect(self.addresses.as_slice())
            .await
            .map_err(|_| "who asked does not listen any more")?;
        let (mut socket, _) = tokio_tungstenite::client_async(self.url.as_str(), connection)
            .await
            .map_err(|_| "where the answer should go is no WebSocket")?;
        let broken = |_| "who asked did not take the answer";
        socket.send(Message::text(answer)).await.map_err(broken)?;
        socket.close(None).await.map_err(broken)?;
        let goodbye = async { while let Some(Ok(_)) = socket.next().await {} };
        let _ = timeout(GOODBYE, goodbye).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_a_destination() {
        for good in [
            "ws://127.0.0.1:8765",
            "ws://localhost:1/path?x=1",
            "ws://LOCALHOST:9",
            "ws://[::1]:4000/",
            "ws://127.9.8.7:1",
            "ws://0x7f.1:5",
        ] {
            let destination = Destination::parse(good).unwrap();
            assert!(destination.addresses.iter().all(|address| address.ip().is_loopback()), "{good}");
        }
        for bad in [
            "",
            "127.0.0.1:80",
            "http://127.0.0.1:80",
            "wss://127.0.0.1:80",
            "ws://evil.example:80",
            "ws://localhost.evil.example:80",
            "ws://127.0.0.1.evil.example",
            "ws://localhost@evil.example:80",
            "ws://evil.example@localhost:80",
            "ws://0.0.0.0:80",
            "ws://[::]:80",
            "ws://10.0.0.1:80",
            "ws://169.254.169.254/latest",
            "ws://[::ffff:10.0.0.1]:80",
            "file:///etc/passwd",
        ] {
            assert!(Destination::parse(bad).is_err(), "{bad}");
        }
    }
}
