const MAX_SESSIONS = 500;
const MAX_PLANNED = 16;

/** The sessions that this process works on, so that frames of others' need not be decoded; the oldest are forgotten. */
export class Sessions {
  readonly #parents = new Map<string, string | undefined>();
  readonly #planned = new Set<string>();
  /** From which message on conversations are set aside. */
  readonly #reverted = new Map<string, string>();

  /** Remembers a session, and its parent when that is known. */
  note(sessionId: string, parentId?: string | null): void {
    const known = parentId ?? this.#parents.get(sessionId);
    this.#parents.delete(sessionId);
    this.#parents.set(sessionId, known);
    dropOldest(this.#parents, MAX_SESSIONS);
  }

  /** Remembers that a plan was asked for. */
  notePlan(sessionId: string): void {
    this.#planned.delete(sessionId);
    this.#planned.add(sessionId);
    dropOldest(this.#planned, MAX_PLANNED);
  }

  /** Takes in from which message on a session is set aside, if from any; says whether that is new. */
  noteRevert(sessionId: string, messageId: string | undefined): boolean {
    if (this.#reverted.get(sessionId) === messageId) return false;
    this.#reverted.delete(sessionId);
    if (messageId !== undefined) this.#reverted.set(sessionId, messageId);
    dropOldest(this.#reverted, MAX_SESSIONS);
    return true;
  }

  /** Forgets a deleted session. */
  forget(sessionId: string): void {
    this.#reverted.delete(sessionId);
    this.#parents.delete(sessionId);
    this.#planned.delete(sessionId);
  }

  /** Whether the session is one of this process. */
  has(sessionId: string): boolean {
    return this.#parents.has(sessionId);
  }

  /** The parent of a child session, as far as known. */
  parentOf(sessionId: string): string | undefined {
    return this.#parents.get(sessionId);
  }

  /** Sessions that asked for plans, the latest last. */
  planned(): string[] {
    return [...this.#planned];
  }
}

function dropOldest(entries: Map<string, unknown> | Set<string>, limit: number): void {
  for (const key of entries.keys()) {
    if (entries.size <= limit) return;
    entries.delete(key);
  }
}
