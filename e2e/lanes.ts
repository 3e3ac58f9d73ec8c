import { spawn } from "node:child_process";
import { once } from "node:events";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Runs suites in processes of their own, two at a time in this order; what each says is printed when it ends. */
export async function inLanes(program: string, names: readonly string[]): Promise<Counts> {
  const queue = names.values();
  const counts: Counts[] = [];
  const lane = async (): Promise<void> => {
    for (const name of queue) counts.push(await suite(program, name));
  };
  await Promise.all([lane(), lane()]);
  const sum = (of: keyof Counts): number => counts.reduce((total, count) => total + count[of], 0);
  return { passed: sum("passed"), failed: sum("failed") };
}

/** One process: its last line has the counts; if there is none, it failed once. */
async function suite(program: string, name: string): Promise<Counts> {
  const child = spawn(process.execPath, [program, name], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  const [line, passed, failed] = /^(\d+) passed, (\d+) failed\n$/m.exec(output) ?? [];
  process.stdout.write(
    `-- ${name}\n${line ? output.slice(0, -line.length) : `${output}FAIL ${name}: ended with ${code}\n`}`,
  );
  return line ? { passed: Number(passed), failed: Number(failed) } : { passed: 0, failed: 1 };
}
