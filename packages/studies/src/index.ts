export { type CellInput, cellFile } from "./frame/cell-file.ts";
export type { CellContext, CellKind, FigureKind } from "./frame/cell-kind.ts";
export { checkStudy } from "./frame/check-study.ts";
export { type RunStudyOptions, runStudy, type StudyProgress } from "./frame/run-study.ts";
export type {
  At,
  Claim,
  Configuration,
  Inequality,
  PaperNumbers,
  Study,
  StudyMetric,
  StudySize,
  StudySizeName,
} from "./frame/study.ts";
export {
  cellsOf,
  type PlannedCell,
  type StudyNumber,
  type StudyPlace,
  type StudyResult,
  studyResult,
} from "./frame/study-result.ts";
export type { ClaimVerdict, MetInequality, Verdict } from "./frame/verdict.ts";
export { type AskedStudy, studyJob } from "./jobs/study-job.ts";
export { studyMarkdown } from "./shown/study-markdown.ts";
export { studyPlot } from "./shown/study-plot.ts";
export { studyTime } from "./shown/study-table.ts";
export { studyText } from "./shown/study-text.ts";
export { writeStudy } from "./shown/write-study.ts";
export { studies } from "./studies/studies.ts";
