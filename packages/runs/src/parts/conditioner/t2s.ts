import type { Conditioner } from "@gmem/spec";
import { conditioner } from "@gmem/t2s";
import { zeros } from "@gmem/tensor";
import { z } from "zod";
import { count } from "../../config/scalars.ts";
import type { ConditionerKind } from "../conditioner-kind.ts";
import { connector } from "./connector.ts";

const schema = z.strictObject({
  kind: z
    .literal("t2s")
    .describe("Figure 4 (d): text, by an adapter from its vector to a snippet; no bank is needed to draw."),
  loss: z
    .enum(["end-to-end", "snippet-regression", "contrastive"])
    .default("end-to-end")
    .describe(
      "What the adapter learns by: the loss of pictures, as the paper's; or by the snippets of the pictures that the texts are of, without a forward of the network, as a warm start.",
    ),
  lambda: z
    .number()
    .min(0)
    .default(0)
    .describe("Of snippet-regression: share of the squared distance beside 1 − cosine."),
  temperature: z.number().positive().default(0.07).describe("Of contrastive."),
  hidden: count
    .nullable()
    .default(null)
    .describe("Width of the adapter's layer between; null: as wide as a text's vector."),
  gain: z
    .number()
    .positive()
    .default(1)
    .describe(
      "Factor on a text's vector before the adapter. Sentence encoders and hashed words give vectors of length 1, with which adapters learn far better by 8 to 32.",
    ),
  connector: connector
    .nullable()
    .default(null)
    .describe(
      "Reads all tokens of a prompt, as OpenUni does, with textEncoder.kind=prompt-tokens; null: the one vector of a text.",
    ),
  snap: z
    .boolean()
    .default(false)
    .describe("When drawing, the snippet of a text becomes the nearest row of the run's bank."),
});

export const t2sKind: ConditionerKind<typeof schema> = {
  schema,
  needs: ({ loss, snap }) => ({ text: true, snippets: loss !== "end-to-end" || snap }),
  open: ({ hidden, gain, connector: reads }, { textEncoder, textDim, snippetDim, snap }) =>
    conditioner({
      ...(textEncoder && { textEncoder }),
      ...(textDim !== undefined && { textDim }),
      ...(snippetDim !== undefined && { snippetDim }),
      ...(hidden !== null && { hidden }),
      gain,
      ...(reads && { connector: reads }),
      ...(reads && !textEncoder && textDim !== undefined && { nullRow: zeros([1, textDim]) }), // where steps are counted alone
      ...(snap && { snap }),
    }) as Conditioner,
};
