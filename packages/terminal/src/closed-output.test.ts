import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "gmem-output-"));
const script = join(folder, "work.mjs");

/** Prints twenty lines to both streams, then writes `done`; a signal stops it in between, with `saved`. */
const work = `
import { writeFileSync } from "node:fs";
import { stopOnInterrupt } from ${JSON.stringify(fileURLToPath(new URL("./interrupt.ts", import.meta.url)))};
import { surviveClosedOutput } from ${JSON.stringify(fileURLToPath(new URL("./closed-output.ts", import.meta.url)))};
surviveClosedOutput(() => process.exit(1));
const signal = stopOnInterrupt("saving");
for (let i = 0; i < 20; i++) {
  console.log(i);
  console.error(i);
  await new Promise((resolve) => setTimeout(resolve, 25));
  if (signal.aborted) break;
}
writeFileSync("result", signal.aborted ? "saved" : "done");
process.exit(0);
`;

beforeAll(async () => {
  writeFileSync(join(folder, "work.in.mjs"), work);
  const options = { bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "warning" } as const;
  await build({ entryPoints: [join(folder, "work.in.mjs")], outfile: script, ...options });
});

const result = (): string => readFileSync(join(folder, "result"), "utf8");

describe.runIf(process.platform !== "win32")("work whose output nobody reads", () => {
  it.each([
    ["2>&1 | head -1", "a pipe into head"],
    ["2>&1 | (read line; exit)", "a reader that dies"],
    [">&- 2>&-", "no output at all"],
  ])("goes on to its end: %s", (end) => {
    writeFileSync(join(folder, "result"), "");
    spawnSync("sh", ["-c", `"${process.execPath}" "${script}" ${end}; sleep 1`], { cwd: folder });
    expect(result()).toBe("done");
  });

  it.each(["SIGHUP", "SIGTERM", "SIGINT"] as const)(
    "saves and stops at %s, also when more signals follow",
    async (name) => {
      writeFileSync(join(folder, "result"), "");
      const child = spawn(process.execPath, [script], { cwd: folder, stdio: ["ignore", "pipe", "ignore"] });
      await once(child.stdout as NodeJS.ReadableStream, "data");
      child.kill(name);
      child.kill("SIGHUP");
      child.kill("SIGTERM");
      await once(child, "exit");
      expect(result()).toBe("saved");
    },
  );
});
