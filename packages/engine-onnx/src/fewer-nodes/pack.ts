import { type Aval, concat, type Shape, sizeOf, slice, type Tensor } from "@gmem/tensor";
import type { Update } from "./alike-updates.ts";

/** Updates that are made as one. */
export interface Group {
  readonly updates: readonly Update[];
  /** Shape of a row of their arrays: all axes but the first; [] where they are flattened. */
  readonly row: Shape;
}

/** Arrays of the state that a program has as one, one after the other along their first axis. */
export interface Pack extends Aval {
  /** Of the array in the program's state. */
  readonly name: string;
  readonly members: readonly { readonly name: string; readonly shape: Shape; readonly rows: number }[];
}

/** Of updates that are alike, those whose arrays have equal rows; what is left over is flattened. */
export function byRow(updates: readonly Update[]): readonly Group[] {
  const shapeOf = ({ makes }: Update): Shape => (makes[0] as Update["makes"][number]).tensor.shape;
  const counts = new Map<string, number>();
  const textOf = (update: Update): string => String(shapeOf(update).slice(1));
  for (const update of updates) counts.set(textOf(update), (counts.get(textOf(update)) ?? 0) + 1);
  const groups = new Map<string, Update[]>();
  for (const update of updates) {
    const row = textOf(update);
    const key = counts.get(row) === 1 ? "" : row;
    groups.set(key, [...(groups.get(key) ?? []), update]);
  }
  return [...groups].map(([key, own]) => ({
    updates: akin(own),
    row: key === "" ? [] : shapeOf(own[0] as Update).slice(1),
  }));
}

/** Those side by side whose gradients can be computed as one: products with the same operand, sums over as many. */
function akin(updates: readonly Update[]): readonly Update[] {
  const kinds = new Map<string, Update[]>();
  for (const update of updates) {
    const gradient = update.from.find(({ node }) => node.op !== "input")?.node;
    const operand = gradient?.op === "matmul" ? gradient.inputs[1]?.node.id : gradient?.inputs[0]?.shape;
    const kind = `${gradient?.op} ${operand}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), update]);
  }
  return [...kinds.values()].flat();
}

/** The arrays that the updates of a group replace, each with those of the other updates. */
export function packsOf({ updates, row }: Group, i: number): readonly Pack[] {
  const [model] = updates as readonly [Update];
  return model.makes.map(({ tensor }, j) => {
    const members = updates.map(({ makes }) => {
      const { name, tensor } = makes[j] as Update["makes"][number];
      return { name, shape: tensor.shape, rows: sizeOf(tensor.shape) / sizeOf(row) };
    });
    const rows = members.reduce((sum, member) => sum + member.rows, 0);
    return { name: `packed/${i}/${j}`, dtype: tensor.dtype, shape: [rows, ...row], members };
  });
}

/** The members of a pack, cut out of its array. */
export function piecesOf({ members }: Pack, whole: Tensor): readonly (readonly [name: string, piece: Tensor])[] {
  let start = 0;
  return members.map(({ name, shape, rows }) => {
    const piece = slice(whole, 0, [start, start + rows]).reshape(shape);
    start += rows;
    return [name, piece];
  });
}

/** The arrays that the updates of a group begin with in the k-th place, one after the other. */
export const joined = ({ updates, row }: Group, k: number, now: (tensor: Tensor) => Tensor): Tensor =>
  concat(
    updates.map(({ from }) => now(from[k] as Tensor).reshape([-1, ...row])),
    0,
  );
