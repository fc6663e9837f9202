const ESCAPES = /\\(u[dD][89a-fA-F][0-9a-fA-F]{2}|[\s\S])/g;

/**
 * Encodes a value for the core. JSON.stringify writes a lone surrogate as `\udXXX`, which Rust refuses, and writes
 * pairs unescaped: so every such escape stands for a lone one, unless its backslash is itself escaped.
 */
export function encode(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud")) return json;
  return json.replace(ESCAPES, (whole, body: string) => (body.length === 5 ? "\\ufffd" : whole));
}
