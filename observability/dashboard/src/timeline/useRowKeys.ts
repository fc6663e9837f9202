import { nextTick, type Ref, shallowRef } from "vue";

/** Rows that Page Up and Page Down move by. */
const PAGE_ROWS = 10;

export interface RowKeys {
  /** The id of the row that Tab leads to; undefined for the last one. Rows before it may come and go. */
  active: Ref<number | undefined>;
  onKey: (event: KeyboardEvent) => void;
}

export interface RowMoves {
  /** The rows, in the order of their ids. */
  rows: () => readonly { id: number }[];
  /** Brings a row into sight. */
  show: (index: number) => void;
  /** Brings the very first or last row, which may not be held yet. */
  reach: (edge: "start" | "end") => Promise<void>;
}

/** The place of an id among rows in the order of ids; -1 when it is not there. */
export function indexOfRow(rows: readonly { id: number }[], id: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = rows[middle]?.id ?? 0;
    if (found === id) return middle;
    if (found < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** Moves the focus between rows with the arrow keys or j and k, Page Up and Down, Home and End. */
export function useRowKeys(list: Ref<HTMLElement | null>, moves: RowMoves): RowKeys {
  const active = shallowRef<number>();

  function target(key: string): number | undefined {
    const rows = moves.rows();
    const last = rows.length - 1;
    const held = active.value === undefined ? -1 : indexOfRow(rows, active.value);
    const from = held < 0 ? last : held;
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
    const isCombined = event.ctrlKey || event.metaKey || event.altKey;
    if (!isOnRow || isCombined || target(event.key) === undefined) return;
    event.preventDefault();
    if (event.key === "Home" || event.key === "End")
      await moves.reach(event.key === "Home" ? "start" : "end");
    const to = target(event.key) ?? 0;
    const id = moves.rows()[to]?.id;
    active.value = id;
    moves.show(to);
    await nextTick();
    list.value
      ?.querySelector<HTMLElement>(`[data-event="${id}"] [aria-expanded]`)
      ?.focus({ preventScroll: true });
  }

  return { active, onKey };
}
