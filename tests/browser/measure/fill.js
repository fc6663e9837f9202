/** Fills a store with busy days, one before the other. */
import { busyDay } from "../busyDay.js";
import { act } from "../feed.js";

const DAY_MS = 24 * 60 * 60_000;

/** Stores at least so many events; the newest day ends now. Returns how many there are. */
export async function fill(settings, events) {
  let stored = 0;
  for (let day = 0; stored < events; day++) {
    const { batches } = busyDay(
      Date.now() - day * DAY_MS,
      (name) => `/work/${name}`,
      day === 0 ? undefined : day,
    );
    for (const batch of batches) {
      await act(settings, "POST", "/v1/events", batch);
      stored += batch.events.length;
    }
  }
  return stored;
}
