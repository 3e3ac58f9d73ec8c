export { referenceEngine } from "./reference/engine.ts";
export { type EvaluateOptions, type EvaluateResults, evaluate, evaluateNode } from "./reference/evaluate.ts";
