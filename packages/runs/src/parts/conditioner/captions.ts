import type { Conditioner } from "@gmem/spec";
import { captions } from "@gmem/t2s";
import { GMemError, zeros } from "@gmem/tensor";
import { z } from "zod";
import type { ConditionerKind } from "../conditioner-kind.ts";
import { connector } from "./connector.ts";

const schema = z.strictObject({
  kind: z
    .literal("captions")
    .describe(
      "Text as the tokens that a network with cross-attention reads, without a snippet: OpenUni, the baseline of App. H.1, or with connector=null Sana as published. For backbone.kind=sana, with textEncoder.kind=prompt-tokens.",
    ),
  connector: connector
    .nullable()
    .default(null)
    .describe(
      "Learned queries over all tokens of a prompt, each of which becomes a token that is read; null: the prompt's own.",
    ),
});

export const captionsKind: ConditionerKind<typeof schema> = {
  schema,
  needs: () => ({ text: true }),
  open({ connector: reads }, { textEncoder, textDim, contextDim, hiddenSize }) {
    if (contextDim === undefined)
      throw new GMemError(
        "CONFIG",
        "conditioner: captions is for networks with cross-attention, got one that reads no tokens; set backbone.kind=sana",
      );
    if (!textEncoder && textDim === undefined)
      throw new GMemError(
        "CONFIG",
        `conditioner: captions needs a text encoder whose tokens are ${reads?.hiddenSize ?? contextDim} wide, got none; set textEncoder.kind=prompt-tokens and textEncoder.of`,
      );
    return captions({
      contextDim,
      hiddenSize,
      ...(textEncoder && { textEncoder }),
      ...(textDim !== undefined && { textDim }),
      ...(reads && { connector: reads }),
      ...(!textEncoder && textDim !== undefined && { nullRow: zeros([1, textDim]) }), // where steps are counted alone
    }) as Conditioner;
  },
};
