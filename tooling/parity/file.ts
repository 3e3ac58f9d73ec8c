import { GMemError, type Named, type NDArray } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";

/** A {@link ParityFile} over tensors in memory, and the set of names that were read through it. */
export function parityFile(
  name: string,
  tensors: Named<NDArray>,
  metadata: Readonly<Record<string, string>>,
): { readonly file: ParityFile; readonly read: ReadonlySet<string> } {
  const read = new Set<string>();
  const dot = name.indexOf(".");
  const find = (tensor: string): NDArray | undefined => {
    if (tensors[tensor]) read.add(tensor);
    return tensors[tensor];
  };
  const file: ParityFile = {
    name,
    component: dot < 0 ? name : name.slice(0, dot),
    variant: dot < 0 ? "" : name.slice(dot + 1),
    metadata,
    config: JSON.parse(metadata.config ?? "{}") as Record<string, unknown>,
    names: Object.keys(tensors),
    shapes: Object.fromEntries(Object.entries(tensors).map(([key, { shape }]) => [key, shape])),
    find,
    get(tensor) {
      const found = find(tensor);
      if (!found) throw new GMemError("DATA", `${name}: the file must hold a tensor "${tensor}", got none`);
      return found;
    },
    part(prefix) {
      const entries: [string, NDArray][] = [];
      for (const key of Object.keys(tensors))
        if (key.startsWith(prefix)) entries.push([key.slice(prefix.length), find(key) as NDArray]);
      return Object.fromEntries(entries);
    },
  };
  return { file, read };
}
