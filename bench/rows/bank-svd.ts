import { join } from "node:path";
import { onnxEngine } from "@gmem/engine-onnx";
import { build, compress } from "@gmem/memory-bank";
import { features, inFolder, writeRaw } from "../features.ts";
import { type Peer, startPeer } from "../peer.ts";
import { type Bench, type BenchRow, median, peakMB, quantile, round } from "../row.ts";

const [rows, width, rank] = [50_000, 768, 512] as const;

/** Factors of 50,000 × 768 rows at rank 512, with coefficients: exact here, beside LAPACK and the randomized method. */
export const bankSvd: Bench = {
  name: "bank-svd",
  async run({ repeats = 2 }) {
    return inFolder(async (folder) => {
      const bank = build(features(rows, width));
      const data = await bank.rows.slice(0, rows);
      const path = join(folder, "rows.f32");
      await writeRaw(path, data);
      const engine = await onnxEngine({ threads: 2 });
      const { moments: _, ...unmeasured } = bank; // the moments are part of the work
      const own: number[] = [];
      let small = await compress(unmeasured, { rank, engine });
      for (let i = 0; i < repeats; i++) {
        const start = performance.now();
        small = await compress(unmeasured, { rank, engine });
        own.push(performance.now() - start);
      }
      const oursPeakMB = peakMB();
      const at = join(folder, "factors");
      if (small.factors) {
        await writeRaw(`${at}.B`, small.factors.basis.data);
        await writeRaw(`${at}.mean`, small.factors.mean.data);
        await writeRaw(`${at}.C`, await small.rows.slice(0, rows));
      }
      await engine.dispose();
      const results: BenchRow[] = [];
      for (const kind of ["numpy", "sklearn"] as const) {
        const peer = await startPeer("svd", [kind, path, rows, width, rank]);
        results.push(
          await compared(kind, { peer, own, oursPeakMB, factors: { factors: at, rank: small.rank ?? rank } }),
        );
      }
      return results;
    });
  },
};

interface Measured {
  readonly peer: Peer;
  readonly own: readonly number[];
  readonly oursPeakMB: number;
  /** Where the factors lie, for the peer to compute their residual. */
  readonly factors: Readonly<Record<string, unknown>>;
}

async function compared(kind: "numpy" | "sklearn", { peer, own, oursPeakMB, factors }: Measured): Promise<BenchRow> {
  const basic = {
    name: `bank-svd-${kind}`,
    ours: round(median(own)),
    unit: "ms",
    oursPeakMB: Math.round(oursPeakMB),
    bar: kind === "numpy" ? "> 1x, residual within 1e-4 of exact" : "> 1x",
  };
  if (peer.missing !== undefined)
    return {
      ...basic,
      peer: null,
      ratio: null,
      spread: null,
      peerPeakMB: null,
      ok: null,
      note: `peer: ${peer.missing} is missing`,
    };
  const result = await peer.step();
  const ratios = own.map((ms) => result.ms / ms);
  const ratio = median(ratios);
  const off = kind === "numpy" ? Number((await peer.step(factors)).residual) / Number(result.residual) - 1 : 0;
  peer.close();
  return {
    ...basic,
    peer: round(result.ms),
    ratio: round(ratio),
    spread: [round(quantile(ratios, 0.25)), round(quantile(ratios, 0.75))],
    peerPeakMB: Math.round(result.peakMB),
    ok: ratio > 1 && off < 1e-4,
    note: `peer ${peer.version}${kind === "numpy" ? `; residual/exact − 1 = ${off.toExponential(1)}` : ""}`,
  };
}
