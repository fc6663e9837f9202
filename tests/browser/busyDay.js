/**
 * A busy day, recorded nowhere and always the same: three people's projects, sessions with children, plans, workers,
 * tools, permissions, failures and what it all cost, as the events that the plugin and the sidecar would have sent.
 */
import { chance } from "./chance.js";
import { Project } from "./project.js";
import { PROJECTS, turnsOf } from "./work.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How long before its end the day began, in milliseconds. */
const DAY_MS = 9 * HOUR_MS;

/**
 * The events of the day that ends at `endMs`, in the order of time, as batches of one producer each.
 * `directoryOf` tells where a project lies. The last sessions are still at work when the day ends; those of a day that is
 * `past`, of which each number makes one of its own, are over.
 */
export function busyDay(endMs, directoryOf, past) {
  const random = chance(past ?? 20_261_125);
  const projects = PROJECTS.map((about) => new Project(about, directoryOf(about.name), random));
  const startMs = endMs - DAY_MS;
  for (const project of projects) {
    let at = startMs + random.between(2, 40) * MINUTE_MS;
    for (const wanted of turnsOf(project.about)) {
      const turn = past === undefined ? wanted : { ...wanted, isOpen: false };
      if (turn.isOpen) at = endMs - random.between(4, 9) * MINUTE_MS;
      at = project.session(at, turn, endMs);
      at += random.between(8, 55) * MINUTE_MS;
      if (at > endMs - 30 * MINUTE_MS) at = Math.min(at, endMs - 20 * MINUTE_MS);
    }
  }
  return {
    batches: batchesOf(projects.flatMap((project) => project.events)),
    sessions: projects.flatMap((project) => project.sessions),
  };
}

/** Numbers each producer's events in the order of time, and puts neighbours of one producer together. */
function batchesOf(events) {
  const ordered = events.map((event, place) => ({ event, place }));
  ordered.sort((a, b) => a.event.timestamp - b.event.timestamp || a.place - b.place);
  const numbers = new Map();
  const batches = [];
  for (const { event } of ordered) {
    const { producer } = event;
    const seq = (numbers.get(producer) ?? 0) + 1;
    numbers.set(producer, seq);
    const last = batches.at(-1);
    const batch =
      last?.producer === producer && last.events.length < 500
        ? last
        : { producer, events: [], coalesced: 0, dropped: 0 };
    if (batch !== last) batches.push(batch);
    batch.events.push({ ...event, seq, event_id: `${producer}.${seq}` });
  }
  return batches;
}
