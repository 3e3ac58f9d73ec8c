import { GMemError, mapNamed, type Named, type NDArray } from "@gmem/tensor";
import type { ParityFile } from "./case.ts";

/** What a reference file holds, and where it lies. */
export interface ParitySource {
  readonly tensors: Named<NDArray>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** A {@link ParityFile} over tensors in memory, and the set of names that were read through it. */
export function parityFile(
  { name, component }: { readonly name: string; readonly component: string },
  { tensors, metadata, folder = "" }: ParitySource,
): { readonly file: ParityFile; readonly read: ReadonlySet<string> } {
  const read = new Set<string>();
  const find = (tensor: string): NDArray | undefined => {
    if (tensors[tensor]) read.add(tensor);
    return tensors[tensor];
  };
  const config = (): ParityFile["config"] => parsed(name, metadata.config);
  const file: ParityFile = {
    name,
    component,
    folder,
    metadata,
    get config() {
      return config();
    },
    number(key, otherwise) {
      const value = metadata[key] ?? config()[key] ?? otherwise;
      const found = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value ?? Number.NaN);
      if (Number.isFinite(found)) return found;
      throw new GMemError("DATA", `${name}: the metadata must give a number "${key}", got ${value ?? "none"}`);
    },
    flag(key, otherwise) {
      const value = metadata[key] ?? config()[key] ?? otherwise;
      const found = typeof value === "string" ? switches[value.trim().toLowerCase()] : value;
      if (typeof found === "boolean") return found;
      throw new GMemError("DATA", `${name}: the metadata must say true or false for "${key}", got ${value ?? "none"}`);
    },
    names: Object.keys(tensors),
    shapes: mapNamed(tensors, ({ shape }) => shape),
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

const switches: Readonly<Record<string, boolean>> = { true: true, false: false };

/** The config of the metadata; none is an empty one. */
function parsed(name: string, text = "{}"): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new GMemError("DATA", `${name}: the metadata's config must be a JSON object, got ${text.slice(0, 60)}`);
}
