import { type Signal, signal } from "@preact/signals";
import { ServerError } from "../api/ask.ts";
import { type BankMap, bankOf, type Edited } from "../api/bank.ts";
import type { BankPage, BankRow } from "../api/types.ts";
import { edit, loadRuns, run } from "../ask/state.ts";
import { type Action, notice } from "../look/notice.tsx";

/** Rows of one look at the bank. */
export const pageSize = 48;

export const page: Signal<BankPage | undefined> = signal(undefined);
export const offset: Signal<number> = signal(0);
const noMap: BankMap = { rows: [], x: [], y: [], labels: [], explained: [0, 0] };
export const map: Signal<BankMap> = signal(noMap);
/** Rows that are chosen: by the lasso, a click, a search. */
export const chosen: Signal<readonly number[]> = signal([]);
/** What was found; undefined where nothing was looked for. */
export const found: Signal<readonly BankRow[] | undefined> = signal(undefined);
export const bankTrouble: Signal<string> = signal("");

/** Loads what is shown, as the bank is now. */
export async function loadBank(): Promise<void> {
  const { name, bank } = run.value ?? {};
  if (name === undefined || !bank) {
    page.value = undefined;
    map.value = noMap;
    return;
  }
  await told(async () => {
    page.value = await bankOf(name).page(offset.value, pageSize);
    map.value = await bankOf(name).map();
  });
}

/** Does something with the bank, and says what went wrong. */
async function told<T>(work: () => Promise<T>): Promise<T | undefined> {
  bankTrouble.value = "";
  try {
    return await work();
  } catch (error) {
    bankTrouble.value = (error as Error).message;
    if (error instanceof ServerError && error.status === 412) void loadBank(); // somebody else was quicker
  }
}

/** Edits the bank as it was seen last, and shows it as it is then. @returns the answer, or nothing where it was refused. */
export async function change(
  work: (bank: ReturnType<typeof bankOf>, version: string) => Promise<Edited>,
  said: (edited: Edited) => string,
  action: Action = { name: "Undo", run: () => void undo() },
): Promise<Edited | undefined> {
  const name = run.value?.name as string;
  const edited = await told(async () => work(bankOf(name), (page.value ?? (await bankOf(name).page(0, 1))).version));
  if (!edited) return undefined;
  notice.value = { text: said(edited), action };
  chosen.value = chosen.value.filter((row) => row < edited.size);
  found.value = undefined;
  await Promise.all([loadBank(), loadRuns()]);
  return edited;
}

export const undo = (): Promise<Edited | undefined> =>
  change(
    (bank, version) => bank.move("undo", version),
    () => "The last edit is taken back.",
    { name: "Redo", run: () => void redo() },
  );
export const redo = (): Promise<Edited | undefined> =>
  change(
    (bank, version) => bank.move("redo", version),
    () => "The edit is made again.",
  );

/** Adds pictures, and asks for what they look like. */
export async function addPicture(image: Blob): Promise<readonly number[]> {
  const edited = await change(
    (bank, version) => bank.add(image, version),
    ({ rows = [] }) => `Added as row ${rows.join(", ")}.`,
  );
  const rows = edited?.rows ?? [];
  if (rows.length > 0) edit({ way: "rows", rows: rows.join(", ") });
  return rows;
}

/** Finds rows: those near a row, those that a text means where the run hears texts, and those that are called so elsewhere. */
export const search = (body: { readonly row: number } | { readonly text: string }): Promise<unknown> =>
  told(async () => {
    const { name = "", text: hearsTexts } = run.value ?? {};
    const bank = bankOf(name);
    found.value =
      "row" in body || hearsTexts
        ? await bank.search({ k: pageSize, ...body })
        : (await bank.page(0, 200, body.text)).rows;
  });
