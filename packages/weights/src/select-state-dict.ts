import type { Named } from "@gmem/tensor";
import { WeightsError } from "./weights-error.ts";

const averaged = ["ema", "ema_state_dict", "model_ema"];
const raw = ["model", "state_dict", "model_state_dict", "module"];
const wrapper = /^(?:module\.|_orig_mod\.)+/;

/**
 * The network inside a checkpoint: the averaged weights (`ema`) if there are any, else the raw ones (`model`,
 * `state_dict`), else the file as it is; without the prefixes of data-parallel and compiled modules. Works on anything
 * by name, so on lists of names too.
 * @throws {WeightsError} code `WEIGHTS` if two tensors get one name or `weights` asks for what is not there.
 * @example
 * const names = selectStateDict({ tensors: { "model/module.w": 1, "ema/module.w": 2 } }); // { w: 2 }
 */
export function selectStateDict<T>(
  checkpoint: { readonly tensors: Named<T> },
  options: { readonly weights?: "ema" | "raw" } = {},
): Named<T> {
  const entries = Object.entries(checkpoint.tensors);
  const kinds = options.weights === "raw" ? raw : options.weights === "ema" ? averaged : [...averaged, ...raw];
  const group = kinds.find((kind) => entries.some(([name]) => name.startsWith(`${kind}/`)));
  if (
    group === undefined &&
    options.weights !== undefined &&
    (options.weights === "ema" || entries.some(([name]) => name.includes("/")))
  )
    throw refusal(`the checkpoint must hold one of ${kinds.join(", ")}`, tops(entries));
  const selected = new Map<string, T>();
  for (const [path, value] of entries) {
    if (group !== undefined && !path.startsWith(`${group}/`)) continue;
    const inside = group === undefined ? path : path.slice(group.length + 1);
    const name = inside.replace(wrapper, "").replaceAll("._orig_mod.", ".");
    if (selected.has(name)) throw refusal("names are unique once their wrappers are gone", `"${name}" twice`);
    selected.set(name, value);
  }
  return Object.fromEntries(selected);
}

const tops = (entries: readonly (readonly [string, unknown])[]): string =>
  [...new Set(entries.map(([name]) => name.split("/")[0] ?? name))].slice(0, 8).join(", ") || "no tensors";

const refusal = (rule: string, found: string): WeightsError =>
  new WeightsError("WEIGHTS", { file: "selectStateDict", rule, found });
