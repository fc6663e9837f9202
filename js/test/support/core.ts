import type { CoreLoader } from "../../src/core/load.ts";
import type { Effect, Envelope, Event, Input, Start } from "../../src/generated/types.ts";

/** A core that does what the test says, and remembers what it was told. */
export class ScriptedCore {
  readonly starts: Start[] = [];
  readonly inputs: Input[] = [];
  #seq = 0;

  constructor(private readonly script: (input: Input, core: ScriptedCore) => Effect[]) {}

  /** Puts it in the place of the wasm core. */
  readonly load: CoreLoader = (startJson) => {
    const start = JSON.parse(startJson) as Start;
    this.starts.push(start);
    this.#seq = start.last_seq;
    return {
      handle: (json) => {
        const { input } = JSON.parse(json) as Envelope;
        this.inputs.push(input);
        return JSON.stringify(this.script(input, this));
      },
      is_secret: (name) => name === "SCRIPTED_TOKEN",
      free: () => {},
    };
  };

  /** An effect that emits the next event. */
  emit(hook_event_type: string, payload: Record<string, unknown> = {}): Effect {
    this.#seq += 1;
    const producer = this.starts.at(-1)?.producer ?? "";
    return { type: "emit", event: event(producer, this.#seq, hook_event_type, payload) };
  }

  /** The inputs of one type. */
  got<Type extends Input["type"]>(type: Type): Array<Extract<Input, { type: Type }>> {
    return this.inputs.filter((input): input is Extract<Input, { type: Type }> => input.type === type);
  }
}

/** An event as a core would make it. */
export function event(
  producer: string,
  seq: number,
  hook_event_type = "Notification",
  payload: Record<string, unknown> = {},
): Event {
  return {
    event_id: `${producer}.${seq}`,
    producer,
    seq,
    source_app: "rozet-opencode",
    session_id: "s1",
    hook_event_type,
    payload,
    timestamp: 1,
  };
}
