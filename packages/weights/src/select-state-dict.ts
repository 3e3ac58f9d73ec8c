import { counted, type Named } from "@gmem/tensor";
import { averagedNames } from "./averaged-names.ts";
import { type NetworkGroup, networkGroups } from "./network-groups.ts";
import { WeightsError } from "./weights-error.ts";

/** Which network of a checkpoint: `ema`, `raw`, or a group by its name in the file; default the averaged one if there is one. */
export interface WeightsOptions {
  readonly weights?: "ema" | "raw" | (string & {});
}

/** What was taken of a checkpoint. */
export interface TakenNetwork {
  /** Where it stands in the file; empty for a file that is one network. */
  readonly group: string;
  readonly kind: NetworkGroup["kind"];
  /** The other networks of the file. */
  readonly others: readonly string[];
  /** Tensors that are not averaged and come from the raw network. */
  readonly filled: number;
}

/**
 * The network inside a checkpoint: the averaged weights (`ema`, `ema_model`, `state_dict_ema`, `params_ema`, `model_ema.`, …)
 * if there are any, else the raw ones (`model`, `state_dict`, …), else the file as it is; without the prefixes of
 * data-parallel, sharded, recomputed and compiled modules and of Lightning's. Works on anything by name, so on lists of names
 * too.
 * @throws {WeightsError} code `WEIGHTS`, with the groups of the file, if more than one may be meant or `weights` asks for what
 * is not there; if two tensors get one name.
 * @example
 * const names = selectStateDict({ tensors: { "model/module.w": 1, "ema/module.w": 2 } }); // { w: 2 }
 */
export const selectStateDict = <T>(
  checkpoint: { readonly tensors: Named<T> },
  options: WeightsOptions = {},
): Named<T> => selectNetwork(checkpoint, options).tensors;

/** {@link selectStateDict}, and what was taken. */
export function selectNetwork<T>(
  { tensors, path = "checkpoint" }: { readonly tensors: Named<T>; readonly path?: string },
  { weights }: WeightsOptions = {},
): { readonly tensors: Named<T>; readonly taken: TakenNetwork } {
  const refusal = (rule: string, found: string): WeightsError =>
    new WeightsError("WEIGHTS", { file: path, rule, found });
  const groups = networkGroups(tensors);
  const found = choose(groups, { weights, refusal });
  const raw = rawBeside(found, groups);
  const taken = { group: found.group, kind: found.kind, others: others(groups, found), filled: 0 };
  if (found.kind !== "averaged") return { tensors: named(found.names, tensors, refusal), taken };
  const whole = averagedNames(found.names, raw?.names ?? [], tensors);
  if (!whole) {
    const rule = `"${found.group}" is a list without names, which must fit the tensors of the raw network by order and shape in one way; choose another by its name with weights (--weights)`;
    throw refusal(rule, listed(groups));
  }
  return { tensors: named(whole.names, tensors, refusal), taken: { ...taken, filled: whole.filled } };
}

type Refusal = (rule: string, found: string) => WeightsError;

function choose(
  groups: readonly NetworkGroup[],
  { weights, refusal }: { readonly weights: string | undefined; readonly refusal: Refusal },
): NetworkGroup {
  const hint = "choose one by its name with weights (--weights)";
  const one = (kind: NetworkGroup["kind"]): NetworkGroup | undefined => {
    const found = groups.filter((group) => group.kind === kind);
    if (found.length > 1) throw refusal(`more than one network has ${kind} weights; ${hint}`, listed(found));
    return found[0];
  };
  const exact = groups.find(({ group }) => group === weights);
  if (exact) return exact;
  if (weights !== undefined && weights !== "ema" && weights !== "raw")
    throw refusal(`there must be a network "${weights}"; ${hint}`, listed(groups));
  const averaged = weights === "raw" ? undefined : one("averaged");
  if (averaged) return averaged;
  if (weights === "ema") throw refusal(`there must be averaged weights, such as ema; ${hint}`, listed(groups));
  const raw = one("raw") ?? (groups.length === 1 ? groups[0] : undefined);
  if (raw) return raw;
  if (weights === "raw" && groups.some(({ group }) => group !== ""))
    throw refusal(`there must be a network such as model or state_dict; ${hint}`, listed(groups));
  return asItIs(groups);
}

/** A file of several dictionaries that no name tells apart: all of it, by paths. */
const asItIs = (groups: readonly NetworkGroup[]): NetworkGroup => ({
  group: "",
  kind: "other",
  names: groups.flatMap(({ group, names }) =>
    names.map(([name, at]): readonly [string, string] => [group ? `${group}/${name}` : name, at]),
  ),
});

/** The raw network that averaged weights are the average of: the one beside them. */
function rawBeside({ group }: NetworkGroup, groups: readonly NetworkGroup[]): NetworkGroup | undefined {
  const raw = groups.filter(({ kind }) => kind === "raw");
  const parent = (path: string): string => path.split("/").slice(0, -1).join("/");
  return raw.length === 1 ? raw[0] : raw.find((other) => parent(other.group) === parent(group));
}

const others = (groups: readonly NetworkGroup[], found: NetworkGroup): readonly string[] =>
  groups.flatMap(({ group }) => (group === found.group || group === "" || found.group === "" ? [] : [group]));

function named<T>(names: NetworkGroup["names"], tensors: Named<T>, refusal: Refusal): Named<T> {
  const selected = new Map<string, T>();
  for (const [name, at] of names) {
    if (selected.has(name)) throw refusal("names are unique once their wrappers are gone", `"${name}" twice`);
    selected.set(name, tensors[at] as T);
  }
  return Object.fromEntries(selected);
}

const listed = (groups: readonly NetworkGroup[]): string =>
  groups.map(({ group, names }) => `${group || "the file itself"} (${counted(names.length, "tensor")})`).join(", ") ||
  "no tensors";
