import { join } from "node:path";
import { guidanceNote, newFolder, openRun, type Run } from "@gmem/runs";
import {
  type ExportCard,
  type ExportedFile,
  exportForBrowser,
  exportRun as exportTo,
  type PartName,
  partNames,
} from "@gmem/runs/export";
import { GMemError } from "@gmem/tensor";
import { say } from "@gmem/terminal";
import { isShared, type ShareFlags, shareExport } from "@gmem/workers";
import { copyPage } from "../page-files.ts";
import { work } from "../terminal.ts";

export interface ExportOptions extends ShareFlags {
  readonly part?: string;
  readonly out?: string;
  readonly batch?: number;
  readonly shared?: boolean;
  readonly page?: boolean;
}

/** `gmem-train export`: backbone, sampler, tokenizer and encoder with the averaged weights, as ONNX files in one folder. */
export async function exportRun(path: string, options: ExportOptions): Promise<void> {
  const { part, out, batch, shared, page, json } = options;
  if (page && (part !== undefined || batch !== undefined || shared))
    throw new GMemError("CONFIG", "export: --page writes what its page needs; leave --part, --batch and --shared out");
  if (batch === 0) throw new GMemError("CONFIG", "export: --batch must be positive, got 0; leave it out for any size");
  if (isShared(options) && (page || shared))
    throw new GMemError(
      "CONFIG",
      "export: --page and --shared are written by one process; leave --workers and --queue out",
    );
  const parts = part === undefined ? undefined : namesIn(part);
  const run = await openRun(path, work());
  try {
    const note = guidanceNote(run.config, run.config.sampler);
    if (note && (parts ?? partNames).includes("sampler")) process.stderr.write(`note     sampler: ${note}\n`);
    if (page) return say(json, ...(await exportPage(run, out ?? join(path, "page"))));
    const folder = out ?? (shared ? path : run.files.onnx);
    const asked = { parts, folder, batch };
    const card = isShared(options) ? await shareExport(run, asked, options) : await exportTo(run, { ...asked, shared });
    if (!card) return;
    say(json, { folder, ...card }, lines(card, folder));
  } finally {
    await run.close();
  }
}

/** A folder that any server of files shows: a page on which the run draws in the browser. */
async function exportPage(run: Run, folder: string): Promise<readonly [result: object, lines: string]> {
  await newFolder(folder, async (draft) => {
    await copyPage(draft);
    await exportForBrowser(run, { folder: join(draft, "model") });
  });
  const page = join(folder, "index.html");
  return [
    { folder, page },
    `${page}\nserve the folder, as with \`python3 -m http.server --directory ${folder}\`, and open it in a browser`,
  ];
}

function namesIn(list: string): readonly PartName[] {
  return list.split(",").map((name) => {
    const known = partNames.find((part) => part === name.trim());
    if (known) return known;
    throw new GMemError("CONFIG", `export: --part must be of ${partNames.join(", ")}, got "${name}"`);
  });
}

function lines({ files, leftOut }: ExportCard, folder: string): string {
  const values = (list: ExportedFile["inputs"]): string =>
    list.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`).join(", ") || "nothing";
  const written = files.map(
    ({ files: paths, inputs, outputs }) => `${paths.join(" and ")}\n  ${values(inputs)} → ${values(outputs)}`,
  );
  const reasons = Object.entries(leftOut).map(([name, reason]) => `without ${name}: ${reason}`);
  return [...written, ...reasons, join(folder, "export.json")].join("\n");
}
