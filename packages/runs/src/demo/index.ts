export { namedDrawings } from "../parts/open-drawings.ts";
export { adherence, percent, type Share } from "./adherence.ts";
export { judge, type Verdict } from "./judge.ts";
export { type ConceptVerdict, type DrawingsVerdict, type JudgedRun, judgeDrawings } from "./judge-drawings.ts";
export {
  type JudgedPrompts,
  type JudgePromptsOptions,
  judgePrompts,
  type PromptedRun,
  type PromptVerdict,
  type TaskShares,
} from "./judge-prompts.ts";
