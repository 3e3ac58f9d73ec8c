import { GMemError } from "@gmem/tensor";
import type { RunConfig } from "../config/schema.ts";
import { textWidth } from "../parts/text-encoder.ts";

/**
 * What reads the tokens of a prompt, a connector or the network itself, gets tokens, and of its width.
 * @throws {GMemError} code `CONFIG` naming the two settings; text encoders from elsewhere are looked at when they are open.
 */
export async function checkTokens({
  conditioner,
  textEncoder,
  backbone,
}: Pick<RunConfig, "conditioner" | "textEncoder" | "backbone">): Promise<void> {
  const { kind } = conditioner;
  if (kind === "captions" && backbone.kind !== "sana" && backbone.kind !== "module")
    throw new GMemError(
      "CONFIG",
      `conditioner.kind: captions is for networks with cross-attention, got backbone.kind=${backbone.kind}; set backbone.kind=sana, or another conditioner`,
    );
  if ((kind !== "t2s" && kind !== "captions") || !textEncoder || textEncoder.kind === "module") return;
  const { connector } = conditioner;
  if (kind === "t2s" && !connector) return;
  const reader = connector ? "conditioner.connector" : `conditioner.kind=${kind}`;
  if (textEncoder.kind !== "prompt-tokens")
    throw new GMemError(
      "CONFIG",
      `textEncoder.kind: must be prompt-tokens with ${reader}, which reads L tokens of a prompt and a mask, got ${textEncoder.kind}; set textEncoder='{kind: prompt-tokens, of: {kind: ${textEncoder.kind === "concat" ? "hashed-words" : textEncoder.kind}}, length: 64}'`,
    );
  if (textEncoder.of.kind === "module" || (!connector && backbone.kind !== "sana")) return;
  const width = await textWidth(textEncoder.of);
  const [key, reads] = connector
    ? ["conditioner.connector.hiddenSize", connector.hiddenSize]
    : ["backbone.contextDim", backbone.kind === "sana" ? backbone.contextDim : width];
  if (reads === width) return;
  throw new GMemError(
    "CONFIG",
    `${key}: must be ${width}, as wide as a token of textEncoder.of.kind=${textEncoder.of.kind}, got ${reads}; set ${key}=${width}, or another text encoder`,
  );
}
