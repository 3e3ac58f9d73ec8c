import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { peersFolder } from "./peers-folder.ts";

/** The answer of a peer to one request. */
export interface PeerResult {
  readonly ms: number;
  readonly peakMB: number;
  readonly [name: string]: unknown;
}

export interface Peer {
  /** Set when the peer cannot run: which program or package is missing. */
  readonly missing?: string;
  readonly version?: string;
  step(request?: Readonly<Record<string, unknown>>): Promise<PeerResult>;
  close(): void;
}

const absent = (missing: string): Peer => ({
  missing,
  step: () => Promise.reject(new Error(`peer: ${missing} is missing`)),
  close: () => {},
});

/** Starts `peers/SCRIPT.py` and waits until it has loaded; it then does one unit of work for each request. */
export async function startPeer(
  script: string,
  args: readonly (string | number)[],
  { python = join(peersFolder, "bin", "python") }: { readonly python?: string } = {},
): Promise<Peer> {
  if (python.includes("/") && !existsSync(python)) return absent(python);
  const path = fileURLToPath(new URL(`../peers/${script}.py`, import.meta.url));
  const { OPENBLAS_CORETYPE: _, ...env } = process.env; // a core type that is set would not be this machine's
  const child: ChildProcessWithoutNullStreams = spawn(python, [path, ...args.map(String)], {
    env: { ...env, OMP_NUM_THREADS: "2" },
  });
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done)
      throw new Error(`${script}.py ended: ${Buffer.concat(errors).toString("utf8").trim().split("\n").at(-1)}`);
    return JSON.parse(value) as Record<string, unknown>;
  };
  const hello = await answer();
  if (typeof hello.missing === "string") return absent(hello.missing);
  return {
    version: String(hello.version),
    async step(request = {}) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return (await answer()) as unknown as PeerResult;
    },
    close: () => child.stdin.end(),
  };
}
