import { embeddingTable, type SnippetTableConditioner, snippetTable, tableName } from "@gmem/class-table";
import { partOf } from "@gmem/nn";
import type { VelocityModel } from "@gmem/spec";
import { counted, type Engine, GMemError, type Named, type NDArray, rowRunner } from "@gmem/tensor";
import { writeSafetensors } from "@gmem/weights";
import type { RunConfig } from "../config/schema.ts";
import { modelMetadata } from "../folder/model-metadata.ts";
import { readRunConfig } from "../folder/run-config.ts";
import { runFiles } from "../folder/run-files.ts";
import { checkAgreement } from "../open/check-agreement.ts";
import { openModel } from "../open/open-model.ts";
import { modelHeader, readModel } from "../open/read-parameters.ts";
import { openEngine } from "../parts/engine.ts";
import type { Conversion, ConversionRequest, Converted } from "./conversion.ts";
import { convertedConfig } from "./converted-config.ts";
import { newRunFolder } from "./new-run-folder.ts";
import { type AnyBank, openAnyBank } from "./open-any-bank.ts";
import { oneOf } from "./options.ts";
import { fates } from "./tensor-fate.ts";

interface Plan {
  readonly before: RunConfig;
  readonly reduced: SnippetTableConditioner;
  readonly memory: AnyBank;
  readonly classes: readonly string[];
}

/** E.1: a run with a memory bank, to become a class-conditional one by Random@k or Average@k. */
export async function toClassTable(request: ConversionRequest): Promise<Conversion> {
  const { source, options } = request;
  const { model: file } = runFiles(source);
  const { tensors, metadata } = await modelHeader(runFiles(source));
  const { config: before, classes } = readRunConfig(runFiles(source));
  if (before.conditioner.kind !== "memory-bank")
    throw new GMemError("CONFIG", `--to class-table: needs a run with a memory bank, got ${before.conditioner.kind}`);
  const config = convertedConfig(before, { conditioner: { kind: "class-table" } }, request);
  await checkAgreement({ file, metadata }, { config, source: "convert", except: ["conditioner", "adapter"] });
  const { perClass = 1, seed = 0 } = options;
  const pick = oneOf("--pick", options.pick ?? "random", ["random", "average"]);
  const memory = await openAnyBank(options.bank ?? source);
  try {
    const reduced = await snippetTable(memory.bank, { perClass, pick, seed });
    const count = reduced.starts.length - 1;
    if (classes.length > count)
      throw new GMemError(
        "BANK",
        `--to class-table: the bank must have rows of all ${classes.length} classes, got none from class ${count} on; give --bank`,
      );
    const names = classes.length === count ? classes : Array.from({ length: count }, (_, y) => String(y));
    return {
      about: `${source} → run folder with a table of ${counted(count, "class", "classes")}, ${pick}@${perClass}`,
      tensors: fates(tensors, (name) => (["S-Adapter", "projector"].includes(partOf(name)) ? undefined : name)),
      assumed: [],
      write: () => write(request, { before, reduced, memory, classes: names }),
      close: () => memory.bank.close(),
    };
  } catch (error) {
    await memory.bank.close();
    throw error;
  }
}

async function write(request: ConversionRequest, plan: Plan): Promise<Converted> {
  const { source, out } = request;
  const { before, reduced, memory, classes } = plan;
  const nullRow = before.objective.nullProbability > 0; // another one would be of no use to guidance
  const { tensors } = await readModel(runFiles(source));
  const model = await openModel(before, { bank: memory.bank, classes: classes.length });
  const engine = await openEngine(before.engine);
  let table: NDArray<"f32">;
  try {
    const embed = (snippets: NDArray<"f32">) => embedded(snippets, { engine, model, tensors });
    table = await embeddingTable(reduced, embed, { nullRow });
  } finally {
    await engine.dispose();
  }
  const perClass = ((table.shape[0] as number) - (nullRow ? 1 : 0)) / classes.length; // fewer than k where no class has k
  const conditioner = { kind: "class-table", perClass, dropProbability: nullRow ? 0.1 : 0 };
  const isGuided = before.sampler.cfg !== 1;
  const sampler = nullRow || !isGuided ? {} : { sampler: { ...before.sampler, cfg: 1 } };
  const config = convertedConfig(before, { conditioner, ...sampler }, request);
  const backbone = Object.fromEntries(
    Object.entries(tensors).filter(([name]) => ["backbone", "position table"].includes(partOf(name))),
  );
  await newRunFolder(request, { config, classes }, (path) =>
    writeSafetensors(path, { ...backbone, [tableName]: table }, { metadata: modelMetadata(config, model) }),
  );
  const short = reduced.short.map(({ label, rows }) => `${classes[label]} (${rows})`);
  return {
    out: [out],
    notes: [
      ...(short.length === 0 ? [] : [`classes with fewer rows, which repeat: ${short.join(", ")}`]),
      ...(nullRow
        ? []
        : [
            `the table has no null row, as ${source} was never trained on the null snippet (objective.nullProbability=0): ${isGuided ? `it draws with sampler.cfg=1, not ${before.sampler.cfg}, and ` : ""}more guidance is refused`,
          ]),
    ],
    next: ["sample", out, "--label", "0"],
  };
}

/** Rows of one call of the engine. */
const block = 1024;

/** c [n,D] of snippets [n,d], as the model's own S-Adapter gives it. */
async function embedded(
  snippets: NDArray<"f32">,
  parts: { readonly engine: Engine; readonly model: VelocityModel; readonly tensors: Named<NDArray> },
): Promise<NDArray<"f32">> {
  const { engine, model, tensors } = parts;
  const parameters = Object.fromEntries(Object.entries(tensors).filter(([name]) => partOf(name) === "S-Adapter"));
  const runner = rowRunner({ engine, batchSize: Math.min(snippets.shape[0] as number, block), parameters });
  try {
    const { c } = await runner.run(snippets, {
      name: "S-Adapter",
      network: (p, snippet) => ({ c: model.condition(p, { snippet }) }),
    });
    return c;
  } finally {
    await runner.dispose();
  }
}
