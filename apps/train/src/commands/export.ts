import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { GMemError } from "@gmem/tensor";
import { writeFileAtomic } from "@gmem/weights";
import { type ExportedFile, exportPart } from "../export/export-part.ts";
import { modelHash } from "../export/model-hash.ts";
import { openPart, type PartName, partNames, reasonToLeaveOut } from "../export/parts-of-run.ts";
import { type OpenRun, openRun } from "../run/open-run.ts";
import { versions } from "../run/versions.ts";

export interface ExportRunOptions {
  readonly part?: string;
  readonly out?: string;
  readonly batch?: number;
  readonly json?: boolean;
}

/** `gmem-train export`: backbone, sampler, tokenizer and encoder with the averaged weights, as ONNX files in one folder. */
export async function exportRun(folder: string, options: ExportRunOptions): Promise<void> {
  const { part, batch, json = false } = options;
  if (batch === 0) throw new GMemError("CONFIG", "export: --batch must be positive, got 0; leave it out for any size");
  const wanted = part === undefined ? partNames : namesIn(part);
  const run = await openRun(folder, { withTokenizer: false });
  try {
    const out = options.out ?? join(run.files.folder, "onnx");
    await mkdir(out, { recursive: true });
    const files: ExportedFile[] = [];
    const leftOut: Record<string, string> = {};
    for (const name of wanted) {
      const opened = await openPart(name, run).catch((error: unknown) => {
        if (part !== undefined) throw error;
        leftOut[name] = reasonToLeaveOut(error);
        return undefined;
      });
      try {
        for (const one of opened?.files ?? []) files.push(await exportPart(one, { path: join(out, one.file), batch }));
      } finally {
        await opened?.close?.();
      }
    }
    const card = { ...describe(run), files: files.map(withoutFolder), leftOut };
    const path = join(out, "export.json");
    await writeFileAtomic(path, `${JSON.stringify(card, null, 2)}\n`);
    process.stdout.write(json ? `${JSON.stringify({ folder: out, ...card })}\n` : lines(files, { path, leftOut }));
  } finally {
    await run.close();
  }
}

function namesIn(list: string): readonly PartName[] {
  return list.split(",").map((name) => {
    const known = partNames.find((part) => part === name.trim());
    if (known) return known;
    throw new GMemError("CONFIG", `export: --part must be of ${partNames.join(", ")}, got "${name}"`);
  });
}

/** export.json lies beside the files. */
const withoutFolder = ({ files, ...rest }: ExportedFile) => ({ ...rest, files: files.map((path) => basename(path)) });

/** What the files have in common. */
function describe({ config, model, parameters }: OpenRun) {
  return {
    name: config.name,
    model: { hash: modelHash(parameters), backbone: model.backbone.name, conditioner: model.conditioner.name },
    time: "t = 0 is data, t = 1 is noise",
    image: { size: config.image.size, channels: "red, green, blue", layout: "[N,3,H,W]" },
    latent: model.backbone.latent,
    sampler: config.sampler,
    versions: versions(),
  };
}

function lines(
  files: readonly ExportedFile[],
  { path, leftOut }: { readonly path: string; readonly leftOut: Readonly<Record<string, string>> },
): string {
  const values = (list: ExportedFile["inputs"]): string =>
    list.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape}]`).join(", ") || "nothing";
  const written = files.map(
    ({ files: paths, inputs, outputs }) => `${paths.join(" and ")}\n  ${values(inputs)} → ${values(outputs)}`,
  );
  const reasons = Object.entries(leftOut).map(([name, reason]) => `without ${name}: ${reason}`);
  return `${[...written, ...reasons, path].join("\n")}\n`;
}
