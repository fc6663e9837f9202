import { mount, type VueWrapper } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import type { Task } from "../../generated/types";
import { anEvidence, aPlan, aTask } from "../../testing/events";
import { underPage } from "../../testing/underPage";
import LongText from "../common/LongText.vue";
import TaskCard from "./TaskCard.vue";

function card(fields: Partial<Task>): VueWrapper {
  const task = aTask(fields);
  return mount(underPage(TaskCard, { task, plan: aPlan({ tasks: [task] }) }));
}

const runs = { type: "command", command: "python3 hello.py" } as const;

describe("a task", () => {
  it("sets the claim beside the evidence, and does not mix them up", () => {
    const task = card({
      status: "failed",
      checks: [{ type: "file_exists", path: "hello.py" }, runs],
      claim: { by: "todo", statement: "All done and tested.", at: 1_800_000_000_000 },
      evidence: [
        anEvidence({ check: runs, outcome: "failed", detail: "exit 1, expected 0" }),
        anEvidence({ sha256: "ab".repeat(32), duration_ms: 3 }),
      ],
    });
    const claim = task.get('[data-test="claim"]').text();
    expect(claim).toContain("All done and tested.");
    expect(claim).toContain("todo");
    expect(claim).not.toContain("exit 1");

    const checks = task.get('[data-test="evidence"]').findAll("li");
    expect(checks[0]?.text()).toContain("hello.py exists");
    expect(checks[0]?.get('[data-test="outcome"]').text()).toBe("passed");
    expect(checks[0]?.text()).toContain("sha256 abababababab");
    expect(checks[0]?.text()).toContain("took 3 ms");
    expect(checks[1]?.text()).toContain("python3 hello.py exits with 0");
    expect(checks[1]?.get('[data-test="outcome"]').text()).toBe("failed");
    expect(checks[1]?.text()).toContain("exit 1, expected 0");
    expect(task.get('[data-test="status"]').text()).toBe("failed");
  });

  it("says when there is evidence without a claim", () => {
    const task = card({ status: "completed", evidence: [anEvidence()] });
    expect(task.get('[data-test="claim"]').text()).toContain("Nobody has said that it is done.");
  });

  it("says of checks that were not run why, and of others that they are still to come", () => {
    const task = card({
      checks: [runs, { type: "manual", question: "Does it look right?" }],
      evidence: [anEvidence({ check: runs, outcome: "not_run", detail: "nobody allowed it" })],
    });
    const outcomes = task.findAll('[data-test="outcome"]').map((outcome) => outcome.text());
    expect(outcomes).toEqual(["not run", "not checked yet"]);
    expect(task.text()).toContain("nobody allowed it");
    expect(task.text()).toContain("Does it look right?");
  });

  it("keeps evidence of a check that the task no longer has", () => {
    const task = card({ checks: [], evidence: [anEvidence({ check: runs, detail: "exit 0" })] });
    expect(task.get('[data-test="evidence"]').text()).toContain("python3 hello.py");
  });

  it("not begun, lists what will prove it", () => {
    const task = card({ checks: [{ type: "file_contains", path: "a.md", text: "hello there" }] });
    expect(task.find('[data-test="claim"]').exists()).toBe(false);
    expect(task.get('[data-test="evidence"]').text()).toContain("a.md contains hello there");
  });

  it("blocked, names what it waits for and for how long", () => {
    const task = card({
      status: "blocked",
      since: Date.now() - 190_000,
      waits_for: { kind: "permission", what: "bash: rm -r build" },
      depends_on: ["T1", "T2"],
    });
    expect(task.get('[data-test="wait"]').text()).toContain("Waits for a permission: bash: rm -r build");
    expect(task.get('[data-test="wait"]').text()).toContain("for 3 min");
    expect(task.text()).toContain("after T1, T2");
  });
});

describe("long text", () => {
  it("is cut until asked for, and reads plainly", async () => {
    const text = `\u001b[31m${"x".repeat(10_000)}`;
    const long = mount(LongText, { props: { text, label: "Output" } });
    expect(long.get("pre").text()).toMatch(/^⟨ESC⟩\[31mx+…$/);
    expect(long.get("pre").text().length).toBeLessThan(4_100);
    await long.get("button").trigger("click");
    expect(long.get("pre").text().length).toBeGreaterThan(10_000);
    expect(long.get("button").text()).toBe("Show less");
    await long.setProps({ text: "short" });
    expect(long.find("button").exists()).toBe(false);
  });
});
