import { someNames } from "@gmem/datasets/folder";
import { bankFacts, bankInWords, type Run } from "@gmem/runs";

/** What is in the bank of a run, in words; nothing without one. */
export async function memoryFacts({
  bank,
  journal,
  engine,
}: Pick<Run, "bank" | "journal" | "engine">): Promise<Readonly<Record<string, string>>> {
  if (!bank) return {};
  const facts = await bankFacts(bank, engine);
  const classes = facts.classes?.map(({ label, rows }) => `${label}: ${rows}`);
  return {
    "memory bank": bankInWords(facts),
    encoder: bank.encoderId,
    edits: `${journal?.edits.length ?? 0}`,
    ...(classes && { "rows by class": someNames(classes, 20).join(", ") }),
  };
}
