/** Chance that is the same each time: mulberry32. */
export function chance(seed) {
  let state = seed;
  function next() {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }
  return {
    /** A whole number from `low` to `high`, both included. */
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    /** True so often in a hundred times. */
    percent: (share) => next() * 100 < share,
    of: (list) => list[Math.floor(next() * list.length)],
    /** An id that begins so, as OpenCode makes them. */
    id: (prefix) =>
      `${prefix}_${Array.from({ length: 20 }, () => "0123456789abcdefghjkmnpqrstvwxyz"[Math.floor(next() * 32)]).join("")}`,
  };
}
