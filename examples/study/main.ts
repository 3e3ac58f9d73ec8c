import { appendFile } from "node:fs/promises";
import { study } from "./conditioning.ts";
import { conversion } from "./conversion.ts";

// node examples/study/main.ts conditioning FOLDER [steps] [seeds] [steps between distances] [out.jsonl]
// node examples/study/main.ts conversion FOLDER [steps] [patch] [samples] [out.jsonl]
const [, , name = "", data = "", steps = "1500", ...rest] = process.argv;

async function* conditioning(): AsyncGenerator<unknown> {
  const [seeds = "0,1,2", distanceEvery = "500"] = rest;
  const plan = {
    data,
    steps: Number(steps),
    seeds: seeds.split(",").map(Number),
    distanceEvery: Number(distanceEvery),
  };
  yield* study({ ...plan, kinds: ["memory-bank", "class-table", "unconditional"], lossEvery: 100, samples: 2000 });
}

async function* converting(): AsyncGenerator<unknown> {
  const [patchSize = "4", samples = "1000"] = rest;
  const looks = [0.02, 0.1].map((share) => Math.round(share * Number(steps)));
  yield* conversion({ data, steps: Number(steps), patchSize: Number(patchSize), looks, samples: Number(samples) });
}

const out = rest[2] ?? "study.jsonl";
for await (const look of name === "conversion" ? converting() : conditioning()) {
  const line = `${JSON.stringify(look)}\n`;
  process.stdout.write(line);
  await appendFile(out, line);
}
