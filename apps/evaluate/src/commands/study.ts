import {
  runStudy,
  type Study,
  type StudySizeName,
  studies,
  studyJob,
  studyResult,
  studyText,
  studyTime,
  writeStudy,
} from "@gmem/studies";
import { didYouMean, GMemError } from "@gmem/tensor";
import { hubSettings, progress, say, stopOnInterrupt } from "@gmem/terminal";
import { isShared, type ShareFlags, shareWork } from "@gmem/workers";

export interface StudyFlags extends ShareFlags {
  readonly list?: boolean;
  readonly quick?: boolean;
  readonly full?: boolean;
  readonly out: string;
  readonly data?: string;
  /** Of each process; default all cores, and one where several processes share the work. */
  readonly threads?: number;
}

/** `gmem-evaluate study NAME`: a claim of the paper, computed and judged; `--list` says which there are. */
export async function study(name: string | undefined, flags: StudyFlags): Promise<void> {
  if (flags.list) return list(flags);
  if (name === undefined) throw new GMemError("CONFIG", "study: needs a name, got none; `study --list` has them");
  const found = studies[name];
  if (!found) throw new GMemError("CONFIG", `study: no study "${name}".${didYouMean(name, Object.keys(studies))}`);
  if (flags.quick && flags.full) throw new GMemError("CONFIG", "study: takes --quick or --full, got both");
  const { out, data, json } = flags;
  const size: StudySizeName = flags.full ? "full" : "quick";
  const engine = { kind: "onnx", device: "cpu", threads: flags.threads ?? (isShared(flags) ? 1 : null) } as const;
  const place = { size, out, ...(data === undefined ? {} : { data }) };
  const options = { ...place, engine, hub: hubSettings() };
  if (isShared(flags) && !(await shareWork(studyJob, { ...place, study: name, engine }, flags))) return;
  const { cells } = studyResult(found, options);
  const line = progress({ label: name, total: cells.total, from: cells.done });
  const signal = stopOnInterrupt("the same command goes on from here; press Ctrl-C again to stop at once");
  const result = await runStudy(found, {
    ...options,
    signal,
    onProgress: ({ done, note }) => line.update(done, note),
  });
  line.finish();
  const files = await writeStudy(found, result, options);
  say(json, { ...result, files }, `${studyText(found, result)}\n\n${files.join("\n")}`);
}

/** Every study, and how much of it is in the folder. */
function list({ out, data, json }: StudyFlags): void {
  const rows = Object.values(studies).map((each) => ({
    name: each.name,
    about: each.about,
    where: each.where,
    quick: state(each, { size: "quick", out, ...(data === undefined ? {} : { data }) }),
    full: state(each, { size: "full", out, ...(data === undefined ? {} : { data }) }),
  }));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const text = rows.map(
    ({ name, about, where, quick, full }) =>
      `${name.padEnd(width)}  ${about} (${where})\n${" ".repeat(width)}  quick: ${quick} · full: ${full}`,
  );
  say(json, rows, text.join("\n"));
}

function state(each: Study, place: Parameters<typeof studyResult>[1]): string {
  const { cells, claims, ...time } = studyResult(each, place);
  if (cells.done === 0) return "not run";
  if (cells.done < cells.total) return `${cells.done} of ${cells.total} cells`;
  const held = claims.filter(({ verdict }) => verdict === "holds").length;
  return `${held} of ${claims.length} claims hold, ${studyTime(time)}`;
}
