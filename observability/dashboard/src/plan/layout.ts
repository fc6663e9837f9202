/** The tasks of a plan as a graph: what depends on something stands to the right of it. */
import type { Task } from "../generated/types";

/** Sizes in pixels. */
export const NODE = { width: 172, height: 76, gapX: 38, gapY: 16 } as const;

export interface GraphNode {
  task: Task;
  x: number;
  y: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  /** The line as an SVG path. */
  path: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  width: number;
  height: number;
}

/**
 * Lays tasks out in layers: each stands one layer behind the last of what it depends on, and within its layer near the
 * middle of them. Dependencies in a circle, or on what is not there, do not count.
 */
export function layoutOf(tasks: readonly Task[]): Graph {
  const byId = new Map(tasks.map((task) => [task.task_id, task]));
  const layerOf = layers(tasks, byId);
  const columns: Task[][] = [];
  for (let layer = 0; layer <= tasks.length; layer++) {
    const column = tasks.filter((task) => layerOf.get(task.task_id) === layer);
    // A circle leaves layers empty.
    if (column.length > 0) columns.push(column);
  }

  const rowOf = new Map<string, number>();
  const columnOf = new Map<string, number>();
  for (const [at, column] of columns.entries()) {
    for (const task of column) columnOf.set(task.task_id, at);
    const wish = new Map(column.map((task, at) => [task.task_id, wishedRow(task, at, rowOf)]));
    column.sort((a, b) => (wish.get(a.task_id) ?? 0) - (wish.get(b.task_id) ?? 0));
    let free = 0;
    for (const task of column) {
      const row = Math.max(
        free,
        Math.round(wish.get(task.task_id) ?? 0) - Math.floor((column.length - 1) / 2),
      );
      rowOf.set(task.task_id, row);
      free = row + 1;
    }
  }

  const place = new Map<string, GraphNode>();
  for (const task of tasks) {
    const x = (columnOf.get(task.task_id) ?? 0) * (NODE.width + NODE.gapX);
    const y = (rowOf.get(task.task_id) ?? 0) * (NODE.height + NODE.gapY);
    place.set(task.task_id, { task, x, y });
  }
  const nodes = [...place.values()];
  const edges = nodes.flatMap(({ task }) =>
    task.depends_on.flatMap((from) => {
      const [start, end] = [place.get(from), place.get(task.task_id)];
      return start && end && start.x < end.x ? [{ from, to: task.task_id, path: curve(start, end) }] : [];
    }),
  );
  return {
    nodes,
    edges,
    width: Math.max(0, ...nodes.map((node) => node.x + NODE.width)),
    height: Math.max(0, ...nodes.map((node) => node.y + NODE.height)),
  };
}

function layers(tasks: readonly Task[], byId: ReadonlyMap<string, Task>): Map<string, number> {
  const layerOf = new Map(tasks.map((task) => [task.task_id, 0]));
  // A circle would push its tasks on for ever; no path is longer than the plan.
  for (let round = 0; round < tasks.length; round++) {
    let hasMoved = false;
    for (const task of tasks) {
      const before = task.depends_on
        .filter((id) => byId.has(id) && id !== task.task_id)
        .map((id) => (layerOf.get(id) ?? 0) + 1);
      const layer = Math.min(tasks.length - 1, Math.max(0, ...before));
      if (layer > (layerOf.get(task.task_id) ?? 0)) {
        layerOf.set(task.task_id, layer);
        hasMoved = true;
      }
    }
    if (!hasMoved) break;
  }
  return layerOf;
}

function wishedRow(task: Task, at: number, rowOf: ReadonlyMap<string, number>): number {
  const rows = task.depends_on.flatMap((id) => rowOf.get(id) ?? []);
  return rows.length === 0 ? at : rows.reduce((sum, row) => sum + row, 0) / rows.length;
}

function curve(start: GraphNode, end: GraphNode): string {
  const [x1, y1] = [start.x + NODE.width, start.y + NODE.height / 2];
  const [x2, y2] = [end.x - 5, end.y + NODE.height / 2];
  const bend = Math.max(18, (x2 - x1) / 2);
  return `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
}
