// What Rozet's `POST /events` is measured against: a server of the known form, as small as one can be written on Bun.
// One insert for each request, statements prepared once, the answer is the stored event, and every WebSocket client
// gets it. Prints {"port"} when it listens.
//   known_form.mjs <database file> <NORMAL | FULL>
import { Database } from "bun:sqlite";

const [file, synchronous] = process.argv.slice(2);
if (synchronous !== "NORMAL" && synchronous !== "FULL") throw new Error("NORMAL or FULL");
const db = new Database(file);
db.exec("PRAGMA journal_mode = WAL");
db.exec(`PRAGMA synchronous = ${synchronous}`);
db.exec(`
  CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_app TEXT NOT NULL,
    session_id TEXT NOT NULL,
    hook_event_type TEXT NOT NULL,
    payload TEXT NOT NULL,
    chat TEXT,
    summary TEXT,
    timestamp INTEGER NOT NULL,
    humanInTheLoop TEXT,
    humanInTheLoopStatus TEXT,
    model_name TEXT
  );
  CREATE INDEX IF NOT EXISTS idx_source_app ON events(source_app);
  CREATE INDEX IF NOT EXISTS idx_session_id ON events(session_id);
  CREATE INDEX IF NOT EXISTS idx_hook_event_type ON events(hook_event_type);
  CREATE INDEX IF NOT EXISTS idx_timestamp ON events(timestamp);
`);
const insert = db.prepare(`
  INSERT INTO events (source_app, session_id, hook_event_type, payload, chat, summary, timestamp, humanInTheLoop,
    humanInTheLoopStatus, model_name)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
`);
const newest = db.prepare("SELECT * FROM events ORDER BY timestamp DESC LIMIT ?");
const clients = new Set();
const headers = { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" };

function store(event) {
  const timestamp = event.timestamp || Date.now();
  const human = event.humanInTheLoop;
  const status = human ? { status: "pending" } : undefined;
  const { lastInsertRowid } = insert.run(
    event.source_app,
    event.session_id,
    event.hook_event_type,
    JSON.stringify(event.payload),
    event.chat ? JSON.stringify(event.chat) : null,
    event.summary || null,
    timestamp,
    human ? JSON.stringify(human) : null,
    status ? JSON.stringify(status) : null,
    event.model_name || null,
  );
  return {
    ...event,
    id: Number(lastInsertRowid),
    timestamp,
    ...(status && { humanInTheLoopStatus: status }),
  };
}

const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request, server) {
    const url = new URL(request.url);
    if (url.pathname === "/events" && request.method === "POST") {
      let event;
      try {
        event = await request.json();
      } catch {
        return new Response(JSON.stringify({ error: "Invalid request" }), { status: 400, headers });
      }
      if (!event.source_app || !event.session_id || !event.hook_event_type || !event.payload) {
        return new Response(JSON.stringify({ error: "Missing required fields" }), { status: 400, headers });
      }
      const stored = store(event);
      const frame = JSON.stringify({ type: "event", data: stored });
      for (const client of clients) {
        try {
          client.send(frame);
        } catch {
          clients.delete(client);
        }
      }
      return new Response(JSON.stringify(stored), { headers });
    }
    if (url.pathname === "/stream" && server.upgrade(request)) return undefined;
    return new Response("Not found", { status: 404, headers });
  },
  websocket: {
    open(client) {
      clients.add(client);
      client.send(JSON.stringify({ type: "initial", data: newest.all(300) }));
    },
    message() {},
    close(client) {
      clients.delete(client);
    },
  },
});
console.log(JSON.stringify({ port: server.port }));
