import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** gmem-serve in a process of its own, and what it is asked. */
export interface Served {
  /** Pictures of one request each, so many on their way at once. @returns milliseconds a picture. */
  draw(pictures: number, options: { readonly atOnce: number }): Promise<number>;
  /** Seconds of a processor that it has taken. */
  cpuSeconds(): Promise<number>;
  close(): Promise<void>;
}

const app = (name: string): string => fileURLToPath(new URL(`../../apps/${name}/dist/cli.js`, import.meta.url));

/** A run folder in a temporary folder, trained for one step: what it draws is noise, what it costs is not. */
export function untrainedRun(settings: readonly string[]): string {
  const cwd = mkdtempSync(join(tmpdir(), "gmem-bench-"));
  const few = ["image.count=300", "image.heldOut=16", "encoder.clusters=16", "encoder.dim=64", "encoder.patches=2000"];
  const shape = ["name=served", "steps=1", "batch=4", "backbone.adaLNInit=xavier", ...few, ...settings];
  execFileSync(process.execPath, [app("train"), "run", "scenes-tiny", ...shape], { cwd, stdio: "pipe" });
  return join(cwd, "runs/served");
}

/** Serves a run folder on a free port of this machine, where everything may wait. */
export async function served(folder: string, { slots }: { readonly slots: number }): Promise<Served> {
  const flags = ["--port", "0", "--slots", `${slots}`, "--queue", "10000"];
  const child = spawn(process.execPath, [app("serve"), folder, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (line: Buffer) => resolve(line.toString("utf8").trim()));
    child.once("exit", (code) => reject(new Error(`gmem-serve ended with ${code}`)));
  });
  const agent = new Agent({ keepAlive: true });
  const ask = (path: string, body?: object): Promise<string> =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? "GET" : "POST";
      const sent = request(`${url}${path}`, { agent, method, headers: { "Content-Type": "application/json" } });
      sent.on("error", reject).on("response", (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        answer.on("end", () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))));
      });
      sent.end(body && JSON.stringify(body));
    });
  let seed = 0;
  return {
    async draw(pictures, { atOnce }) {
      const start = performance.now();
      let left = pictures;
      const client = async (): Promise<void> => {
        while (left-- > 0) await ask("v1/samples?wait=true", { seed: seed++ });
      };
      await Promise.all(Array.from({ length: atOnce }, client));
      return (performance.now() - start) / pictures;
    },
    async cpuSeconds() {
      return Number(/^process_cpu_seconds_total (\S+)/m.exec(await ask("metrics"))?.[1]);
    },
    async close() {
      agent.destroy();
      const end = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await end;
    },
  };
}
