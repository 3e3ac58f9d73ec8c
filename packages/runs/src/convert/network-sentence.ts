import type { CheckpointDescription } from "@gmem/backbones/published";
import { counted } from "@gmem/tensor";
import type { TakenNetwork } from "@gmem/weights";

/** "lightning-dit, 28 blocks of 1152, latents [32,16,16], memory-bank of 768, time data1". */
export function networkSentence({ family, config, conditioner, timeDirection }: CheckpointDescription): string {
  const source =
    "snippetDim" in conditioner
      ? `snippets of ${conditioner.snippetDim}${conditioner.kind === "t2s" ? ` from texts of ${conditioner.textDim}` : ""}`
      : conditioner.kind === "captions"
        ? captionsSentence(conditioner)
        : conditioner.kind === "class-table"
          ? `${counted(conditioner.classes, "class", "classes")}${conditioner.nullRow ? " and a null row" : " without a null row"}`
          : "no condition";
  const { depth, hiddenSize, heads, patchSize, latent } = config;
  return `${family}, ${counted(depth, "block")} of ${hiddenSize} (${counted(heads, "head")}), latents [${latent}] in patches of ${patchSize}, ${source}, time ${timeDirection}`;
}

const captionsSentence = ({
  connector,
}: Extract<CheckpointDescription["conditioner"], { kind: "captions" }>): string =>
  connector
    ? `tokens of texts by ${counted(connector.queries, "query", "queries")} and ${counted(connector.layers, "layer")} of ${connector.hiddenSize}`
    : "tokens of texts";

/** `averaged weights, "ema"; the file also has "model"`, and by which flag that one is had. */
export function takenSentence({ group, kind, others, filled }: TakenNetwork, flag = ""): string {
  const named = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
  const what = {
    averaged: `averaged weights, "${group}"`,
    raw: others.length > 0 ? `"${group}", which is not averaged` : `"${group}", the only network of the file`,
    other: group ? `"${group}", the only network of the file` : "the file as it is, which says nothing of averages",
  }[kind];
  return [
    what,
    ...(filled > 0 ? [`of the raw network, as it is not averaged: ${counted(filled, "tensor")}`] : []),
    ...(others.length > 0 ? [`the file also has ${named(others)}${flag && ` (${flag})`}`] : []),
  ].join("; ");
}
