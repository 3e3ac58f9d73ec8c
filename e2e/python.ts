import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { differences } from "./differences.ts";
import { pythonModule } from "./python-module.ts";
import { block, run } from "./repository.ts";
import type { Steps } from "./steps.ts";
import type { TinyRun } from "./tiny-run.ts";

/** Reads feeds as JSON, runs a file and writes its outputs as JSON. */
const program = `
import json, sys
import numpy, onnxruntime
path, feeds, results = sys.argv[1:]
given = {k: numpy.array(v["data"], numpy.float32).reshape(v["shape"]) for k, v in json.load(open(feeds)).items()}
session = onnxruntime.InferenceSession(path)
found = zip((o.name for o in session.get_outputs()), session.run(None, given))
json.dump({k: {"shape": v.shape, "data": v.ravel().tolist()} for k, v in found}, open(results, "w"))
`;

/** Runs the files of a run with Python's onnxruntime: by themselves, and by the script of the guide. */
export async function inPython(steps: Steps, { onnx, comparisons }: TinyRun): Promise<void> {
  const found = pythonModule("onnxruntime");
  if ("missing" in found) return steps.skip("exported files in Python", found.missing);
  const folder = await mkdtemp(join(tmpdir(), "gmem-python-"));
  const at = (name: string): string => join(folder, name);
  try {
    await writeFile(at("run.py"), program);
    for (const comparison of comparisons)
      await steps.step(`${comparison.part}.onnx in Python's onnxruntime ${found.version}`, async () => {
        await writeFile(at("feeds.json"), JSON.stringify(comparison.feeds));
        const paths = [join(onnx, `${comparison.part}.onnx`), at("feeds.json"), at("results.json")];
        run(found.python, [at("run.py"), ...paths], folder);
        return differences(comparison, JSON.parse(await readFile(at("results.json"), "utf8")));
      });
    await steps.step("the script of docs/exporting.md draws pictures", async () => {
      await writeFile(at("guide.py"), await block("docs/exporting.md", { language: "py", first: "import sys" }));
      return run(found.python, [at("guide.py"), onnx], folder);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
