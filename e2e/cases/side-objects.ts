import { readWeights } from "@gmem/weights";
import type { Case } from "./case.ts";
import { close, demand, done } from "./expect.ts";
import { converted, sameNetwork } from "./networks.ts";

const row = "01-side-objects";

const files = [
  "bytes.pt",
  "complex_buffer.pt",
  "counter.pt",
  "defaultdict.pt",
  "from_type_v2.pt",
  "lightning_class_key.ckpt",
  "lightning_hparams.ckpt",
  "np_array.pt",
  "np_rng.pt",
  "np_scalar.pt",
  "param_with_state.pt",
  "posix_path.pt",
  "set.pt",
];

/** Files of one tensor of a kind of its own. */
const subclassed = ["from_type_v2.pt", "param_with_state.pt"];

/** Tensors beside objects that nobody asked for. */
export const sideObjects: readonly Case[] = [
  ...files.map(
    (input): Case => ({
      row,
      input,
      async check({ file, cli }) {
        const { tensors } = await readWeights(file(input));
        const found = close(tensors.w, [1, 2, 3, 4, 5, 6], { shape: [2, 3] });
        const listed = done(cli("inspect", file(input)));
        if (input === "complex_buffer.pt") demand(listed.includes("freqs_cis"), "freqs_cis in the list", listed);
        return subclassed.includes(input) ? `w ${found}` : `w ${found}, b ${close(tensors.b, [7, 8])}`;
      },
    }),
  ),
  ...["sit_np_scalar.pt", "sit_posix.pt"].map(
    (input): Case => ({
      row,
      input,
      async check(given) {
        const got = await converted(given, given.file(input));
        const want = await converted(given, given.file("../02-averaged-names/plain.pt"));
        return sameNetwork(got.tensors, want.tensors);
      },
    }),
  ),
];
