import type { Named } from "@gmem/tensor";

/** The tensors of one network among those of a checkpoint. */
export interface NetworkGroup {
  /** Where it stands in the file: `ema`, `state_dict/model_ema`; empty for a file that is one network. */
  readonly group: string;
  readonly kind: "averaged" | "raw" | "other";
  /** Names in the file by those in the network, without what wrappers put before them. */
  readonly names: readonly (readonly [name: string, inFile: string])[];
}

const averagedWord = /(^|_)(ema|swa|avg|averaged?|shadow|polyak)(_|$)/i;
/** The same where a network's own parts stand as well, such as `avg_pool`. */
const averagedPart = /^(ema|ema_(model|net|unet)|(model|net|unet)_ema|averaged_model|swa_model)$/;
/** What averaging counts for itself. */
export const counters: ReadonlySet<string> = new Set(
  "decay num_updates n_averaged initted step optimization_step min_decay".split(" "),
);
const rawWords = new Set(
  "model state_dict model_state_dict model_state module params net network weights online_model".split(" "),
);
/** What a network may stand in as the whole of a Lightning module. */
const attribute = /^(model|net|network)\./;
const training = /^(opt|optim\w*|scaler|grad_scaler|sched\w*|lr_sched\w*|rng\w*|callbacks|loops)$/i;
const wrappers = /(^|\.)(?:(?:module|_orig_mod|_checkpoint_wrapped_module|_fsdp_wrapped_module|_forward_module)\.)+/g;

const isAveraged = (word: string): boolean => averagedWord.test(word);
const isKnown = (word: string): boolean => isAveraged(word) || rawWords.has(word);

/**
 * The networks that a checkpoint may hold, by the names of its tensors: dictionaries under usual names (`ema`, `model`,
 * `state_dict_ema`, …), lists of them, and parts of one dictionary whose names begin with one (`ema_model.`, `model_ema.`).
 * What only training needs is none.
 */
export function networkGroups(tensors: Named<unknown>): readonly NetworkGroup[] {
  const groups = new Map<string, [name: string, inFile: string][]>();
  for (const inFile of Object.keys(tensors)) {
    const place = placeOf(inFile.split("/"));
    if (!place) continue;
    const names = groups.get(place.group) ?? [];
    groups.set(place.group, names);
    names.push([place.name.replace(wrappers, "$1"), inFile]);
  }
  return [...groups].flatMap(([group, names]) => parts(group, names));
}

/** The outermost dictionary of a tensor, or the innermost that has the name of a network, with its number in a list. */
function placeOf(path: readonly string[]): { readonly group: string; readonly name: string } | undefined {
  const folders = path.slice(0, -1);
  if (folders.some((folder) => training.test(folder))) return undefined;
  const known = folders.findLastIndex(isKnown);
  const length = known < 0 ? Math.min(1, folders.length) : known + (/^\d+$/.test(folders[known + 1] ?? "") ? 2 : 1);
  return { group: path.slice(0, length).join("/"), name: path.slice(length).join("/") };
}

/** A dictionary that holds averaged and raw weights by what their names begin with, or one network. */
function parts(group: string, names: readonly (readonly [string, string])[]): readonly NetworkGroup[] {
  const first = ([name]: readonly [string, string]): string => name.match(/^(\w+)\./)?.[1] ?? "";
  if (names.some((pair) => averagedPart.test(first(pair)))) {
    const inside = new Map<string, [string, string][]>();
    for (const pair of names) {
      const word = first(pair);
      if (!averagedPart.test(word) && !rawWords.has(word)) continue;
      const own = inside.get(word) ?? [];
      inside.set(word, own);
      own.push([pair[0].slice(word.length + 1).replace(wrappers, "$1"), pair[1]]);
    }
    return [...inside].map(([word, own]) => ({
      group: group ? `${group}/${word}` : word,
      kind: averagedPart.test(word) ? "averaged" : "raw",
      names: own,
    }));
  }
  const folders = group.split("/");
  const kind = folders.some(isAveraged) ? "averaged" : folders.some((folder) => rawWords.has(folder)) ? "raw" : "other";
  if (kind === "averaged" && names.every(([name]) => counters.has(name))) return [];
  const prefix = names[0]?.[0].match(attribute)?.[0];
  const isWrapped = prefix !== undefined && names.every(([name]) => name.startsWith(prefix));
  return [{ group, kind, names: isWrapped ? names.map(([name, at]) => [name.slice(prefix.length), at]) : names }];
}
