import { onnxEngine } from "@gmem/engine-onnx";
import { directoryStore } from "@gmem/jobs";
import { trainRounds } from "../src/index.ts";
import { tinyRounds, tinyRun } from "./tiny-run.ts";

// takes part in the rounds of the store given, telling of each step, until they are done or it is killed
const engine = await onnxEngine({ threads: 1 });
const store = directoryStore(process.argv[2] as string);
const onProgress = (): unknown => process.stdout.write("step\n");
const trainer = await trainRounds({ engine, ...tinyRun({ steps: 40 }) }, { ...tinyRounds, store, onProgress });
for await (const { step } of trainer) process.stdout.write(`${step}\n`);
await trainer.close();
await engine.dispose();
