import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** Largest spool file, in bytes. */
export const MAX_SPOOL_BYTES = 64 * 1024 * 1024;

/** What became of one event. */
export type Appended = "kept" | "full" | "unwritable";

/** Whole lines read from a spool. */
export interface SpoolSlice {
  /** The lines, without their line breaks. */
  lines: string[];
  /** Where the next slice starts, in bytes. */
  end: number;
}

/**
 * The file in which events wait until the sidecar has them: one JSON line each, written synchronously in one write. It is
 * made at the first event, so that a process without events leaves nothing behind.
 */
export class Spool {
  readonly path: string;
  #fd: number | undefined;
  #size = 0;

  constructor(
    private readonly folder: string,
    producer: string,
    private readonly maxBytes: number = MAX_SPOOL_BYTES,
  ) {
    this.path = join(folder, `${producer}.jsonl`);
  }

  /** Bytes in the file. */
  get size(): number {
    return this.#size;
  }

  /** Appends one line. Never throws: a full or read-only disk is an answer. */
  append(line: string): Appended {
    const bytes = Buffer.from(`${line}\n`);
    if (this.#size + bytes.length > this.maxBytes) return "full";
    try {
      const fd = this.#open();
      const written = writeSync(fd, bytes);
      if (written < bytes.length) {
        // Half a line would spoil the next one too.
        ftruncateSync(fd, this.#size);
        return "unwritable";
      }
      this.#size += written;
      return "kept";
    } catch {
      return "unwritable";
    }
  }

  /** Reads whole lines from a byte offset: at most `maxLines`, and `maxBytes` unless the first alone is longer. */
  read(offset: number, maxLines: number, maxBytes: number): SpoolSlice {
    const lines: string[] = [];
    if (this.#fd === undefined || offset >= this.#size) return { lines, end: offset };
    let buffer = Buffer.alloc(Math.min(maxBytes, this.#size - offset));
    let length = readSync(this.#fd, buffer, 0, buffer.length, offset);
    if (buffer.indexOf(10) < 0) {
      buffer = Buffer.alloc(this.#size - offset);
      length = readSync(this.#fd, buffer, 0, buffer.length, offset);
    }
    let from = 0;
    while (lines.length < maxLines) {
      const to = buffer.indexOf(10, from);
      if (to < 0 || to >= length) break;
      lines.push(buffer.toString("utf8", from, to));
      from = to + 1;
    }
    return { lines, end: offset + from };
  }

  /** Empties the file once everything in it is acknowledged. */
  clear(): void {
    if (this.#fd === undefined || this.#size === 0) return;
    try {
      ftruncateSync(this.#fd, 0);
      this.#size = 0;
    } catch {
      // It stays as it is: events sent twice are stored once.
    }
  }

  /** Closes the file, and removes it when it is empty. */
  close(): void {
    if (this.#fd === undefined) return;
    try {
      closeSync(this.#fd);
      if (this.#size === 0) unlinkSync(this.path);
    } catch {
      // The sidecar removes the files of dead producers.
    }
    this.#fd = undefined;
  }

  #open(): number {
    if (this.#fd === undefined) {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      this.#fd = openSync(this.path, "a+", 0o600);
      this.#size = fstatSync(this.#fd).size;
    }
    return this.#fd;
  }
}
