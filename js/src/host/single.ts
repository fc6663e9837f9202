/** Where every copy of the plugin in this process leaves word of itself. */
const PLACE = Symbol.for("rozet-opencode");

type Holder = { [PLACE]?: WeakMap<object, string> };

/**
 * Takes the place of the one Rozet in an OpenCode instance, which hands the same client to each of its plugins. When it is
 * taken, says which version has it.
 */
export function takePlace(client: object, version: string): string | undefined {
  const holder = globalThis as Holder;
  holder[PLACE] ??= new WeakMap();
  const taken = holder[PLACE].get(client);
  if (taken === undefined) holder[PLACE].set(client, version);
  return taken;
}

/** Gives the place up, so that the plugin can be loaded again. */
export function givePlace(client: object): void {
  (globalThis as Holder)[PLACE]?.delete(client);
}
