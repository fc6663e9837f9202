import { nextTick, type Ref, shallowRef } from "vue";

/** Rows that Page Up and Page Down move by. */
const PAGE_ROWS = 10;

export interface RowKeys {
  /** The row that Tab leads to; undefined for the last one. */
  active: Ref<number | undefined>;
  onKey: (event: KeyboardEvent) => void;
}

/** Moves the focus between rows with the arrow keys, Page Up and Down, Home and End. */
export function useRowKeys(
  list: Ref<HTMLElement | null>,
  rowCount: () => number,
  show: (row: number) => void,
): RowKeys {
  const active = shallowRef<number>();

  function target(key: string): number | undefined {
    const last = rowCount() - 1;
    const from = active.value ?? last;
    const steps: Record<string, number> = {
      ArrowUp: from - 1,
      ArrowDown: from + 1,
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
    const to = isOnRow ? target(event.key) : undefined;
    if (to === undefined) return;
    event.preventDefault();
    active.value = to;
    show(to);
    await nextTick();
    list.value
      ?.querySelector<HTMLElement>(`[data-index="${to}"] [aria-expanded]`)
      ?.focus({ preventScroll: true });
  }

  return { active, onKey };
}
