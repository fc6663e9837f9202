/** Fills a store with busy days, one after the other. */
import { busyDay } from "../busyDay.js";
import { act } from "../feed.js";

const DAY_MS = 24 * 60 * 60_000;

/** Stores at least so many events; the newest day comes last and ends now. Returns how many there are. */
export async function fill(settings, events) {
  const directoryOf = (name) => `/work/${name}`;
  const today = busyDay(Date.now(), directoryOf).batches;
  const days = [today];
  for (let stored = sizeOf(today); stored < events; stored += sizeOf(days[0])) {
    const past = days.length;
    days.unshift(busyDay(Date.now() - past * DAY_MS, directoryOf, past).batches);
  }
  for (const batches of days) for (const batch of batches) await act(settings, "POST", "/v1/events", batch);
  return days.reduce((sum, batches) => sum + sizeOf(batches), 0);
}

function sizeOf(batches) {
  return batches.reduce((sum, batch) => sum + batch.events.length, 0);
}
