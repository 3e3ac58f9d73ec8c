import { createRequire } from "node:module";
import { integer, number, pair, runProgram, several, sharedFlags } from "@gmem/terminal";
import { Command, Option } from "commander";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };
/** Solvers by the names that `--solver` takes; a test holds them against the configuration's. */
export const solvers = [
  "euler",
  "heun",
  "dpm-solver++",
  "euler-maruyama",
  "heun-sde",
  "dopri5",
  "ancestral",
  "ddim",
] as const;

const encoders = "of texts: concat (sentences and words), use-lite, hashed-words, clip or gemma";

const settings = "[settings...]";
const settingsHelp = "key=value, such as steps=1500 backbone.depth=6";

/**
 * Every command. Its code is loaded when it runs: `--help` answers at once.
 * @param done takes the exit code of commands that answer by it.
 */
function program(done: (code: number) => void): Command {
  const root = new Command("gmem-train")
    .description("Train a generative model with an explicit memory bank: from a folder of images to pictures.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      "after",
      "\nStart with `gmem-train demo`, then `gmem-train run cifar-nano data=photos`.\nExit codes: 0 done, 1 failed, 2 usage, 130 interrupted.",
    );

  const json = (): Option =>
    new Option("--json", 'the result as JSON on stdout; of a command that fails {"error":{"code","message"}}');

  root
    .command("demo")
    .description("bank, training, samples and report on built-in pictures, in minutes")
    .argument(settings, settingsHelp)
    .addOption(json())
    .action(async (overrides, options) => (await import("./commands/demo.ts")).demo(overrides, options));

  root
    .command("presets")
    .description("list the presets, or print one")
    .argument("[name]", "prints this preset as YAML")
    .addOption(json())
    .action(async (name, options) => (await import("./commands/presets.ts")).listPresets(name, options));

  root
    .command("run")
    .description("train a preset or a configuration file")
    .argument("<preset|file|run>", "a preset's name, a .yaml, .json or .ts file, or with --resume a run folder")
    .argument(settings, settingsHelp)
    .option("--resume", "continue from the latest checkpoint of the run folder")
    .option("--dry-run", "build everything, make one step, print parameters, memory, speed and finish time, and stop")
    .option("--gpu <name>", "with --dry-run: the card to estimate for, such as a100, h100 or rtx4090", "a100")
    .addOption(json())
    .action(async (source, overrides, options) => (await import("./commands/run.ts")).run(source, overrides, options));

  sharedFlags(root.command("latents"))
    .description(
      "encode all images once: latents, and snippets and REPA targets on request, in shards that `run` takes as data",
    )
    .argument("<preset|file>", "a preset's name, or a .yaml, .json or .ts file")
    .argument(settings, settingsHelp)
    .requiredOption("--out <folder>", "where the shards go; a command that was stopped goes on there")
    .option("--snippets", "with the encoder's features")
    .option("--targets", "with the encoder's patch tokens, REPA's targets")
    .option("--shard-rows <n>", "images of one file", integer, 4096)
    .option("--half", "store half precision")
    .addOption(json())
    .action(async (source, overrides, options) =>
      (await import("./commands/latents.ts")).latents(source, overrides, options),
    );

  root
    .command("text")
    .description("vectors of all captions, computed once, in a folder that `run` takes as texts=FOLDER")
    .argument("<data>", "a folder of pictures with captions, tar shards or parquet files, drawings or scenes")
    .argument(settings, "key=value, such as textEncoder.weights=FILE image.size=64")
    .option("--encoder <kind>", encoders, "concat")
    .requiredOption("--out <folder>", "where vectors go; a command that was stopped goes on there")
    .addOption(json())
    .action(async (data, overrides, options) => (await import("./commands/text.ts")).text(data, overrides, options));

  root
    .command("retrieve")
    .description("the pictures of a folder that are nearest to a text, by their captions or, with CLIP, by themselves")
    .argument("<data>", "a folder of pictures, tar shards or parquet files, drawings or scenes")
    .argument(settings, "key=value, such as textEncoder.weights=FILE")
    .requiredOption("--text <text>", "what is looked for; given several times, a row of the grid each", several)
    .option("--encoder <kind>", encoders, "concat")
    .option("--count <n>", "pictures of each text", integer, 5)
    .option("--by <what>", "captions or images", "captions")
    .option("--size <n>", "side of the pictures in the grid", integer, 64)
    .option("--texts <folder>", "vectors of captions that `text` has written")
    .option("--out <file>", "a .png or .jpg grid, in place of what is there", "retrieved.png")
    .addOption(json())
    .action(async (data, overrides, options) =>
      (await import("./commands/retrieve.ts")).retrievePictures(data, overrides, options),
    );

  root
    .command("tokenizer")
    .description("train a tokenizer on a folder of images or built-in data: runs then work on its latents")
    .argument("<data|tokenizer>", "a folder of images, scenes, or with --resume a tokenizer's folder")
    .argument(settings, "key=value, such as image.size=64 steps=1500")
    .option("--resume", "continue from the latest checkpoint of the tokenizer's folder")
    .option("--dry-run", "build everything, make one step, print parameters, memory, speed and finish time, and stop")
    .option("--gpu <name>", "with --dry-run: the card to estimate for, such as a100, h100 or rtx4090", "a100")
    .addOption(json())
    .action(async (data, overrides, options) =>
      (await import("./commands/tokenizer.ts")).tokenizer(data, overrides, options),
    );

  root
    .command("sample")
    .description("draw pictures from a trained run")
    .argument("<run>", "a run folder")
    .option("--count <n>", "how many; default: 16, one for each of --rows, or 1 with --first", integer)
    .option("--seed <n>", "the same seed draws the same pictures; default: 0", integer)
    .option("--first <n>", "picture n of the seed, from 0 on: draws one of a grid alone", integer)
    .option("--steps <n>", "solver steps; default: the run's", integer)
    .option("--solver <name>", `${solvers.join(", ")}; default: the run's`)
    .option("--cfg <scale>", "guidance scale; default: the run's", number)
    .option(
      "--rows <list>",
      "rows of the bank, such as 3,17: a picture each, or --count pictures that take them in turn",
    )
    .option("--text <text>", "what is drawn, by a run that is conditioned on text; several are taken in turn", several)
    .option("--texts <file>", "the same from a file, a text on each line")
    .option("--add <image>", "mixes the texts with an image, or with several, each by an --add of its own", several)
    .option("--weight <share>", "of the images of --add, 0 to 1; default: 0.5", number)
    .option("--from-image <file>", "a picture to draw from: it is noised, and drawn again from there")
    .option(
      "--strength <share>",
      "with --from-image: how much is drawn anew, from 0 (nothing) to 1; default: 0.6",
      number,
    )
    .option("--mask <file>", "with --from-image: a picture; what is white in it is drawn, what is black stays")
    .option("--label <n>", "class label (class tables)", integer)
    .option("--cfg-interval <a,b>", "times that are guided, 0 being data; default: the run's", pair)
    .option("--cfg-channels <n>", "guides only the first so many channels; default: the run's", integer)
    .option("--shift <a>", "of the time grid, t → at/(1 + (a − 1)t); default: the run's", number)
    .option(
      "--noise <file>",
      "noise [N,C,H,W] to start from, and stepNoise [steps,N,C,H,W] and snippets [N,d] on request",
    )
    .option("--interpolate <a,b>", "a strip between two rows of the bank")
    .option(
      "--expression <sum>",
      'a sum of snippets, such as "dog + 0.5*hat - #12": classes, names and rows of the bank',
    )
    .option(
      "--from <picture>",
      "draws a picture of `sample` or gmem-serve again, by what it says; flags beside it change that",
    )
    .option("--request <json>", "what the conditioner takes, for conditioners of other packages")
    .option("--weights <which>", "ema or model (the last step's, from the newest checkpoint)", "ema")
    .option(
      "--out <file>",
      "a .png or .jpg grid, in place of what is there; default: a new file in samples/ of the run folder",
    )
    .option("--latents <file>", "latents [N,C,H,W] in place of pictures, .safetensors; needs no tokenizer")
    .addOption(json())
    .action(async (folder, options) => (await import("./commands/sample.ts")).sampleRun(folder, options));

  const bank = root.command("bank").description("build and edit the memory bank of a run");
  sharedFlags(bank.command("build"))
    .description("a bank from a folder of images, with an encoder learned from it, a run's encoder or a published one")
    .argument("<images>", "what data= names: a folder of images, a .tar or .parquet, scenes, drawings")
    .argument("[settings...]", "key=value, such as encoder.kind=dinov2 encoder.weights=FILE")
    .requiredOption("--out <folder>", "the bank folder to write")
    .option("--size <n>", "side of the square crop in pixels", integer, 32)
    .option("--encoder <file>", "a run's learned encoder instead of learning one")
    .option("--rank <r>", "store rank-r factors", integer)
    .option("--seed <n>", "seed of the encoder", integer, 0)
    .addOption(json())
    .action(async (images, overrides, options) =>
      (await import("./commands/bank-build.ts")).bankBuild(images, overrides, options),
    );
  bank
    .command("info")
    .description("size, norms, duplicates, nearest neighbours and bytes")
    .argument("<bank>", "a run or bank folder")
    .addOption(json())
    .action(async (folder, options) => (await import("./commands/bank-info.ts")).bankInfo(folder, options));
  bank
    .command("add")
    .description("add images, sized as in training: the model draws in their style")
    .argument("<run>", "a run folder")
    .argument("<images...>", "image files, or folders for all pictures in them")
    .addOption(json())
    .action(async (folder, images, options) =>
      (await import("./commands/bank-edit.ts")).bankAdd(folder, images, options),
    );
  bank
    .command("interpolate")
    .description("add the blend of two rows")
    .argument("<run>", "a run or bank folder")
    .argument("<a>", "row", integer)
    .argument("<b>", "row", integer)
    .option("--weight <w>", "share of the second row", number, 0.5)
    .option("--method <name>", "linear, spherical, concat or mask", "spherical")
    .addOption(json())
    .action(async (folder, a, b, options) =>
      (await import("./commands/bank-edit.ts")).bankInterpolate(folder, { a, b, ...options }),
    );
  bank
    .command("compress")
    .description("replace full rows by factors of rank r")
    .argument("<run>", "a run or bank folder")
    .requiredOption("--rank <r>", "rank", integer)
    .addOption(json())
    .action(async (folder, options) => (await import("./commands/bank-edit.ts")).bankCompress(folder, options));
  bank
    .command("reduce")
    .description("keep k rows a class: Random@k or Average@k")
    .argument("<run>", "a run or bank folder")
    .requiredOption("--per-class <k>", "rows a class", integer)
    .option("--pick <how>", "random or average", "random")
    .option("--seed <n>", "seed", integer, 0)
    .addOption(json())
    .action(async (folder, options) => (await import("./commands/bank-edit.ts")).bankReduce(folder, options));
  bank
    .command("undo")
    .description("take the last edit back")
    .argument("<run>", "a run or bank folder")
    .addOption(json())
    .action(async (folder, options) => (await import("./commands/bank-edit.ts")).bankUndo(folder, options));

  root
    .command("convert")
    .description("published checkpoint ↔ run folder; class table ↔ memory bank; another bank; half precision")
    .argument("<source>", "a weights file, hf:owner/name/file, or a run folder")
    .argument("<out>", "the run folder, .pt or .safetensors file to write")
    .argument(settings, settingsHelp)
    .option("--to <what>", "of a run folder: checkpoint (default), memory-bank or class-table")
    .option("--bank <path>", "a bank's file or folder, official ones too; to a checkpoint: where the bank goes")
    .option("--family <name>", "sit, dit, lightning-dit or sana, where names and shapes leave it open")
    .option("--heads <n>", "likewise", integer)
    .option("--cross-heads <n>", "likewise: of Sana's cross-attention", integer)
    .option("--latent <c,h,w>", "likewise")
    .option("--classes <n>", "likewise: without the null row", integer)
    .option("--time <direction>", "data0 or data1: where data is")
    .option("--tap <n>", "the block before REPA's projector", integer)
    .option("--weights <which>", "ema, raw, or a network of the file by its name; default: the averaged one")
    .option("--per-class <k>", "to a class table: snippets of a class", integer)
    .option("--pick <how>", "to a class table: random or average")
    .option("--seed <n>", "to a class table: seed of the pick", integer)
    .option("--adapter <how>", "to a memory bank: ridge, fitted to the table, or random")
    .option("--dtype <type>", "of a run folder: the same run with weights and bank stored as f16 or f32")
    .option("--check", "list what becomes of every tensor and write nothing; exit code 1 if it would not convert")
    .addOption(json())
    .action(async (source, out, overrides, options) => {
      done(await (await import("./commands/convert.ts")).convert(source, out, overrides, options));
    });

  sharedFlags(root.command("export"))
    .description("write backbone, sampler, tokenizer and encoder as ONNX")
    .argument("<run>", "a run folder")
    .option("--part <list>", "of backbone, sampler, tokenizer and encoder; default: all that the run has")
    .option("--out <folder>", "default: onnx in the run folder, or page in it")
    .option("--batch <n>", "fix the batch size; default: any", integer)
    .option("--shared", "into the run folder itself: files of some kB that read its weights where they lie, f16 too")
    .option("--page", "a folder that any server of files shows: a page on which the run draws, in the browser alone")
    .addOption(json())
    .action(async (folder, options) => (await import("./commands/export.ts")).exportRun(folder, options));

  root
    .command("inspect")
    .description("what a file of weights or a run folder holds")
    .argument("<file>", "a file or folder")
    .addOption(json())
    .action(async (file, options) => (await import("./commands/inspect.ts")).inspect(file, options));

  root
    .command("doctor")
    .description("what this machine has and what is missing")
    .addOption(json())
    .action(async (options) => (await import("./commands/doctor.ts")).doctor(options));

  for (const command of [...root.commands, ...bank.commands]) command.exitOverride().showSuggestionAfterError();
  return root;
}

/** Runs a command line, program name left out. @returns the exit code: 0 done, 1 failed, 2 usage, 130 interrupted. */
export const main = (args: readonly string[]): Promise<number> => runProgram(program, args);
