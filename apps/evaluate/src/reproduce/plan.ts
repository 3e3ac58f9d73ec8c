import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { didYouMean, GMemError, isGMemError } from "@gmem/tensor";
import { duration, hubSettings, quantity } from "@gmem/terminal";
import { hubFileSize } from "@gmem/weights";
import type { FileRole, ReleasedFile, Reproduction } from "../reproductions/reproduction.ts";
import { forwardWork } from "./forward-work.ts";

/** One file of a reproduction and where it is taken from. */
export interface PlannedFile extends Pick<ReleasedFile, "what" | "note"> {
  readonly role: FileRole;
  /** A path or `hf:owner/name/file`; undefined where somebody has to name it. */
  readonly place?: string;
  /** Undefined where that is not known. */
  readonly bytes?: number;
  /** False where the bytes are those of its numbers, not the file's. */
  readonly isMeasured: boolean;
}

/** What a reproduction takes. */
export interface ReproductionPlan {
  readonly files: readonly PlannedFile[];
  /** FLOP of the network for all samples. */
  readonly work: number;
  /** Hours of one GPU at {@link rate}. */
  readonly gpuHours: number;
}

/** FLOP/s that this engine reached on one H200 through WebGPU; other cards, drivers and batch sizes differ. */
const rate = 15e12;

/** `role=place` of `--file`. @throws {GMemError} code `CONFIG` for no such role, or none of its files. */
export function namedFiles(
  { name, files }: Reproduction,
  words: readonly string[],
): Readonly<Partial<Record<FileRole, string>>> {
  const roles = Object.keys(files);
  return Object.fromEntries(
    words.map((word) => {
      const [role = "", ...rest] = word.split("=");
      if (roles.includes(role) && rest.join("=") !== "") return [role, rest.join("=")];
      throw new GMemError(
        "CONFIG",
        `--file must be ROLE=FILE or ROLE=hf:owner/name/file with one of ${roles.join(", ")} for ${name}, got "${word}".${didYouMean(role, roles)}`,
      );
    }),
  );
}

/** Files with their sizes, and what sampling costs. */
export async function planOf(
  reproduction: Reproduction,
  options: {
    readonly named: Readonly<Partial<Record<FileRole, string>>>;
    readonly count: number;
    readonly signal: AbortSignal;
  },
): Promise<ReproductionPlan> {
  const { named, count, signal } = options;
  const files = await Promise.all(
    Object.entries(reproduction.files).map(async ([role, { what, hub, note, bytes }]): Promise<PlannedFile> => {
      const given = named[role as FileRole] ?? (role === "inception" ? torchCache() : undefined);
      const place = given ?? hub;
      const measured = place === undefined ? undefined : await sizeOf(place, signal);
      const size = measured ?? (given === undefined ? bytes : undefined);
      return {
        ...{ role: role as FileRole, what, isMeasured: measured !== undefined },
        ...(note !== undefined && given === undefined && { note }),
        ...(place !== undefined && { place }),
        ...(size !== undefined && { bytes: size }),
      };
    }),
  );
  const work = count * reproduction.evaluations * (await forwardWork(reproduction.preset));
  return { files, work, gpuHours: work / rate / 3600 };
}

/** Where PyTorch's programs keep FID's network. */
function torchCache(): string | undefined {
  const home = process.env.TORCH_HOME ?? join(homedir(), ".cache", "torch");
  const path = join(home, "hub", "checkpoints", "pt_inception-2015-12-05-6726825d.pth");
  return existsSync(path) ? path : undefined;
}

/** Bytes of a file; undefined of one that is not there, or where the hub does not answer. */
async function sizeOf(place: string, signal: AbortSignal): Promise<number | undefined> {
  if (!place.startsWith("hf:")) {
    const found = statSync(place, { throwIfNoEntry: false });
    return found?.isFile() ? found.size : undefined;
  }
  try {
    return await hubFileSize(place, {
      ...hubSettings(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
  } catch (error) {
    if (isGMemError(error)) return undefined;
    throw error;
  }
}

/** @throws {GMemError} code `CONFIG` naming every file that somebody has to name. */
export function checkNamed(plan: ReproductionPlan, name: string): void {
  const missing = plan.files.filter(({ place }) => place === undefined);
  if (missing.length === 0) return;
  const list = missing.map(({ role, what, note }) => `\n  --file ${role}=FILE  ${what}; ${note}`);
  throw new GMemError("CONFIG", `reproduce ${name}: needs ${missing.length} more files, got none of:${list.join("")}`);
}

/** The plan for people. */
export function planText(
  { about, paper }: Reproduction,
  { files, work, gpuHours }: ReproductionPlan,
  { count }: { readonly count: number },
): string {
  const size = ({ bytes, isMeasured }: PlannedFile): string =>
    bytes === undefined ? "size not known" : `${isMeasured ? "" : "about "}${quantity(bytes, "B")}`;
  const known = files.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  return [
    about,
    `paper       FID ${paper.value} (${paper.of}, ${paper.place})`,
    ...files.flatMap((file) => [
      `${file.role.padEnd(10)}  ${file.what}: ${size(file)}`,
      `            ${file.place ?? `not named: --file ${file.role}=FILE or hf:owner/name/file`}`,
      ...(file.note === undefined ? [] : [`            ${file.note}`]),
    ]),
    `in all      ${quantity(known, "B")} of the files whose size is known`,
    `sampling    ${count} samples, ${quantity(work, "FLOP")} of the network: ${duration(gpuHours * 3600)} of one GPU at ${quantity(rate, "FLOP/s")}, without the decoder`,
  ].join("\n");
}
