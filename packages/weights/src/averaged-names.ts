import { type Named, type Shape, sameShape } from "@gmem/tensor";
import { counters, type NetworkGroup } from "./network-groups.ts";

type Names = NetworkGroup["names"];

/**
 * Names in the file by those in the network, for averaged weights that stand beside the `raw` ones: a list has its names by
 * the order and shapes of the raw tensors, others may lack the dots in their names, and what is not averaged (buffers, frozen
 * tables) is the raw one.
 * @returns undefined for a list that fits in more than one way, or in none.
 */
export function averagedNames(
  averaged: Names,
  raw: Names,
  tensors: Named<unknown>,
): { readonly names: Names; readonly filled: number } | undefined {
  const isList = averaged.every(([name]) => /^\d+$/.test(name));
  const own = isList ? aligned(averaged, raw, tensors) : dotted(averaged, raw);
  if (!own) return undefined;
  const found = new Map(own);
  const known = raw.some(([name]) => found.has(name)) ? raw : [];
  const filled = known.filter(([name]) => !found.has(name));
  const inOrder = known.map(([name, at]): readonly [string, string] => [name, found.get(name) ?? at]);
  const rawNames = new Set(known.map(([name]) => name));
  return { names: [...inOrder, ...own.filter(([name]) => !rawNames.has(name))], filled: filled.length };
}

/** LitEma takes the dots out of names, since those of buffers have none. */
function dotted(averaged: Names, raw: Names): Names {
  const names = new Map(raw.map(([name]) => [name.replaceAll(".", ""), name]));
  const rawNames = new Set(names.values());
  return averaged.flatMap(([name, at]) => {
    if (rawNames.has(name)) return [[name, at] as const];
    if (counters.has(name)) return [];
    return [[names.get(name) ?? name, at] as const];
  });
}

/** The one way to read a list as the raw tensors in their order with some left out, by shapes. */
function aligned(averaged: Names, raw: Names, tensors: Named<unknown>): Names | undefined {
  const list = [...averaged].sort(([a], [b]) => Number(a) - Number(b));
  const forward = embedded(list, raw, tensors);
  const backward = embedded([...list].reverse(), [...raw].reverse(), tensors)?.reverse();
  const isOne = forward && backward && forward.every(([name], i) => name === backward[i]?.[0]);
  return isOne ? forward : undefined;
}

/** Each of the list at the first raw tensor of its shape behind the one before. */
function embedded(list: Names, raw: Names, tensors: Named<unknown>): (readonly [string, string])[] | undefined {
  const shapeOf = (at: string): Shape | undefined => (tensors[at] as { readonly shape?: Shape } | undefined)?.shape;
  const named: [string, string][] = [];
  for (const [name, at] of raw) {
    const next = list[named.length]?.[1];
    const [own, wanted] = [shapeOf(at), next === undefined ? undefined : shapeOf(next)];
    if (next !== undefined && own && wanted && sameShape(own, wanted)) named.push([name, next]);
  }
  return named.length === list.length ? named : undefined;
}
