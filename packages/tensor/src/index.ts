export { stopIfAborted } from "./abort.ts";
export {
  array,
  bytesPerElement,
  concatRows,
  full,
  type NDArray,
  type StackOptions,
  type Storage,
  splitRows,
  stack,
  storage,
  takeRows,
  zeros,
} from "./array.ts";
export { type Aval, type DType, f32, i32, type Named, type Shape, sameShape, sizeOf } from "./aval.ts";
export { checkFinite } from "./check-finite.ts";
export { checkArray, checkOptions, type OptionTable } from "./check-options.ts";
export { counted } from "./counted.ts";
export { type Difference, differences } from "./differences.ts";
export { checkLengths, checkProgram, ownState } from "./engine/checks.ts";
export { feedsAt, loopFeeds, loopFetches } from "./engine/loop.ts";
export { EngineState, type StateStore } from "./engine/state.ts";
export { type SumStage, type SumStages, type SumStagesOptions, sumStages } from "./engine/sum-stages.ts";
export { Turns } from "./engine/turns.ts";
export type { CompileOptions, DeviceState, Engine, Executable, RunOptions, StateOptions } from "./engine.ts";
export {
  DTypeError,
  type ErrorCode,
  GMemError,
  GraphError,
  isGMemError,
  ShapeError,
  UnsupportedOpError,
} from "./errors.ts";
export { flops } from "./flops.ts";
export { grad, valueAndGrad, vjp } from "./grad.ts";
export { gradients } from "./gradients.ts";
export {
  type CustomVjp,
  constant,
  type Graph,
  type Node,
  reachable,
  scalar,
  Tensor,
  type TraceInputs,
  trace,
} from "./graph.ts";
export { inBlocks } from "./in-blocks.ts";
export { meanRow } from "./mean-row.ts";
export { avalsOf, mapNamed, prefixed, withoutPrefix } from "./named.ts";
export { type Form, nodeKeys } from "./node-key.ts";
export { once } from "./once.ts";
export type { Conv2dAttrs, ElementwiseOp, None, OpAttrs, OpName, ReduceAttrs } from "./op.ts";
export {
  abs,
  argMax,
  broadcast,
  type Conv2dOptions,
  cast,
  clamp,
  concat,
  conv2d,
  cos,
  equal,
  erf,
  exp,
  gather,
  gelu,
  geluErf,
  greater,
  layerNorm,
  less,
  log,
  max,
  maximum,
  mean,
  minimum,
  neg,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  type ReduceOptions,
  reciprocal,
  relu,
  rsqrt,
  scatterAdd,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  split,
  sqrt,
  square,
  stopGradient,
  sum,
  sumSquare,
  tanh,
  topK,
  upsampleNearest,
  where,
  withVjp,
} from "./ops.ts";
export { meanPerSample, perSample } from "./per-sample.ts";
export { philox } from "./philox.ts";
export { type PickedClass, type PickOptions, pickByLabel, rowsByLabel } from "./pick-by-label.ts";
export { recomputed } from "./recomputed.ts";
export { type EvaluateOptions, type EvaluateResults, evaluate, referenceEngine } from "./reference.ts";
export { type RewriteRule, replay, rewrite } from "./rewrite.ts";
export { key, type Rng } from "./rng.ts";
export { roundHalfEven } from "./round-half-even.ts";
export { type RowNetwork, type RowRunner, type RowRunnerOptions, rowRunner } from "./row-runner.ts";
export { shapes } from "./shapes.ts";
export { shellWord } from "./shell-word.ts";
export { simplify } from "./simplify.ts";
export { didYouMean, suggest } from "./suggest.ts";
