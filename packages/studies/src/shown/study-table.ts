import { counted } from "@gmem/tensor";
import type { Study } from "../frame/study.ts";
import type { StudyResult } from "../frame/study-result.ts";
import { type ClaimVerdict, inWords } from "../frame/verdict.ts";
import { digits, withInterval } from "./digits.ts";

/** A table of texts. */
export interface TextTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The claims of a study with their rules and verdicts, and its numbers with the paper's beside. */
export function studyTables(study: Study, { claims, numbers }: StudyResult): readonly TextTable[] {
  const metrics = Object.keys(study.metrics).filter((metric) => numbers.some((number) => number.metric === metric));
  const configurations = [...new Set(numbers.map(({ configuration }) => configuration))];
  return [
    {
      title: "claims",
      head: ["claim", "where", "ours", "verdict"],
      rows: claims.map((claim) => [claim.text, claim.where, numbersOf(claim, numbers), claim.verdict]),
    },
    {
      title: "rules, fixed before the study ran; margin: right side − left side over seeds, positive where it is met",
      head: ["claim", "rule", "margin", "verdict"],
      rows: claims.flatMap(({ rule }, i) =>
        rule.map(({ inequality, margin, verdict }) => [
          `${i + 1}`,
          inWords(inequality),
          margin ? withInterval(margin) : "",
          verdict,
        ]),
      ),
    },
    {
      title: "numbers, mean over seeds with Student's 95 % interval",
      head: [
        "configuration",
        "",
        ...metrics.map((metric) => `${metric}${sign(study.metrics[metric]?.better)}`),
        ...study.paper.map(({ what }) => `paper: ${what}`),
      ],
      rows: configurations.map((configuration) => [
        configuration,
        study.configurations[configuration]?.about ?? "",
        ...metrics.map((metric) => {
          const found = numbers.find((number) => number.configuration === configuration && number.metric === metric);
          return found ? withInterval(found) : "";
        }),
        ...study.paper.map(({ values }) => {
          const value = values[configuration];
          return value === undefined ? "" : digits(value);
        }),
      ]),
    },
    {
      title: "metrics",
      head: ["metric", "what it is"],
      rows: metrics.map((metric) => [metric, study.metrics[metric]?.about ?? ""]),
    },
  ];
}

/** The numbers that a claim compares: "straightness: gmem 1.03 [0.98, 1.08], weak 1.65 [1.51, 1.79]". */
function numbersOf({ rule }: ClaimVerdict, numbers: StudyResult["numbers"]): string {
  const compared = new Map<string, string[]>();
  for (const { inequality } of rule)
    for (const side of [inequality.less, inequality.more]) {
      if (typeof side === "number") continue;
      const [configuration, metric] = side;
      const found = numbers.find((number) => number.configuration === configuration && number.metric === metric);
      const text = `${configuration} ${found ? withInterval(found) : "not run"}`;
      const known = compared.get(metric) ?? [];
      if (!known.includes(text)) compared.set(metric, [...known, text]);
    }
  return [...compared].map(([metric, texts]) => `${metric}: ${texts.join(", ")}`).join("; ");
}

const sign = (better: "less" | "more" | undefined): string => (better ? (better === "less" ? " ↓" : " ↑") : "");

/** How long the cells took, as far as they say it. */
export function studyTime({ seconds, untimed }: Pick<StudyResult, "seconds" | "untimed">): string {
  const minutes = `${(seconds / 60).toFixed(1)} minutes`;
  if (untimed === 0) return minutes;
  return `${minutes} and what ${counted(untimed, "cell")} took in many processes`;
}

/** Which seeds, how much of it is there, how long it took. */
export function studyFacts(
  study: Study,
  { size, data, seeds, cells, versions, ...time }: StudyResult,
): readonly string[] {
  const mixed = Object.entries(versions).filter(([, found]) => found.length > 1);
  return [
    `${study.where} · ${size} · seeds ${seeds.join(", ")}${data === undefined ? "" : ` · ${data}`} · ${cells.done} of ${cells.total} cells · ${studyTime(time)}`,
    ...study.notes,
    ...mixed.map(([name, found]) => `warning: cells are of more than one version of ${name}: ${found.join(", ")}`),
  ];
}
