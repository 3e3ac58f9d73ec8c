import {
  featureDistance,
  type LpipsNet,
  lpips,
  lpipsFeatures,
  lpipsNames,
  type PerceptualDistance,
} from "@gmem/metrics";
import { GMemError, mapNamed, type Named, type NDArray, type Tensor } from "@gmem/tensor";
import type { ParityCase, ParityFile } from "./case.ts";
import { compute } from "./compute.ts";
import { metadataNumber } from "./network.ts";
import { keptOf } from "./strided.ts";

/** The original's shape of a distance, [N,1,1,1]. */
const spread = (x: Tensor): Tensor => x.reshape([x.shape[0] as number, 1, 1, 1]);

const distances = ({ distance, layers }: PerceptualDistance): Named<Tensor> => ({
  "out/distance": spread(distance),
  ...Object.fromEntries(layers.map((layer, l) => [`out/layer${l}`, spread(layer)])),
});

/** Of the metadata, or of the name: `lpips_alex.a`. */
function netOf(file: ParityFile): LpipsNet {
  const net = file.metadata.net ?? /^lpips_(\w+)\./.exec(file.name)?.[1];
  if (net === "alex" || net === "vgg" || net === "squeeze") return net;
  throw new GMemError("DATA", `${file.name}: the metadata's net must be alex, vgg or squeeze, got ${net ?? "none"}`);
}

/** Whole networks: distances of images, what each layer adds, and feature maps, of which files keep a part. */
async function network(file: ParityFile): Promise<Named<NDArray>> {
  const net = netOf(file);
  const feeds = { x0: file.get("in/x0"), x1: file.get("in/x1") };
  const found = compute({ feeds, params: lpipsNames(file.part("w/"), net) }, ({ x0, x1 }, p) => {
    const unit = (x: Tensor): Tensor => x.add(1).mul(0.5); // the file's images are in [−1, 1]
    const measured = distances(lpips(p, unit(x0), { other: unit(x1), net }));
    const maps = (i: 0 | 1, x: Tensor) =>
      lpipsFeatures(p, unit(x), net).map((map, l): readonly [string, Tensor] => [`out/feat${l}_x${i}`, map]);
    return {
      ...measured,
      "out/distance_normalize01": measured["out/distance"] as Tensor, // the original's own way from [0, 1]
      ...Object.fromEntries([...maps(0, x0), ...maps(1, x1)]),
    };
  });
  const step = metadataNumber(file.metadata.doc, /\bstride\s*/);
  return mapNamed(found, (value, name) =>
    name.startsWith("out/feat") ? keptOf(value, file.shapes[name], step) : value,
  );
}

/** LPIPS with each network, and with the published shares on feature maps. */
export const lpipsCases: readonly ParityCase[] = [
  {
    component: "lpips",
    run: network,
    tolerance: (file) => ({ atol: netOf(file) === "alex" ? 8e-5 : 1e-4 }),
  },
  {
    component: "lpips_lin",
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
