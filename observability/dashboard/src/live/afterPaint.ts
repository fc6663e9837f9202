/** A hidden page is not painted. */
const AT_LATEST_MS = 100;

/** Resolves once what has changed until now is on the screen: what comes later must not make the reader wait for it. */
export function afterPaint(): Promise<void> {
  return new Promise((done) => {
    const atLatest = setTimeout(done, AT_LATEST_MS);
    // The frame is painted after its callbacks.
    requestAnimationFrame(() =>
      setTimeout(() => {
        clearTimeout(atLatest);
        done();
      }),
    );
  });
}
