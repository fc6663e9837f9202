import {
  type ComputedRef,
  computed,
  type InjectionKey,
  inject,
  provide,
  type ShallowRef,
  shallowRef,
} from "vue";
import { ApiError } from "../api/http";
import { type TokenState, tokenState } from "../api/token";
import type { Tone } from "../events/kinds";
import type { Live } from "../live/useLive";

/** How long an outcome is shown, in milliseconds; what failed stays until it is put away. */
const TOAST_MS = 6_000;

/** What came of an act. */
export interface Toast {
  id: number;
  tone: Tone;
  text: string;
}

/** A question that is asked once before something is destroyed. */
export interface Question {
  title: string;
  /** What will happen, each a line. */
  lines: readonly string[];
  /** The word on the button that does it. */
  verb: string;
}

export interface Acts {
  token: Readonly<ShallowRef<TokenState>>;
  /** Whether this page may do anything at all. */
  mayAct: ComputedRef<boolean>;
  toasts: ShallowRef<readonly Toast[]>;
  putAway: (id: number) => void;
  question: Readonly<ShallowRef<Question | undefined>>;
  /** Answers the question that stands. */
  answer: (isYes: boolean) => void;
  /** Asks, and waits for the answer. */
  confirm: (question: Question) => Promise<boolean>;
  /**
   * Does something and shows what came of it: `done` when it went well, the sidecar's words when not. Returns the
   * result, or undefined where it failed.
   */
  run: <T>(act: () => Promise<T>, done: string | ((result: T) => string)) => Promise<T | undefined>;
}

const KEY: InjectionKey<Acts> = Symbol("acts");

/** What a person may do from this page, for the component that calls it and all below. */
export function provideActs(live: Live): Acts {
  const toasts = shallowRef<readonly Toast[]>([]);
  const question = shallowRef<Question>();
  let settle: ((isYes: boolean) => void) | undefined;
  let lastToast = 0;

  function show(tone: Tone, text: string): void {
    const id = ++lastToast;
    toasts.value = [...toasts.value.slice(-3), { id, tone, text }];
    if (tone !== "bad") setTimeout(() => putAway(id), TOAST_MS);
  }

  function putAway(id: number): void {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  }

  function answer(isYes: boolean): void {
    question.value = undefined;
    settle?.(isYes);
    settle = undefined;
  }

  const acts: Acts = {
    token: tokenState,
    mayAct: computed(() => tokenState.value === "held"),
    toasts,
    putAway,
    question,
    answer,
    confirm(asked) {
      answer(false);
      question.value = asked;
      return new Promise((done) => {
        settle = done;
      });
    },
    async run(act, done) {
      try {
        const result = await act();
        show("good", typeof done === "string" ? done : done(result));
        live.sessions.ask();
        live.asks.ask();
        return result;
      } catch (cause) {
        show("bad", cause instanceof ApiError ? cause.message : "That did not work, and nobody said why.");
        live.asks.ask();
        return undefined;
      }
    },
  };
  provide(KEY, acts);
  return acts;
}

export function useActs(): Acts {
  const acts = inject(KEY);
  if (!acts) throw new Error("no acts above this component");
  return acts;
}
