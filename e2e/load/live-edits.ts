import { type Client, jsonOf } from "./client.ts";

/** Edits of a bank, one after another, while others sample: rows are blended, named, removed, taken back and made again. */
export async function liveEdits(
  client: Client,
  { run, count }: { readonly run: string; readonly count: number },
): Promise<readonly string[]> {
  const faults: string[] = [];
  const bank = `/v1/runs/${run}/bank`;
  let { size } = jsonOf(await client.ask(bank));
  const before = size as number;
  for (let i = 0; i < count; i++) {
    const last = size - 1;
    const edits = [
      () => client.ask(`${bank}/interpolate`, { body: { from: i % 8, to: 8 + (i % 8), at: 0.3 } }),
      () => client.ask(`${bank}/rows/${last}`, { method: "PATCH", body: { name: `edit ${i}` } }),
      () => client.ask(`${bank}/undo`, { method: "POST" }),
      () => client.ask(`${bank}/redo`, { method: "POST" }),
      () => client.ask(`${bank}/rows/${last}`, { method: "DELETE" }),
    ];
    const answer = await (edits[i % edits.length] as (typeof edits)[number])();
    if (answer.status >= 300) faults.push(`edit ${i}: ${answer.status} ${answer.body}`);
    else size = jsonOf(answer).size;
  }
  if (size !== before) faults.push(`the bank must have ${before} rows again, got ${size}`);
  return faults;
}
