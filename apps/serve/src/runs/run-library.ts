import type { WorkOptions } from "@gmem/runs";
import { didYouMean, GMemError, isGMemError } from "@gmem/tensor";
import { Refusal } from "../refusal.ts";
import type { NamedRun } from "./served-names.ts";
import { bytesForeseen, openServed, type ServedRun } from "./served-run.ts";

export interface RunLibraryOptions extends WorkOptions {
  readonly slots?: number | undefined;
  /** Bytes of all open runs. */
  readonly memory: number;
  readonly onOpen?: (run: ServedRun, seconds: number) => void;
}

/** Runs that are opened when they are asked for, and closed when others need their memory. */
export interface RunLibrary {
  readonly names: readonly NamedRun[];
  /** @throws {Refusal} 404 with the nearest name; 400 where several are served and none is named. */
  named(name: string | undefined): NamedRun;
  /** Opens it where need be, and keeps it open while work goes on; opens it anew where its engine has died. */
  use<T>(name: string, work: (run: ServedRun) => Promise<T>): Promise<T>;
  /** The open run, if it is. */
  peek(name: string): ServedRun | undefined;
  /** @returns false if it was not open. @throws {Refusal} 409 while it draws. */
  unload(name: string): Promise<boolean>;
  close(): Promise<void>;
}

interface Entry {
  readonly opening: Promise<ServedRun>;
  open?: ServedRun;
  bytes: number;
  /** Its engine has died: it is closed by the last that uses it. */
  isDead: boolean;
  users: number;
  used: number;
}

export function runLibrary(names: readonly NamedRun[], options: RunLibraryOptions): RunLibrary {
  const { memory, onOpen, ...opening } = options;
  const entries = new Map<string, Entry>();
  let turn: Promise<unknown> = Promise.resolve(); // one opens at a time: memory is counted before
  let uses = 0;
  const named = (name: string | undefined): NamedRun => {
    const [only, ...others] = names;
    if (name === undefined && only && others.length === 0) return only;
    const found = names.find((run) => run.name === name);
    const all = names.map((run) => run.name);
    if (found) return found;
    if (name === undefined)
      throw new Refusal(400, "INVALID_REQUEST", `run: must be named where several are served, ${all.join(", ")}`, {
        param: "run",
        allowed: all,
      });
    const shown = JSON.stringify(name.slice(0, 80));
    throw new Refusal(404, "NO_SUCH_RUN", `run: must be ${all.join(" or ")}, got ${shown}.${didYouMean(name, all)}`, {
      param: "run",
      allowed: all,
    });
  };
  const close = async (name: string): Promise<void> => {
    const entry = entries.get(name);
    entries.delete(name);
    await (await entry?.opening)?.close();
  };
  const makeRoom = async (run: NamedRun): Promise<number> => {
    const need = await bytesForeseen(run);
    const taken = (): number => [...entries.values()].reduce((sum, { open, bytes }) => sum + (open ? bytes : 0), 0);
    while (taken() > 0 && taken() + need > memory) {
      const idle = [...entries]
        .filter(([, { users, open }]) => open && users === 0)
        .sort(([, a], [, b]) => a.used - b.used)[0];
      if (!idle)
        throw new Refusal(503, "OUT_OF_MEMORY", `${run.name}: other runs draw and hold the memory; ask again later`, {
          limit: "memory",
          retryAfter: 5,
        });
      await close(idle[0]);
    }
    if (need > memory)
      throw new GMemError(
        "OUT_OF_MEMORY",
        `${run.name}: needs about ${gigabytes(need)} GB, got --memory ${gigabytes(memory)}; give it more`,
      );
    return need;
  };
  const load = (run: NamedRun): Entry => {
    const found = entries.get(run.name);
    if (found) return found;
    const open = turn.then(async () => {
      entry.bytes = await makeRoom(run);
      const began = performance.now();
      const served = await openServed(run, opening);
      entry.open = served;
      onOpen?.(served, (performance.now() - began) / 1000);
      return served;
    });
    const entry: Entry = { opening: open, bytes: 0, isDead: false, users: 0, used: 0 };
    entries.set(run.name, entry);
    turn = open.catch(() => entries.delete(run.name));
    return entry;
  };
  return {
    names,
    named,
    async use(name, work) {
      const entry = load(named(name));
      entry.users++;
      entry.used = ++uses;
      try {
        return await work(await entry.opening);
      } catch (error) {
        if (isGMemError(error, "ENGINE") && entry.open && !(await answers(entry.open))) {
          entry.isDead = true;
          if (entries.get(name) === entry) entries.delete(name); // the next request opens it anew
        }
        throw error;
      } finally {
        entry.users--;
        if (entry.isDead && entry.users === 0) await entry.open?.close().catch(() => {}); // what is gone cannot be given back
      }
    },
    peek: (name) => entries.get(name)?.open,
    async unload(name) {
      const entry = entries.get(named(name).name);
      if (!entry) return false;
      if (entry.users > 0)
        throw new Refusal(409, "IN_USE", `${name}: is drawing; cancel its jobs, or ask again later`, { retryAfter: 5 });
      await close(name);
      return true;
    },
    async close() {
      await turn;
      for (const name of [...entries.keys()]) await close(name);
    },
  };
}

/** Whether an engine still does what it is asked. */
const answers = ({ run: { engine } }: ServedRun): Promise<boolean> =>
  engine
    .state({})
    .then((state) => state.dispose())
    .then(
      () => true,
      () => false,
    );

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(2);
