import { onnxEngine } from "@gmem/engine-onnx";
import { train } from "../src/train.ts";
import { tinyRun } from "./tiny-run.ts";

// trains the tiny model in the folder given, telling of each step, until it is done or killed
const folder = process.argv[2] as string;
const engine = await onnxEngine({ threads: 1 });
const trainer = await train({ engine, ...tinyRun({ steps: 60, checkpoint: { folder, every: 5 }, resume: true }) });
process.stdout.write("ready\n");
for await (const { step } of trainer) process.stdout.write(`${step}\n`);
await trainer.close();
await engine.dispose();
