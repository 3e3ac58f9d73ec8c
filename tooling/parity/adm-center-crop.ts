import { admCenterCrop } from "@gmem/datasets/folder";
import { array, GMemError, type NDArray } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";

/** ADM's centre crop against Pillow: `in/NAME` [H,W,3] → `out/NAME_toS`. */
export const admCenterCropCase: ParityCase = {
  component: "adm_center_crop",
  async run(file) {
    const results: Record<string, NDArray> = {};
    for (const name of file.names.filter((name) => name.startsWith("out/"))) {
      const match = name.match(/^out\/(.+)_to(\d+)$/);
      if (!match) throw new GMemError("DATA", `${file.name}: outputs are named out/NAME_toSIZE, got "${name}"`);
      const image = file.get(`in/${match[1]}`);
      const [height = 0, width = 0] = image.shape;
      const cropped = admCenterCrop({ width, height, data: Uint8Array.from(image.data) }, Number(match[2]));
      results[name] = array(Float32Array.from(cropped.data), [cropped.height, cropped.width, 3]);
    }
    return results;
  },
  tolerance: () => ({ atol: 1 }),
};
