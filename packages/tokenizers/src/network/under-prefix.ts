import type { Named } from "@gmem/tensor";
import { mapNames } from "@gmem/weights";

/** If names start with one of the prefixes, those tensors alone, without it: an autoencoder inside a larger model. */
export function underPrefix<T>(tensors: Named<T>, prefixes: readonly RegExp[]): Named<T> {
  const prefix = prefixes.find((start) => Object.keys(tensors).some((name) => start.test(name)));
  return prefix
    ? mapNames(tensors, [
        [prefix, ""],
        [/^/, null],
      ])
    : tensors;
}
