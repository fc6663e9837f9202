/** Where the words of a search stand in a text. */
export interface Piece {
  text: string;
  isHit: boolean;
}

/** Characters shown before the first hit and after the last. */
const AROUND_CHARS = 80;
const MOST_CHARS = 320;

/** The words of a search, in lower case; `auth*` finds what begins so. */
export function searchWords(text: string): string[] {
  return text
    .toLowerCase()
    .split(/\s+/)
    .map((word) => word.replace(/^["']+|["'*]+$/g, ""))
    .filter(Boolean);
}

/** The part of a text around the first hit, cut into pieces at the hits. */
export function piecesOf(text: string, words: readonly string[]): Piece[] {
  const low = text.toLowerCase();
  // A character whose lower case is longer would shift every place behind it.
  const isEven = low.length === text.length;
  const places = isEven ? words.map((word) => low.indexOf(word)).filter((at) => at >= 0) : [];
  const first = places.length > 0 ? Math.min(...places) : 0;
  const from = Math.max(0, first - AROUND_CHARS);
  const part = text.slice(from, from + MOST_CHARS);
  const pieces = isEven ? cut(part, words) : [{ text: part, isHit: false }];
  if (from > 0) pieces.unshift({ text: "…", isHit: false });
  if (from + MOST_CHARS < text.length) pieces.push({ text: "…", isHit: false });
  return pieces;
}

function cut(part: string, words: readonly string[]): Piece[] {
  const low = part.toLowerCase();
  const pieces: Piece[] = [];
  let at = 0;
  while (at < part.length) {
    const next = nextHit(low, words, at);
    if (!next) break;
    if (next.at > at) pieces.push({ text: part.slice(at, next.at), isHit: false });
    pieces.push({ text: part.slice(next.at, next.at + next.length), isHit: true });
    at = next.at + next.length;
  }
  if (at < part.length) pieces.push({ text: part.slice(at), isHit: false });
  return pieces;
}

function nextHit(
  low: string,
  words: readonly string[],
  from: number,
): { at: number; length: number } | undefined {
  let best: { at: number; length: number } | undefined;
  for (const word of words) {
    const at = low.indexOf(word, from);
    if (at >= 0 && (best === undefined || at < best.at || (at === best.at && word.length > best.length)))
      best = { at, length: word.length };
  }
  return best;
}

/** The text of a payload that holds most of the words, else the first that holds any; with the name of its field. */
export function bestText(
  payload: Record<string, unknown>,
  words: readonly string[],
): { field: string; text: string } | undefined {
  let best: { field: string; text: string; score: number } | undefined;
  const open: [string, unknown, number][] = [["", payload, 0]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [field, value, depth] = next;
    if (typeof value === "string") {
      const low = value.slice(0, 200_000).toLowerCase();
      const score = words.filter((word) => low.includes(word)).length;
      if (score > 0 && (best === undefined || score >= best.score)) best = { field, text: value, score };
    } else if (typeof value === "object" && value !== null && depth < 40) {
      for (const [name, inner] of Object.entries(value).slice(0, 500).reverse())
        open.push([Array.isArray(value) ? field : name, inner, depth + 1]);
    }
  }
  return best;
}
