import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { StoredParameter } from "@gmem/engine-onnx";
import { GMemError, type Named, type NDArray, sameShape } from "@gmem/tensor";
import { openSafetensors } from "@gmem/weights";
import type { RunFiles } from "../folder/run-files.ts";

interface Found extends StoredParameter {
  readonly value: NDArray;
}

/**
 * Finds parameters in the files of a run: the same name, shape and numbers. What is not there so, as a table that is computed,
 * is left out.
 * @throws {GMemError} code `WEIGHTS` for a run without `model.safetensors`.
 */
export async function storedParameters(
  files: RunFiles,
): Promise<(parameters: Named<NDArray>) => Named<StoredParameter>> {
  if (!existsSync(files.model))
    throw new GMemError(
      "WEIGHTS",
      `${files.folder}: needs model.safetensors to share; finish the run with \`gmem-train run ${files.folder} --resume\``,
    );
  const found = new Map<string, Found[]>();
  for (const path of [files.model, files.tokenizer, files.encoder].filter((one) => existsSync(one)))
    for (const [name, place] of await placesIn(path, files.folder))
      found.set(name, [...(found.get(name) ?? []), place]);
  return (parameters) =>
    Object.fromEntries(
      Object.entries(parameters).flatMap(([name, value]) => {
        const place = found.get(name)?.find((one) => isSame(one.value, value));
        if (!place) return [];
        const { value: _, ...stored } = place;
        return [[name, stored]];
      }),
    );
}

/** Tensors of a file that a program can read there, with their numbers. */
async function placesIn(path: string, folder: string): Promise<readonly (readonly [string, Found])[]> {
  const file = await openSafetensors(path);
  const places: (readonly [string, Found])[] = [];
  try {
    for (const [name, { dtype }] of Object.entries(file.tensors)) {
      if (dtype !== "F32" && dtype !== "F16") continue;
      const stored = { file: relative(folder, path).replaceAll("\\", "/"), ...file.place(name) } as const;
      places.push([name, { ...stored, dtype: dtype === "F16" ? "f16" : "f32", value: await file.read(name) }]);
    }
  } finally {
    await file.close();
  }
  return places;
}

const isSame = (a: NDArray, b: NDArray): boolean =>
  a.dtype === b.dtype && sameShape(a.shape, b.shape) && a.data.every((value, i) => value === b.data[i]);
