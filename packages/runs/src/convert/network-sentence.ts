import type { CheckpointDescription } from "@gmem/backbones/published";

/** "lightning-dit, 28 blocks of 1152, latents [32,16,16], memory-bank of 768, time data1". */
export function networkSentence({ family, config, conditioner, timeDirection }: CheckpointDescription): string {
  const source =
    conditioner.kind === "memory-bank"
      ? `snippets of ${conditioner.snippetDim}`
      : conditioner.kind === "class-table"
        ? `${conditioner.classes} classes${conditioner.nullRow ? " and a null row" : ""}`
        : "no condition";
  const { depth, hiddenSize, heads, patchSize, latent } = config;
  return `${family}, ${depth} blocks of ${hiddenSize} (${heads} heads), latents [${latent}] in patches of ${patchSize}, ${source}, time ${timeDirection}`;
}
