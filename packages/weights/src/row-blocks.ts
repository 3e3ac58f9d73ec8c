import { concatRows, type Named, type NDArray } from "@gmem/tensor";
import { WeightsError } from "./weights-error.ts";

/**
 * Tensors by name, with those called `x#0`, `x#1` and `x#2` together under x: query, key and value, which are the blocks of
 * its rows in that order. A block that is not there is left out.
 * @throws {WeightsError} code `WEIGHTS` if x is there besides its blocks.
 */
export function rowBlocks(tensors: Named<NDArray>): ReadonlyMap<string, readonly NDArray[]> {
  const blocks = new Map<string, NDArray[]>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const [, whole = name, block = "0"] = /^(.*)#([012])$/.exec(name) ?? [];
    const others = blocks.get(whole) ?? [];
    if (Object.hasOwn(tensors, whole) && others.length > 0)
      throw refusal(whole, "the three of them in one tensor besides");
    others[Number(block)] = tensor;
    blocks.set(whole, others);
  }
  return new Map([...blocks].map(([name, found]) => [name, found.filter(Boolean)]));
}

/**
 * Tensors called `x#0`, `x#1` and `x#2` become x: their rows, joined in that order, as query, key and value are in original
 * checkpoints. Other tensors stay.
 * @throws {WeightsError} code `WEIGHTS` if one of the three is missing, or x is there besides.
 * @example
 * const [q, k, v] = [array([1], [1, 1]), array([2], [1, 1]), array([3], [1, 1])];
 * const joined = joinBlocks({ "qkv#0": q, "qkv#1": k, "qkv#2": v }); // qkv [3,1]
 */
export function joinBlocks(tensors: Named<NDArray>): Named<NDArray> {
  const joined = [...rowBlocks(tensors)].map(([name, blocks]): [string, NDArray] => {
    if (Object.hasOwn(tensors, name)) return [name, blocks[0] as NDArray];
    const missing = [0, 1, 2].find((i) => !Object.hasOwn(tensors, `${name}#${i}`));
    if (missing !== undefined) throw refusal(name, `none for part ${missing}`);
    return [name, concatRows(blocks)];
  });
  return Object.fromEntries(joined);
}

const refusal = (name: string, found: string): WeightsError =>
  new WeightsError("WEIGHTS", { file: "joinBlocks", rule: `query, key and value must be there for "${name}"`, found });
