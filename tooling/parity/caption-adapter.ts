import { captionAdapter } from "@gmem/model";
import { grad, prefixed, sum, type Tensor } from "@gmem/tensor";
import type { ParityCase } from "./case.ts";
import { compute } from "./compute.ts";
import { measured } from "./measured.ts";

/** A snippet's caption tokens (App. H.1), and their gradients. */
export const captionAdapterCase: ParityCase = {
  component: "caption_adapter",
  async run(file) {
    const params = file.part("w/");
    const [hiddenSize = 0, from = 0] = file.shapes["w/caption_adapter.0.weight"] ?? [];
    const tokens = file.number("tokens", 1);
    const to = (file.shapes["w/caption_adapter.2.bias"]?.[0] ?? 0) / tokens;
    const config = { kind: "captions", tokens, hiddenSize, gain: file.number("gain", 1) } as const;
    const adapter = captionAdapter(config, { from, to });
    return compute({ feeds: { s: file.get("in/s"), weight: file.get("in/weight") }, params }, (at, p) => {
      const { s, weight } = at as Record<"s" | "weight", Tensor>;
      const { tokens: found } = adapter.apply(p, s);
      const grads = grad(sum(found.mul(weight)), { _s: s, ...prefixed("/", p) });
      return { "out/tokens": found, ...prefixed("out/grad", grads) };
    });
  },
  tolerance: (file, tensor) => ({ atol: Math.max(1e-5, measured(file, tensor)), rtol: 1e-5 }),
};
