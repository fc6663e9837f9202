/** A unified diff, line by line. */
export type DiffLineKind = "added" | "removed" | "same" | "place" | "file";

export interface DiffLine {
  kind: DiffLineKind;
  text: string;
}

/** More lines than these are shown only when asked for. */
export const MOST_DIFF_LINES = 400;

/** What each line of a diff says; a file's own head comes before its first place. */
export function diffLines(diff: string): DiffLine[] {
  let isInHead = true;
  return diff
    .replace(/\n$/, "")
    .split("\n")
    .map((text) => {
      if (text.startsWith("@@")) isInHead = false;
      else if (/^(diff |Index: |={20,}$)/.test(text)) isInHead = true;
      return { kind: kindOf(text, isInHead), text };
    });
}

function kindOf(line: string, isInHead: boolean): DiffLineKind {
  if (line.startsWith("@@")) return "place";
  if (
    isInHead &&
    /^(---|\+\+\+|diff |index |Index: |=+$|new file|deleted file|old mode|new mode|\\)/.test(line)
  )
    return "file";
  if (line.startsWith("+")) return "added";
  if (line.startsWith("-")) return "removed";
  return "same";
}

/** How many lines a diff adds and removes. */
export function diffSize(lines: readonly DiffLine[]): { added: number; removed: number } {
  const count = (kind: DiffLineKind) => lines.filter((line) => line.kind === kind).length;
  return { added: count("added"), removed: count("removed") };
}

/** True for a text that reads as a unified diff. */
export function isDiff(text: string): boolean {
  return /^@@ -\d+(,\d+)? \+\d+(,\d+)? @@/m.test(text.slice(0, 4_000));
}
