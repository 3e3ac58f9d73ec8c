import { intervalPanels } from "@gmem/report";
import type { Study } from "../frame/study.ts";
import type { StudyResult } from "../frame/study-result.ts";

/** Every metric of a study with its intervals, and the paper's numbers as panels of their own: one SVG. */
export function studyPlot(study: Study, { numbers }: StudyResult): string {
  const ours = Object.entries(study.metrics).map(([metric, { about }]) => ({
    title: about,
    rows: numbers
      .filter((number) => number.metric === metric)
      .map(({ configuration, value, low, high }) => ({
        name: configuration,
        value,
        ...(Number.isFinite(low) ? { low, high } : { low: value, high: value }), // one seed has no interval
      })),
  }));
  const theirs = study.paper.map(({ what, values }) => ({
    title: `paper: ${what}`,
    rows: Object.entries(values).map(([name, value]) => ({ name, value, low: value, high: value })),
  }));
  return intervalPanels(
    [...ours, ...theirs].filter(({ rows }) => rows.length > 0),
    { columns: 2 },
  );
}
