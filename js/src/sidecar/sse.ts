/** Longest frame, in UTF-16 units; a longer one is a fault of the other side. */
const MAX_FRAME = 4 * 1024 * 1024;

/** Cuts a stream of server-sent events into the data of each; comments and other fields are left out. */
export class SseParser {
  #buffer = "";
  #data: string[] = [];
  #length = 0;
  readonly #decoder = new TextDecoder();

  /** Takes the next bytes and returns the data of the events that they complete. Throws on a frame without end. */
  push(chunk: Uint8Array): string[] {
    this.#buffer += this.#decoder.decode(chunk, { stream: true });
    const events: string[] = [];
    let from = 0;
    for (;;) {
      const to = this.#buffer.indexOf("\n", from);
      if (to < 0) break;
      const line = this.#buffer.slice(from, this.#buffer[to - 1] === "\r" && to > from ? to - 1 : to);
      from = to + 1;
      if (line === "") {
        if (this.#data.length > 0) events.push(this.#data.join("\n"));
        this.#data = [];
        this.#length = 0;
      } else if (line.startsWith("data:")) {
        const data = line.slice(line[5] === " " ? 6 : 5);
        this.#data.push(data);
        this.#length += data.length;
      }
    }
    this.#buffer = this.#buffer.slice(from);
    if (this.#buffer.length + this.#length > MAX_FRAME) {
      throw new Error(`a frame is longer than ${MAX_FRAME} characters`);
    }
    return events;
  }
}
