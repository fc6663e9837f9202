import type { SessionSummary } from "../generated/types";

/** A session in the list, with how many parents stand above it there. */
export interface SessionLine {
  session: SessionSummary;
  depth: number;
}

/**
 * Puts children under their parents and keeps the order otherwise. A session whose parent is not in the list
 * stands on its own, and so do sessions that name each other as parents.
 */
export function sessionLines(sessions: readonly SessionSummary[]): SessionLine[] {
  const known = new Set(sessions.map((session) => session.session_id));
  const children = new Map<string, SessionSummary[]>();
  const roots: SessionSummary[] = [];
  for (const session of sessions) {
    const parent = session.parent_id;
    if (parent === undefined || !known.has(parent)) roots.push(session);
    else children.set(parent, [...(children.get(parent) ?? []), session]);
  }

  const lines: SessionLine[] = [];
  const placed = new Set<string>();
  function place(from: readonly SessionSummary[]): void {
    const open = from.map((session) => ({ session, depth: 0 })).reverse();
    for (let line = open.pop(); line; line = open.pop()) {
      if (placed.has(line.session.session_id)) continue;
      placed.add(line.session.session_id);
      lines.push(line);
      const depth = line.depth + 1;
      const below = children.get(line.session.session_id) ?? [];
      open.push(...below.map((session) => ({ session, depth })).reverse());
    }
  }
  place(roots);
  place(sessions);
  return lines;
}
