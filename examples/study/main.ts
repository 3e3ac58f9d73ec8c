import { appendFile } from "node:fs/promises";
import { study } from "./conditioning.ts";

// node dist/study/main.js FOLDER [steps] [seeds] [steps between distances] [out.jsonl]
const [, , data = "", steps = "1500", seeds = "0,1,2", distanceEvery = "500", out = "study.jsonl"] = process.argv;
const plan = { data, steps: Number(steps), seeds: seeds.split(",").map(Number), distanceEvery: Number(distanceEvery) };
for await (const look of study({ ...plan, kinds: ["snippet", "class", "none"], lossEvery: 100, samples: 2000 })) {
  const line = `${JSON.stringify(look)}\n`;
  process.stdout.write(line);
  await appendFile(out, line);
}
