import { useEventListener } from "@vueuse/core";
import { type InjectionKey, inject, provide, type Ref, readonly, ref } from "vue";
import { type PageQuery, readQuery, writeQuery } from "./query";

export interface PageRoute {
  query: Readonly<Ref<PageQuery>>;
  /** Goes somewhere one may come back from. */
  go: (change: Partial<PageQuery>) => void;
  /** Changes the address in place. */
  adjust: (change: Partial<PageQuery>) => void;
  /** The address that `go` would lead to, for a link. */
  hrefTo: (change: Partial<PageQuery>) => string;
}

const KEY: InjectionKey<PageRoute> = Symbol("page query");

/** Ties the page's query to the address bar, for the component that calls it and all below. */
export function providePageQuery(): PageRoute {
  const query = ref(readQuery(window.location.search));
  useEventListener(window, "popstate", () => {
    query.value = readQuery(window.location.search);
  });

  function hrefTo(change: Partial<PageQuery>): string {
    // The fragment stays: it is not ours to drop.
    return window.location.pathname + writeQuery({ ...query.value, ...change }) + window.location.hash;
  }

  function move(change: Partial<PageQuery>, how: "pushState" | "replaceState"): void {
    const href = hrefTo(change);
    query.value = { ...query.value, ...change };
    window.history[how](null, "", href);
  }

  const route: PageRoute = {
    query: readonly(query) as Readonly<Ref<PageQuery>>,
    go: (change) => move(change, "pushState"),
    adjust: (change) => move(change, "replaceState"),
    hrefTo,
  };
  provide(KEY, route);
  return route;
}

export function usePageQuery(): PageRoute {
  const route = inject(KEY);
  if (!route) throw new Error("no page query above this component");
  return route;
}
