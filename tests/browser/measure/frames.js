/** Frames: how long a page took from one to the next. */

/** Begins to note frames, in the page. */
export function watchFrames(page) {
  return page.evaluate(() => {
    const frames = { longest: 0, count: 0, over50: 0, isOn: true, last: performance.now() };
    globalThis.frames_ = frames;
    function next(now) {
      const took = now - frames.last;
      frames.last = now;
      frames.count += 1;
      frames.longest = Math.max(frames.longest, took);
      if (took > 50) frames.over50 += 1;
      if (frames.isOn) requestAnimationFrame(next);
    }
    requestAnimationFrame((now) => {
      frames.last = now;
      requestAnimationFrame(next);
    });
  });
}

/** Ends it; the longest frame is in milliseconds. */
export function framesOf(page) {
  return page.evaluate(() => {
    globalThis.frames_.isOn = false;
    const { longest, count, over50 } = globalThis.frames_;
    return { longest, count, over50 };
  });
}

/** The value below which `share` of the numbers lie. */
export function quantile(numbers, share) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
