export { type ComparedMetric, comparedText, compareEvaluations } from "./compare-evaluations.ts";
export { type ComparedShares, comparedSharesText, compareShares } from "./compare-shares.ts";
export type {
  DistanceShares,
  EvaluatedSide,
  Evaluation,
  EvaluationNumber,
  PrintedNumber,
  PublishedNumber,
} from "./evaluation.ts";
export { evaluationCsv, evaluationLatex, evaluationMarkdown, evaluationText } from "./evaluation-formats.ts";
export { type EvaluationPage, evaluationHtml } from "./evaluation-html.ts";
export { evaluationWarnings } from "./evaluation-rows.ts";
export { histogram } from "./histogram.ts";
export { printedNumber } from "./printed-number.ts";
export {
  publishedNumbers,
  publishedSamples,
  publishedSets,
  publishedSetting,
} from "./published-numbers.ts";
export type { PublishedSet } from "./published-tables.ts";
