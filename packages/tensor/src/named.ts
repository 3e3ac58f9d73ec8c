import type { Aval, Named } from "./aval.ts";

/** What f makes of each value, under the same name. */
export const mapNamed = <A, B>(named: Named<A>, f: (value: A, name: string) => B): Named<B> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [name, f(value, name)]));

/** Element types and shapes alone, of named arrays or tensors. */
export const avalsOf = (named: Named<Aval>): Named<Aval> =>
  mapNamed(named, ({ dtype, shape }) => ({ dtype, shape: [...shape] }));

/** `{ w }` with the prefix "ema/" → `{ "ema/w" }`. */
export const prefixed = <T>(prefix: string, named: Named<T>): Named<T> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [prefix + name, value]));

/** What begins with a prefix, named without it: `{ "ema/w", "model/w" }` with "ema/" → `{ w }`. */
export const withoutPrefix = <T>(prefix: string, named: Named<T>): Named<T> =>
  Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
    ),
  );
