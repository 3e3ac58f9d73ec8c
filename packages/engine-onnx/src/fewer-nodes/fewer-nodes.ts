import { type Graph, simplify } from "@gmem/tensor";
import { flatRows } from "./flat-rows.ts";
import { joinedParts } from "./joined-parts.ts";
import { type PackedGraph, packedUpdates } from "./packed-updates.ts";
import { scaledOperands } from "./scaled-operands.ts";
import { shiftedParts } from "./shifted-parts.ts";
import { sumsOfProducts } from "./sums-of-products.ts";

/** An equal program of fewer nodes, for devices where each costs some 40 µs whatever it does. */
export function fewerNodes(graph: Graph): PackedGraph {
  const { graph: packed, packs } = packedUpdates(graph);
  const passes = [flatRows, scaledOperands, shiftedParts, simplify, sumsOfProducts, joinedParts, joinedParts, simplify];
  return { graph: passes.reduce((program, pass) => pass(program), packed), packs };
}
