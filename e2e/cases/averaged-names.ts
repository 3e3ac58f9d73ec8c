import { openWeights, readWeights } from "@gmem/weights";
import type { Case } from "./case.ts";
import { close, demand, done, saying } from "./expect.ts";
import { converted, sameNetwork } from "./networks.ts";

/** A checkpoint of one network gives what `plain.pt` gives. */
const asPlain = (row: string, input: string, says?: RegExp): Case => ({
  row,
  input,
  async check(given) {
    const got = await converted(given, given.file(input));
    const want = await converted(given, given.file("../02-averaged-names/plain.pt"));
    if (says) saying(got.printed, says);
    return sameNetwork(got.tensors, want.tensors);
  },
});

/** Averaged weights under the names that programs give them; prefixes of wrappers. */
export const averagedNames: readonly Case[] = [
  ...["ema_model.pt", "state_dict_ema.pt", "params_ema.pt", "ema_pytorch.pt", "official.pt"].map((input) =>
    asPlain("02-averaged-names", input, /averaged|ema/i),
  ),
  {
    row: "02-averaged-names",
    input: "lightning_litema.ckpt",
    async check(given) {
      const path = given.file("lightning_litema.ckpt");
      const { tensors } = await readWeights(path);
      demand(String(Object.keys(tensors).sort()) === "b,w", "w and b, averaged", Object.keys(tensors));
      saying(done(given.cli("inspect", path)), "model_ema.w");
      return `w ${close(tensors.w, [1, 2, 3, 4, 5, 6])}, b ${close(tensors.b, [7, 8])}`;
    },
  },
  asPlain("03-wrappers", "ckpt_wrapped.pt"),
  asPlain("03-wrappers", "lightning.ckpt"),
  {
    row: "03-wrappers",
    input: "fsdp_wrap.pt",
    async check({ file }) {
      const weights = await openWeights(file("fsdp_wrap.pt"));
      const names = Object.keys(weights.tensors).sort();
      await weights.close();
      demand(String(names) === "b,blocks.0.w", "b and blocks.0.w", names.join(" "));
      return names.join(" ");
    },
  },
];
