import { featureDistance, type LpipsNet, lpips, lpipsFeatures, type PerceptualDistance } from "@gmem/metrics";
import { GMemError, type Named, type NDArray, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { strided } from "./strided.ts";

/** The original's shape of a distance, [N,1,1,1]. */
const spread = (x: Tensor): Tensor => x.reshape([x.shape[0] as number, 1, 1, 1]);

const distances = ({ distance, layers }: PerceptualDistance): Named<Tensor> => ({
  "out/distance": spread(distance),
  ...Object.fromEntries(layers.map((layer, l) => [`out/layer${l}`, spread(layer)])),
});

function netOf(file: ParityFile): LpipsNet {
  const { net } = file.metadata;
  if (net === "alex" || net === "vgg" || net === "squeeze") return net;
  throw new GMemError("DATA", `${file.name}: the metadata's net must be alex, vgg or squeeze, got ${net ?? "none"}`);
}

/** Whole networks: distances of images, what each layer adds, and feature maps where the file keeps them. */
async function network(file: ParityFile): Promise<Named<NDArray>> {
  const net = netOf(file);
  const feeds = { x0: file.get("in/x0"), x1: file.get("in/x1") };
  const found = compute({ feeds, params: file.part("w/") }, ({ x0, x1 }, p) => {
    const unit = (x: Tensor): Tensor => x.add(1).mul(0.5); // the file's images are in [−1, 1]
    const found = distances(lpips(p, unit(x0), { other: unit(x1), net }));
    return {
      ...found,
      "out/distance_normalize01": found["out/distance"] as Tensor, // the original's own way from [0, 1]
      ...Object.fromEntries(lpipsFeatures(p, unit(x0), net).map((map, l) => [`out/feat${l}_x0`, map])),
    };
  });
  const kept = Object.entries(found).map(([name, value]): [string, NDArray] => {
    const shallow = name === "out/feat0_x0" || name === "out/feat1_x0";
    return [name, shallow ? strided(value, { images: 1, step: 4 }) : value];
  });
  return Object.fromEntries(kept);
}

/** LPIPS with each network, and with the published shares on feature maps. */
export const lpipsCases: readonly ParityCase[] = [
  { component: "lpips_alex", run: network, tolerance: () => ({ atol: 8e-5 }) },
  { component: "lpips_vgg", run: network, tolerance: () => ({ atol: 1e-4 }) },
  {
    component: "lpips_lin_alex",
    async run(file) {
      const maps = file.part("in/");
      const count = Object.keys(maps).length / 2;
      return compute({ feeds: maps, params: file.part("w/") }, (feeds, p) => {
        const side = (i: 0 | 1): Tensor[] => Array.from({ length: count }, (_, l) => feeds[`feat${l}_${i}`] as Tensor);
        return distances(featureDistance(p, side(0), side(1)));
      });
    },
    tolerance: () => ({ atol: 1e-5 }),
  },
];
