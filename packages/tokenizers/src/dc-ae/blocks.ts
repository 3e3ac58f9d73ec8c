import { type Aval, type Named, split, type Tensor } from "@gmem/tensor";
import { conv, convParameters } from "../network/conv.ts";
import type { DcAeStage } from "./config.ts";
import { linearAttention, linearAttentionParameters } from "./linear-attention.ts";
import { activation, norm, stageNormParameters } from "./norm.ts";

/** The hidden width of the gated convolution, as a multiple of its width. */
const expansion = 4;

/** One block of a stage over x [N,C,H,W]. */
export function block(p: Named<Tensor>, at: string, x: Tensor, stage: DcAeStage): Tensor {
  if (stage.block === "residual") return x.add(residual(p, `${at}.main`, x, stage));
  const y = x.add(linearAttention(p, `${at}.context_module.main`, x, stage));
  return y.add(gatedConvolution(p, `${at}.local_module.main`, y, stage));
}

/** norm(conv₂(act(conv₁ x))). */
function residual(p: Named<Tensor>, at: string, x: Tensor, stage: DcAeStage): Tensor {
  const h = activation(conv(p, `${at}.conv1.conv`, x), stage.activation); // [N,C,H,W]
  return norm(p, `${at}.conv2.norm`, conv(p, `${at}.conv2.conv`, h), stage.norm);
}

/** norm(W₂(a ⊙ act(g))), (a, g) = depthwise(act(W₁ x)): GLUMBConv. */
function gatedConvolution(p: Named<Tensor>, at: string, x: Tensor, stage: DcAeStage): Tensor {
  const wide = activation(conv(p, `${at}.inverted_conv.conv`, x), stage.activation); // [N,8C,H,W]
  const deep = conv(p, `${at}.depth_conv.conv`, wide, { groups: wide.shape[1] as number }); // [N,8C,H,W]
  const [a, gate] = split(deep, 2, 1) as readonly [Tensor, Tensor]; // 2 × [N,4C,H,W]
  const narrow = conv(p, `${at}.point_conv.conv`, a.mul(activation(gate, stage.activation))); // [N,C,H,W]
  return norm(p, `${at}.point_conv.norm`, narrow, stage.norm);
}

export function blockParameters(at: string, stage: DcAeStage): Named<Aval> {
  const { width: c } = stage;
  if (stage.block === "residual")
    return {
      ...convParameters(`${at}.main.conv1.conv`, [c, c, 3]),
      ...convParameters(`${at}.main.conv2.conv`, [c, c, 3], false),
      ...stageNormParameters(`${at}.main.conv2.norm`, c, stage.norm),
    };
  const local = `${at}.local_module.main`;
  return {
    ...linearAttentionParameters(`${at}.context_module.main`, stage),
    ...convParameters(`${local}.inverted_conv.conv`, [2 * expansion * c, c, 1]),
    ...convParameters(`${local}.depth_conv.conv`, [2 * expansion * c, 1, 3]),
    ...convParameters(`${local}.point_conv.conv`, [c, expansion * c, 1], false),
    ...stageNormParameters(`${local}.point_conv.norm`, c, stage.norm),
  };
}
