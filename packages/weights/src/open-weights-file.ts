import type { NDArray } from "@gmem/tensor";
import { readBytesSync } from "./bytes-io.ts";
import { readNpy } from "./npy.ts";
import { readNpyHeader } from "./npy-header.ts";
import { openArchive } from "./open-npz.ts";
import { openSafetensors } from "./open-safetensors.ts";
import { openTorch } from "./open-torch.ts";
import { opening } from "./opening.ts";
import { missingTensor } from "./weights-error.ts";
import type { WeightsFile } from "./weights-file.ts";
import { weightsFormat } from "./weights-format.ts";
import type { OpenFile } from "./zip-directory.ts";

/** Opens one file of any format, told by its content, with every tensor under its name in the file. */
export const openWeightsFile = (path: string): Promise<WeightsFile> =>
  opening(path, async (handle, size) => {
    const where = { fd: handle.fd, size, file: path };
    const format = weightsFormat(where);
    if (format === "npz") return openArchive(handle, where);
    const file = await opened(where, format);
    await handle.close();
    return file;
  });

async function opened(where: OpenFile, format: "safetensors" | "torch" | "npy"): Promise<WeightsFile> {
  const { file: path, size } = where;
  if (format === "npy") return oneArray(where);
  if (format === "torch") return { ...(await openTorch(path)), format, size };
  const file = await openSafetensors(path);
  return { ...file, format, size, values: file.metadata };
}

/** A `.npy` file, whose only tensor is called `array`. */
async function oneArray({ fd, file: path, size }: OpenFile): Promise<WeightsFile> {
  const head = (end: number): Uint8Array => readBytesSync(fd, { start: 0, end, file: path });
  const { dtype, shape } = await readNpyHeader(head, { file: path, size });
  const read = async (name: string): Promise<NDArray> => {
    if (name !== "array") throw missingTensor(path, name, ["array"]);
    return readNpy(path);
  };
  return {
    path,
    format: "npy",
    size,
    tensors: { array: { dtype, shape } },
    values: {},
    read,
    close: async () => undefined,
  };
}
