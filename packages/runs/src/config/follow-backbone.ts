import { isTree, type Tree } from "./tree.ts";

/** What a DiT settles otherwise than the networks of continuous time: loss, path, law of time and solver. */
const settled = { objective: ["loss", "weight", "interpolant", "cosine", "time"], sampler: ["solver"] } as const;

const recordOf = (tree: Tree, name: string): Tree => (isTree(tree[name]) ? tree[name] : {});
const isDit = (config: Tree): boolean => recordOf(config, "backbone").kind === "dit";

/**
 * `base` for a configuration whose backbone is of the other process: what was settled for the first backbone is left behind,
 * so that what is set over it, and the defaults, hold.
 */
export function forBackboneOf(changed: Tree, base: Tree): Tree {
  if (isDit(base) === isDit(changed)) return base;
  const result: Tree = { ...base };
  for (const [name, keys] of Object.entries(settled)) {
    if (!isTree(base[name])) continue;
    result[name] = Object.fromEntries(
      Object.entries(base[name]).filter(([key]) => !(keys as readonly string[]).includes(key)),
    );
  }
  return result;
}

/**
 * A configuration with what its backbone settles: a DiT learns the noise and the variance of a discrete process, and is drawn
 * from by its steps, unless loss, path and solver are given.
 */
export function followBackbone(config: Tree): Tree {
  const isOdd = ["objective", "sampler"].some((name) => config[name] !== undefined && !isTree(config[name]));
  if (!isDit(config) || isOdd) return config; // the schema says what is odd
  const objective = { loss: "ddpm", ...recordOf(config, "objective") };
  const sampler = recordOf(config, "sampler");
  if (objective.loss !== "ddpm") return { ...config, objective };
  return { ...config, objective: { interpolant: "vp", ...objective }, sampler: { solver: "ddim", ...sampler } };
}
