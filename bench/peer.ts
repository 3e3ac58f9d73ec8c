import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

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

/** The first Python that can import a package: Debian's, whose packages apt installs, before the one on the PATH. */
function pythonWith(module: string): string | undefined {
  const works = (python: string, code: string): boolean =>
    spawnSync(python, ["-c", code], { stdio: "ignore" }).status === 0;
  const candidates = ["/usr/bin/python3", "python3"];
  return (
    candidates.find((python) => works(python, `import ${module}`)) ?? candidates.find((python) => works(python, "pass"))
  );
}

/** Starts `peers/SCRIPT.py` and waits until it has loaded; it then does one unit of work for each request. */
export async function startPeer(script: string, args: readonly (string | number)[], module: string): Promise<Peer> {
  const python = pythonWith(module);
  if (!python) return absent("python3");
  const path = fileURLToPath(new URL(`../peers/${script}.py`, import.meta.url));
  const child: ChildProcessWithoutNullStreams = spawn(python, [path, ...args.map(String)]);
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
