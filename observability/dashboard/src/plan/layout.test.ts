import { describe, expect, it } from "vitest";
import { aTask } from "../testing/events";
import { layoutOf, NODE } from "./layout";

const tasks = (all: Record<string, string[]>) =>
  Object.entries(all).map(([task_id, depends_on]) => aTask({ task_id, depends_on }));
const layers = (all: Record<string, string[]>) =>
  Object.fromEntries(
    layoutOf(tasks(all)).nodes.map((node) => [node.task.task_id, node.x / (NODE.width + NODE.gapX)]),
  );

describe("the graph of a plan", () => {
  it("puts a task behind all that it depends on", () => {
    expect(layers({ T1: [], T2: ["T1"], T3: ["T1"], T4: ["T2", "T3"], T5: ["T1", "T4"] })).toEqual({
      T1: 0,
      T2: 1,
      T3: 1,
      T4: 2,
      T5: 3,
    });
  });

  it("sets no two tasks on one place, and draws each dependency once", () => {
    const graph = layoutOf(tasks({ A: [], B: [], C: ["A"], D: ["A", "B"], E: ["C", "D"], F: ["B"] }));
    expect(new Set(graph.nodes.map(({ x, y }) => `${x} ${y}`)).size).toBe(6);
    expect(graph.edges.map(({ from, to }) => `${from}${to}`)).toEqual(["AC", "AD", "BD", "CE", "DE", "BF"]);
    expect(graph.height).toBeGreaterThanOrEqual(3 * NODE.height);
  });

  it("does not hang on a circle, or on what is not there", () => {
    const graph = layoutOf(tasks({ T1: ["T2"], T2: ["T1"], T3: ["gone", "T3"] }));
    expect(graph.nodes).toHaveLength(3);
    expect(layoutOf([])).toEqual({ nodes: [], edges: [], width: 0, height: 0 });
  });

  it("lays out a large plan at once", () => {
    const large = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`T${at}`, at < 10 ? [] : [`T${at - 10}`, `T${at - 7}`]]),
    );
    const began = performance.now();
    expect(layoutOf(tasks(large)).nodes).toHaveLength(500);
    expect(performance.now() - began).toBeLessThan(500);
  });
});
