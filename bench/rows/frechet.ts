import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { featureStatistics, frechetDistance } from "@gmem/metrics";
import type { FeatureStatistics } from "@gmem/spec";
import { features, inFolder, writeRaw } from "../features.ts";
import { startPeer } from "../peer.ts";
import { type Bench, median, peakMB, quantile, round } from "../row.ts";

const width = 2048;

/** Fréchet distance of 2048-wide statistics, beside scipy's matrix square root as pytorch-fid calls it. */
export const frechet: Bench = {
  name: "frechet",
  async run({ repeats = 2 }) {
    return inFolder(async (folder) => {
      const [a, b] = [await featureStatistics(features(6000, width)), await featureStatistics(features(5000, width))];
      const engine = await onnxEngine({ threads: 2 });
      const own: number[] = [];
      let value = 0;
      for (let i = 0; i <= repeats; i++) {
        const start = performance.now();
        value = await frechetDistance(a, b, { engine });
        if (i > 0) own.push(performance.now() - start);
      }
      const oursPeakMB = peakMB();
      await engine.dispose();
      const path = join(folder, "statistics.f64");
      await writeRaw(path, packed(a, b));
      const peer = await startPeer("frechet", [path, width]);
      const result = peer.missing === undefined ? await peer.step() : undefined;
      peer.close();
      const ratios = result ? own.map((ms) => result.ms / ms) : [];
      const off = result ? Math.abs(value / Number(result.value) - 1) : Number.NaN;
      return [
        {
          name: "frechet",
          ours: round(median(own)),
          peer: result ? round(result.ms) : null,
          unit: "ms",
          ratio: result ? round(median(ratios)) : null,
          spread: result ? [round(quantile(ratios, 0.25)), round(quantile(ratios, 0.75))] : null,
          oursPeakMB: Math.round(oursPeakMB),
          peerPeakMB: result ? Math.round(result.peakMB) : null,
          bar: ">= 1x, equal to 1e-6",
          ok: result ? median(ratios) >= 1 && off <= 1e-6 : null,
          note: result
            ? `peer ${peer.version}; |ours/peer - 1| = ${off.toExponential(1)}`
            : `peer: ${peer.missing} is missing`,
        },
      ];
    });
  },
};

function packed(a: FeatureStatistics, b: FeatureStatistics): Float64Array {
  const parts = [a.mean, b.mean, a.covariance, b.covariance];
  const data = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return data;
}
