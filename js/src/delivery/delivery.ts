import type { BatchAck, Event } from "../generated/types.ts";
import { Backoff } from "../sidecar/backoff.ts";
import type { Discovery } from "../sidecar/discovery.ts";
import { request, SidecarError } from "../sidecar/request.ts";
import { Mask } from "./mask.ts";
import type { Spool } from "./spool.ts";

const COALESCE_MS = 20;
const MAX_BATCH_EVENTS = 100;
const MAX_BATCH_BYTES = 1024 * 1024;
const MAX_MEMORY_EVENTS = 1_000;
const SEND_TIMEOUT_MS = 10_000;
/** A hiccup is worth no notice: it takes this many failures in a row. */
const FAILURES_BEFORE_NOTICE = 3;
/** So short that they are over, and said, before the shortest turn of `opencode run` is. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** Statuses that say that the batch itself is wrong, so that sending it again is useless. */
const REFUSED = new Set([400, 413, 422]);

/** Who hears how the delivery goes. Neither may throw. */
export interface DeliveryListener {
  /** Events cannot be handed over, for the first time since they could. */
  unreachable(reason: string): void;
  /** Something was lost or is about to be; said at most once for each kind. */
  trouble(message: string): void;
}

interface Batch {
  lines: string[];
  fromSpool: boolean;
}

/** Brings events to the sidecar: each is written to the spool at once, then sent in batches until it is acknowledged. */
export class Delivery {
  /** Events lost because neither the spool nor the memory had room for them. */
  dropped = 0;
  /** Events that the sidecar would not take. */
  refused = 0;
  /** Pieces of streamed text and of tool calls of which no event was made. */
  coalesced = 0;
  /** Bytes of the spool that are acknowledged. */
  #sent = 0;
  /** Events that the disk would not take. */
  #memory: string[] = [];
  #batchLimit = MAX_BATCH_EVENTS;
  #fresh = 0;
  #reachable = true;
  #timer: NodeJS.Timeout | undefined;
  #retrying = false;
  #draining: Promise<void> | undefined;
  #closed = false;
  readonly #told = new Set<string>();
  readonly #abort = new AbortController();
  readonly #backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS);

  constructor(
    private readonly producer: string,
    private readonly spool: Spool,
    private readonly discovery: Discovery,
    private readonly listener: DeliveryListener,
    private readonly mask: Mask = new Mask([]),
  ) {}

  /** Keeps an event, synchronously, and sees to its sending. */
  accept(event: Event): void {
    if (this.#closed) return;
    this.#keep(this.mask.line(event));
    this.#fresh += 1;
    if (this.#draining !== undefined || this.#retrying) return;
    this.#schedule(this.#fresh === MAX_BATCH_EVENTS ? 0 : COALESCE_MS);
  }

  /** Tries at once instead of at the end of the pause, if the sidecar can be found: it may just have been started. */
  wake(): void {
    if (this.#closed || !this.#retrying || this.#draining !== undefined) return;
    if (this.discovery.find() === undefined) return;
    this.#retrying = false;
    this.#schedule(0);
  }

  /** Sends what is left, for at most `deadlineMs`, and closes the spool, which stays when something is left in it. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    const timer = setTimeout(() => this.#abort.abort(), deadlineMs);
    await this.#draining;
    await this.#drain();
    clearTimeout(timer);
    this.spool.close();
  }

  #keep(line: string): void {
    if (this.#memory.length === 0) {
      const outcome = this.spool.append(line);
      if (outcome === "kept") return;
      if (outcome === "full") {
        this.dropped += 1;
        this.#tell(
          "full",
          `The spool ${this.spool.path} is full: Rozet's events are lost until the sidecar runs.`,
        );
        return;
      }
      this.#tell(
        "unwritable",
        `Rozet cannot write ${this.spool.path}: events are kept in memory only. Make room there, or make it writable.`,
      );
    }
    if (this.#memory.length < MAX_MEMORY_EVENTS) this.#memory.push(line);
    else this.dropped += 1;
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined && ms > 0) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#retrying = false;
      this.#draining ??= this.#drain().finally(() => {
        this.#draining = undefined;
        // An event that came between the last look and now would wait for the next one.
        if (this.#pending && !this.#retrying && !this.#closed) this.#schedule(COALESCE_MS);
      });
    }, ms);
    this.#timer.unref();
  }

  get #pending(): boolean {
    return this.#sent < this.spool.size || this.#memory.length > 0;
  }

  /** Sends batch after batch until nothing is left or one fails. Never throws. */
  async #drain(): Promise<void> {
    this.#fresh = 0;
    while (this.#pending) {
      let batch: Batch = { lines: [], fromSpool: true };
      try {
        batch = this.#next();
        await this.#send(batch);
        this.#backoff.reset();
        this.#reachable = true;
      } catch (error) {
        if (!this.#handle(error, batch)) return;
      }
    }
  }

  #next(): Batch {
    if (this.#sent >= this.spool.size) {
      return { lines: this.#memory.slice(0, this.#batchLimit), fromSpool: false };
    }
    const { lines } = this.spool.read(this.#sent, this.#batchLimit, MAX_BATCH_BYTES);
    if (lines.length === 0) throw new Error(`${this.spool.path} cannot be read`);
    return { lines, fromSpool: true };
  }

  async #send(batch: Batch): Promise<void> {
    const ack = (await request(this.discovery, {
      method: "POST",
      path: "/v1/events",
      body:
        `{"producer":${JSON.stringify(this.producer)},"coalesced":${this.coalesced},"dropped":${this.dropped},` +
        `"events":[${batch.lines.join(",")}]}`,
      timeoutMs: SEND_TIMEOUT_MS,
      signal: this.#abort.signal,
    })) as Partial<BatchAck> | null;
    if (typeof ack?.acked_seq !== "number") throw new SidecarError("the sidecar acknowledged nothing", 0);
    const covered = batch.lines.filter((line) => seqOf(line) <= (ack.acked_seq as number)).length;
    this.#advance(batch, covered);
    this.#batchLimit = Math.min(MAX_BATCH_EVENTS, this.#batchLimit * 2);
    const rejected = Array.isArray(ack.rejected) ? ack.rejected.length : 0;
    if (rejected > 0) this.#refuse(rejected, JSON.stringify(ack.rejected?.[0]));
    if (covered < batch.lines.length) {
      throw new SidecarError(`the sidecar acknowledged only ${covered} of ${batch.lines.length} events`, 0);
    }
  }

  /** Says whether to go on at once; otherwise a later try is arranged. */
  #handle(error: unknown, batch: Batch): boolean {
    const status = error instanceof SidecarError ? error.status : 0;
    if (REFUSED.has(status)) {
      if (batch.lines.length > 1) {
        this.#batchLimit = Math.ceil(batch.lines.length / 2);
        return true;
      }
      this.#advance(batch, 1);
      this.#refuse(1, error instanceof Error ? error.message : "");
      return true;
    }
    if (this.#closed) return false;
    this.#retrying = true;
    this.#schedule(this.#backoff.next());
    const absent = this.discovery.find() === undefined;
    if (this.#reachable && (absent || this.#backoff.failures >= FAILURES_BEFORE_NOTICE)) {
      this.#reachable = false;
      this.listener.unreachable(error instanceof Error ? error.message : String(error));
    }
    return false;
  }

  #advance(batch: Batch, lines: number): void {
    if (!batch.fromSpool) {
      this.#memory.splice(0, lines);
      return;
    }
    for (const line of batch.lines.slice(0, lines)) this.#sent += Buffer.byteLength(line) + 1;
    if (this.#sent < this.spool.size) return;
    this.spool.clear();
    this.#sent = this.spool.size;
  }

  #refuse(count: number, detail: string): void {
    this.refused += count;
    this.#tell("refused", `The sidecar refused ${count} of Rozet's events: ${detail}`);
  }

  #tell(kind: string, message: string): void {
    if (this.#told.has(kind)) return;
    this.#told.add(kind);
    this.listener.trouble(message);
  }
}

function seqOf(line: string): number {
  try {
    const seq = (JSON.parse(line) as Partial<Event>).seq;
    return typeof seq === "number" ? seq : 0;
  } catch {
    return 0;
  }
}
