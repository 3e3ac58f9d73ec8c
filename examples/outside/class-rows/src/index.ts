import type { Conditioner, ConditionerNeeds, MemoryBank, Part, PartContexts } from "@gmem/spec";
import { f32, GMemError } from "@gmem/tensor";

/** A class, for all samples of a batch; without one the noise chooses rows of any class. */
export type ClassRowsRequest = undefined | { readonly label: number };

const needs: ConditionerNeeds = { snippets: true, labels: true };

/**
 * A class label draws one of its class's rows of the memory bank, by the noise: class-conditional, and edited with the bank.
 * For `defineRun({ conditioner: classRows() })`.
 */
export function classRows(): Part<"conditioner"> {
  const open = ({ bank, classes }: PartContexts["conditioner"]): Conditioner =>
    conditioner(bank, classes) as Conditioner;
  return Object.assign(open, {
    needs,
    origin: { package: "@gmem-example/class-rows", export: "classRows", options: {} },
  });
}

function conditioner(bank: MemoryBank | undefined, classes: number): Conditioner<ClassRowsRequest> {
  if (!bank?.labels) throw new GMemError("CONFIG", "class-rows: needs a memory bank with labels, got none");
  const { dim, labels } = bank;
  const rowsOf = Array.from({ length: classes }, (_, y) =>
    Int32Array.from(labels.keys()).filter((row) => labels[row] === y),
  );
  return {
    name: "class-rows",
    snippetDim: dim,
    output: "snippet",
    feeds: (n) => ({ snippet: f32(n, dim) }),
    init: () => ({}),
    parse(input) {
      if (input === undefined || input === null) return undefined;
      const { label } = input as { readonly label?: unknown };
      if (typeof label === "number" && rowsOf[label]?.length) return { label };
      throw new GMemError(
        "INVALID_REQUEST",
        `request: label must be a class with rows, 0…${classes - 1}, got ${label}`,
      );
    },
    async resolve(noise, request) {
      const chosen = bank.indexOf(noise); // one row for each sample
      const own = request && (rowsOf[request.label] as Int32Array);
      return { snippet: await bank.at(own ? chosen.map((row) => own[row % own.length] as number) : chosen) };
    },
    async batch({ index, snippets }) {
      return { snippet: snippets ?? (await bank.at(index)) };
    },
    snippet(_, { snippet }) {
      if (!snippet) throw new GMemError("GRAPH", 'class-rows: needs the feed "snippet", got none');
      return snippet; // [N,d]
    },
  };
}
