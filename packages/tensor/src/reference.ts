export { referenceEngine } from "./reference/engine.ts";
export { type EvaluateOptions, evaluate, evaluateNode, type Results } from "./reference/evaluate.ts";
