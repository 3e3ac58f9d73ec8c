import { Refusal } from "../refusal.ts";
import type { RunLibrary } from "../runs/run-library.ts";
import type { BankVersion, ServedBank } from "../runs/served-bank.ts";
import type { ServedRun } from "../runs/served-run.ts";

/** Work with the bank of a run as it is now. @throws {Refusal} 404 for a run without one. */
export function withBank<T>(
  library: RunLibrary,
  run: string,
  work: (served: ServedRun & { readonly bank: ServedBank }, version: BankVersion) => Promise<T>,
): Promise<T> {
  return library.use(run, async (served) => {
    const { bank } = served;
    if (!bank) throw new Refusal(404, "NO_BANK", `bank: "${run}" has none; it draws by ${served.run.conditioner.name}`);
    return work({ ...served, bank }, bank.now);
  });
}
