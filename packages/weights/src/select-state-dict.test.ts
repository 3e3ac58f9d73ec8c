import { describe, expect, it } from "vitest";
import { selectNetwork, selectStateDict } from "./select-state-dict.ts";

/** The numbers of a checkpoint by path, for names alone. */
const select = (tensors: Record<string, unknown>, weights?: string) =>
  selectNetwork({ tensors }, weights === undefined ? {} : { weights });
const tensor = (id: string, ...shape: number[]) => ({ id, shape });

describe("selectStateDict", () => {
  it.each([
    ["ema", "model"],
    ["ema_model", "model"],
    ["model_ema", "model"],
    ["state_dict_ema", "state_dict"],
    ["params_ema", "params"],
    ["ema_state_dict", "model_state_dict"],
    ["unet_ema", "unet"],
    ["EMA", "net"],
  ])("prefers %s to %s, and says so", (averaged, raw) => {
    const tensors = { [`${raw}/w`]: 1, [`${averaged}/w`]: 2, "optimizer/state/0/exp_avg": 3 };
    expect(select(tensors)).toEqual({
      tensors: { w: 2 },
      taken: { group: averaged, kind: "averaged", others: [raw], filled: 0 },
    });
    expect(select(tensors, "ema").tensors).toEqual({ w: 2 });
    expect(select(tensors, raw).tensors).toEqual({ w: 1 });
  });
  it("takes the averaged half of ema-pytorch's state, alone or inside", () => {
    const inside = { "model/w": 1, "ema/initted": 0, "ema/step": 0, "ema/ema_model.w": 2, "ema/online_model.w": 3 };
    expect(select(inside)).toMatchObject({
      tensors: { w: 2 },
      taken: { group: "ema/ema_model", others: ["model", "ema/online_model"] },
    });
    expect(select({ initted: 0, "ema_model.w": 2, "online_model.w": 3 }).tensors).toEqual({ w: 2 });
  });
  it("gives the averages of Lightning's LitEma their dots back, and what it does not average", () => {
    const tensors = {
      "state_dict/model.a.w": 1,
      "state_dict/model.a.running": 2,
      "state_dict/model_ema.decay": 0,
      "state_dict/model_ema.num_updates": 0,
      "state_dict/model_ema.aw": 3,
    };
    expect(select(tensors)).toEqual({
      tensors: { "a.w": 3, "a.running": 2 },
      taken: { group: "state_dict/model_ema", kind: "averaged", others: ["state_dict/model"], filled: 1 },
    });
  });
  it("names a list of averages by order and shape where they fit in one way", () => {
    const raw = { "model/pos": tensor("p", 1, 4), "model/a.w": tensor("a", 2, 3), "model/a.b": tensor("b", 2) };
    const list = { "ema/shadow_params/0": tensor("A", 2, 3), "ema/shadow_params/1": tensor("B", 2) };
    const { tensors, taken } = select({ ...raw, ...list });
    expect(tensors).toMatchObject({ pos: { id: "p" }, "a.w": { id: "A" }, "a.b": { id: "B" } });
    expect(taken).toMatchObject({ group: "ema/shadow_params", filled: 1 });
    const twice = { ...raw, "model/c.b": tensor("c", 2), ...list };
    expect(() => select(twice)).toThrow(/list without names.*model \(4 tensors\)/);
    expect(select(twice, "raw").tensors).toMatchObject({ "a.w": { id: "a" } });
  });
  it("lists the networks where more than one may be meant, and takes the one that is named", () => {
    const tensors = { "model/w": 1, "ema/0/w": 2, "ema/1/w": 3 };
    expect(() => select(tensors)).toThrow(
      /more than one network has averaged weights; .*--weights.* got ema\/0 \(1 tensor\), ema\/1/,
    );
    expect(select(tensors, "ema/1").tensors).toEqual({ w: 3 });
    expect(() => select(tensors, "ema/2")).toThrow(/a network "ema\/2".* model \(1 tensor\), ema\/0/);
  });
  it("takes off what data-parallel, sharded, recomputed and compiled modules and Lightning put before names", () => {
    const tensors = { "model/module._orig_mod.a.w": 1, "model/b._orig_mod.w": 2, "opt/state/0/exp_avg": 3 };
    expect(selectStateDict({ tensors })).toEqual({ "a.w": 1, "b.w": 2 });
    const sharded = "_fsdp_wrapped_module.blocks.0._fsdp_wrapped_module._checkpoint_wrapped_module.w";
    expect(selectStateDict({ tensors: { [sharded]: 1, "a.w": 2 } })).toEqual({ "blocks.0.w": 1, "a.w": 2 });
    expect(selectStateDict({ tensors: { "state_dict/model.a": 1, "state_dict/model.b.c": 2 } })).toEqual({
      a: 1,
      "b.c": 2,
    });
    expect(selectStateDict({ tensors: { "model.a": 1, head: 2 } })).toEqual({ "model.a": 1, head: 2 });
  });
  it("takes a file without groups, or with one, as it is", () => {
    expect(select({ "a.w": 1, "avg_pool.w": 2 })).toEqual({
      tensors: { "a.w": 1, "avg_pool.w": 2 },
      taken: { group: "", kind: "other", others: [], filled: 0 },
    });
    expect(select({ "anything/a.w": 1 }).tensors).toEqual({ "a.w": 1 });
    expect(select({ "one/a": 1, "two/a": 2 }).tensors).toEqual({ "one/a": 1, "two/a": 2 });
  });
  it("refuses two tensors of one name, and averages that are not there", () => {
    expect(() => select({ "module.a": 1, a: 2 })).toThrow(/"a" twice/);
    expect(() => select({ "model/a": 1 }, "ema")).toThrow(/must be averaged weights.* got model \(1 tensor\)/);
  });
});
