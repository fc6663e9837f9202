import { nextTick, type Ref, shallowRef } from "vue";

/** Rows that Page Up and Page Down move by. */
const PAGE_ROWS = 10;

export interface RowKeys {
  /** The row that Tab leads to; undefined for the last one. */
  active: Ref<number | undefined>;
  onKey: (event: KeyboardEvent) => void;
}

export interface RowMoves {
  rowCount: () => number;
  /** Brings a row into sight. */
  show: (row: number) => void;
  /** Brings the very first or last event, which may not be held yet. */
  reach: (edge: "start" | "end") => Promise<void>;
}

/** Moves the focus between rows with the arrow keys or j and k, Page Up and Down, Home and End. */
export function useRowKeys(list: Ref<HTMLElement | null>, moves: RowMoves): RowKeys {
  const active = shallowRef<number>();

  function target(key: string): number | undefined {
    const last = moves.rowCount() - 1;
    const from = active.value ?? last;
    const steps: Record<string, number> = {
      ArrowUp: from - 1,
      k: from - 1,
      ArrowDown: from + 1,
      j: from + 1,
      PageUp: from - PAGE_ROWS,
      PageDown: from + PAGE_ROWS,
      Home: 0,
      End: last,
    };
    const to = steps[key];
    return to === undefined ? undefined : Math.max(0, Math.min(last, to));
  }

  async function onKey(event: KeyboardEvent): Promise<void> {
    const isOnRow = event.target instanceof HTMLElement && event.target.matches("[aria-expanded]");
    if (!isOnRow || event.ctrlKey || event.metaKey || event.altKey || target(event.key) === undefined) return;
    event.preventDefault();
    if (event.key === "Home" || event.key === "End")
      await moves.reach(event.key === "Home" ? "start" : "end");
    const to = target(event.key) ?? 0;
    active.value = to;
    moves.show(to);
    await nextTick();
    list.value
      ?.querySelector<HTMLElement>(`[data-index="${to}"] [aria-expanded]`)
      ?.focus({ preventScroll: true });
  }

  return { active, onKey };
}
