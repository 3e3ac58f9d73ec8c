import { existsSync } from "node:fs";
import { bankNames, evaluateExpression } from "@gmem/memory-bank/expression";
import { type Mixture, openMemory, type Run, runSamplers, snippetModel } from "@gmem/runs";
import { GMemError } from "@gmem/tensor";

/**
 * What draws a sum of snippets, of runs that are conditioned on text too: their network understands the bank that they learned
 * from. @throws {GMemError} code `CONFIG` for a run without a bank; {ExpressionError} for a text that is no sum of its rows.
 */
export async function openExpression(run: Run, text: string): Promise<Mixture> {
  const { files, classes, conditioner, config, engine, state, tokenizer } = run;
  const takes = conditioner.name === "memory-bank" || conditioner.name === "t2s";
  if (!takes || !existsSync(files.bank))
    throw new GMemError(
      "CONFIG",
      `sample: --expression needs a run with a memory bank, got ${files.folder}, which has none; give --label or --text`,
    );
  const memory = run.bank ? undefined : await openMemory(files);
  const bank = run.bank ?? (memory as NonNullable<typeof memory>).bank;
  try {
    const { snippet } = await evaluateExpression(text, { bank, names: bankNames(bank, classes) });
    const model = snippetModel({ model: run.model, conditioner, config });
    return { request: { snippets: snippet }, ...runSamplers({ config, engine, model, state, tokenizer }) };
  } finally {
    await memory?.bank.close();
  }
}
