import { featureStatistics, protocols } from "@gmem/metrics";
import { extractFeatures, pictureSource, usualProtocol, writeStatistics } from "@gmem/metrics/folders";
import { GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import type { ShareFlags } from "@gmem/workers";
import { openReading, type ReadingFlags } from "../reading.ts";
import { shareFeatures } from "../share-features.ts";

interface StatisticsFlags extends ReadingFlags, ShareFlags {
  readonly out: string;
}

/** `gmem-evaluate statistics`: a reference that this program and others read. */
export async function statistics(path: string, flags: StatisticsFlags): Promise<void> {
  const { out, json } = flags;
  if (!out.endsWith(".npz")) throw new GMemError("CONFIG", `--out must end in .npz, got ${out}`);
  const { close, ...reading } = await openReading(flags);
  const { engine, extractors } = reading;
  try {
    const [extractor, ...others] = extractors;
    if (!extractor || others.length > 0)
      throw new GMemError("CONFIG", `--features must be one network, got ${extractors.length}`);
    const asked = { of: { path }, source: await pictureSource(path, { onBad: reading.onBad ?? "refuse" }) };
    const [source] = (await shareFeatures([asked], { flags, reading })) ?? [];
    if (!source) return;
    const set = await extractFeatures(source, reading);
    const { features, spatial } = set.features[extractor.name] ?? {};
    if (!features) throw new GMemError("DATA", `statistics: "${path}" must hold pictures, got none`);
    const { mean } = protocols[reading.protocol ?? usualProtocol(extractor.name)];
    await writeStatistics(out, {
      features: await featureStatistics(features, { engine, mean }),
      ...(spatial && { spatial: await featureStatistics(spatial, { engine, mean }) }),
      id: extractor.id,
    });
    const pictures = set.facts.ids.length;
    say(json, { out, pictures, extractor: extractor.id, width: features.shape[1] }, out);
  } finally {
    await close();
  }
}
