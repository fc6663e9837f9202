/** A WebSocket whose other end is the test. */
export class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  /** Makes one, remembers it in `sockets`, and passes for the real thing. */
  static into(sockets: FakeSocket[]): WebSocket {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket as unknown as WebSocket;
  }

  close(): void {
    this.closed = true;
  }

  accept(): void {
    this.onopen?.();
  }

  say(data: unknown): void {
    this.onmessage?.({ data: typeof data === "string" ? data : JSON.stringify(data) });
  }

  /** Says from which event on it sends what comes. */
  ready(after: number): void {
    this.say({ type: "ready", after });
  }

  drop(): void {
    this.closed = true;
    this.onclose?.();
  }
}
