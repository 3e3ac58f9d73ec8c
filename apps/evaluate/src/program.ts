import { createRequire } from "node:module";
import { integer, number, runProgram, several, sharedFlags } from "@gmem/terminal";
import { Command, Option } from "commander";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

const pictures = "a folder, .npz, .safetensors, .tar or .parquet";
const metricsHelp = "of fid, sfid, is, kid, prdc, fid-infinity, cmmd, authpct; default: all that the features allow";
const paperHelp =
  "puts numbers of the paper beside FID: cifar10, imagenet-256, imagenet-256-ablation and others, all named where it is none of them";
const protocolNames = "adm, pytorch-fid, clean-fid, torch-fidelity, dgm-eval or torchmetrics";

/**
 * Every command. Its code is loaded when it runs: `--help` answers at once.
 * @param done takes the exit code of commands that answer by it.
 */
function program(done: (code: number) => void): Command {
  const root = new Command("gmem-evaluate")
    .description("Numbers of generated pictures, each with its interval, its protocol and what it was computed from.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      "after",
      "\nStart with `gmem-evaluate folders photographs samples`.\nExit codes: 0 done, 1 failed or --fail-if holds, 2 usage, 130 interrupted.",
    );

  const json = (): Option =>
    new Option("--json", 'the result as JSON on stdout; of a command that fails {"error":{"code","message"}}');
  const threads = (): Option =>
    new Option("--threads <n>", "of each process; default: all cores, and 1 with --workers or --queue").argParser(
      integer,
    );
  const reading = (command: Command): Command =>
    command
      .option(
        "--features <name[=weights]>",
        "random-vgg (no weights), inception, dinov2 or clip with their file, or a FILE.onnx; may be given several times",
        several,
      )
      .option("--protocol <name>", `${protocolNames}; default: adm of inception, dgm-eval of others`)
      .option(
        "--resize <how>",
        "crop:PIXELS (ADM's centre crop) or squeeze:PIXELS (to a square, Pillow's bicubic)",
        "none",
      )
      .option("--on-bad <what>", "pictures that cannot be used: refuse or skip", "refuse")
      .option("--config <file>", "a .ts or .js file with metrics and feature extractors of your own")
      .option("--cache <folder>", "where features are kept; default: gmem/features in the user's cache")
      .option("--no-cache", "keeps no features")
      .addOption(threads())
      .addOption(json());

  sharedFlags(
    reading(
      root
        .command("folders")
        .description("compare two sets of pictures, the first being real")
        .argument("<real>", `${pictures}, or saved statistics (.npz)`)
        .argument("<fake>", `${pictures}, or saved statistics (.npz)`),
    ),
  )
    .option("--metrics <list>", metricsHelp)
    .option("--seed <n>", "of what is drawn, where the protocol has no seed of its own", integer, 0)
    .option("--level <share>", "confidence of the intervals", number, 0.95)
    .option("--paper <set>", paperHelp)
    .option("--out <folder>", "writes evaluation.json, report.html and tables in Markdown, LaTeX and CSV")
    .option("--fail-if <rule>", "exit code 1 if it holds, such as 'fid>10'; may be given several times", several)
    .action(async (real, fake, options) =>
      done(await (await import("./commands/folders.ts")).folders(real, fake, options)),
    );

  sharedFlags(
    reading(
      root
        .command("statistics")
        .description("mean and covariance of features, as ADM's evaluator and pytorch-fid read them")
        .argument("<pictures>", pictures)
        .requiredOption("--out <file>", "an .npz with mu and sigma, of inception's features mu_s and sigma_s too"),
    ),
  ).action(async (path, options) => (await import("./commands/statistics.ts")).statistics(path, options));

  sharedFlags(
    reading(
      root
        .command("run")
        .description("samples of a trained run against its training and held-out pictures, copies, and snippets")
        .argument("<run>", "a run folder"),
    ),
  )
    .option("--count <n>", "samples", integer, 1000)
    .option("--metrics <list>", metricsHelp)
    .option("--seed <n>", "the same seed draws the same pictures", integer, 0)
    .option(
      "--memory",
      "keeps no samples on disk; without it a command that was stopped goes on with those that are there",
    )
    .option("--paper <set>", paperHelp)
    .option("--texts <file>", "what is drawn, a text a line, taken in turn: for runs that are conditioned on text")
    .option("--level <share>", "confidence of the intervals", number, 0.95)
    .option("--out <folder>", "where the result goes; default: evaluation in the run folder")
    .option("--fail-if <rule>", "exit code 1 if it holds, such as 'fid>10'; may be given several times", several)
    .action(async (folder, options) => done(await (await import("./commands/run.ts")).evaluateRun(folder, options)));

  root
    .command("compare")
    .description("results side by side, and which differences are more than chance")
    .argument("<runs...>", "run folders that `run` has evaluated, folders of --out, or evaluation.json files")
    .option("--paper <set>", paperHelp)
    .addOption(json())
    .action(async (paths, options) => (await import("./commands/compare.ts")).compare(paths, options));

  const prompts = root.command("prompts").description("prompts of a benchmark, drawn by a run of text and scored");
  prompts
    .command("scenes")
    .description("prompts about combinations that training left out, judged by what is seen in the pictures")
    .argument("<run>", "a run folder of data=scenes, conditioned on text")
    .option("--count <n>", "prompts; those of scenes in turn: single, pair, position, counting", integer, 500)
    .option(
      "--seed <n>",
      "of prompts and noise; the first 64 of seed 0 are those that a run judges itself by",
      integer,
      0,
    )
    .option("--cfg <scale>", "guidance scale; default: the run's", number)
    .option("--steps <n>", "solver steps; default: the run's", integer)
    .option("--out <folder>", "where the result goes; default: evaluation/prompts in the run folder")
    .option("--fail-if <rule>", "exit code 1 if it holds, such as 'position<0.5'; may be given several times", several)
    .addOption(json())
    .action(async (folder, options) =>
      done(await (await import("./commands/prompts/scenes.ts")).scenePrompts(folder, options)),
    );

  prompts
    .command("geneval")
    .description("pictures in GenEval's folders for its evaluate_images.py, or the table of what that wrote")
    .argument("[run]", "a run folder conditioned on text, to draw with")
    .requiredOption("--metadata <file>", "GenEval's evaluation_metadata.jsonl")
    .option("--out <folder>", "where the pictures go; with --results, the table in every format")
    .option("--results <file>", "results.jsonl of evaluate_images.py")
    .option("--detector <file>", "ONNX detector that judges what the run drew; not comparable with GenEval's numbers")
    .option("--classes <file>", "names of the detector's labels, one a line; default: beside it, .txt")
    .option("--per-prompt <n>", "pictures of each prompt", integer, 4)
    .option("--seed <n>", "the same seed draws the same pictures", integer, 0)
    .option("--fail-if <rule>", "exit code 1 if it holds, such as 'overall<0.5'; may be given several times", several)
    .addOption(json())
    .action(async (run, options) => done(await (await import("./commands/prompts/geneval.ts")).geneval(run, options)));
  reading(
    prompts
      .command("mjhq")
      .description("pictures of MJHQ-30K's prompts, and their distance to its own, overall and by category")
      .argument("[run]", "a run folder conditioned on text, to draw with"),
  )
    .requiredOption("--metadata <file>", "MJHQ-30K's meta_data.json")
    .requiredOption("--out <folder>", "the pictures, and evaluation/ with the result")
    .option("--reference <folder>", "MJHQ-30K's pictures, a folder each category")
    .option("--seed <n>", "the same seed draws the same pictures", integer, 0)
    .action(async (run, options) => (await import("./commands/prompts/mjhq.ts")).mjhq(run, options));

  sharedFlags(root.command("study"))
    .description("a claim of the paper, computed over seeds and judged by a rule that was fixed before")
    .argument("[name]", "such as conditioning, speed or svd")
    .option("--list", "every study, and which were run in this folder")
    .option("--quick", "ends within 15 minutes on two cores (default)")
    .option("--full", "ends within two hours on two cores")
    .option("--data <folder>", "pictures to train on in place of drawn scenes")
    .option("--out <folder>", "cells, runs and results; the same folder goes on where it stopped", "studies")
    .addOption(threads())
    .addOption(json())
    .action(async (name, options) => (await import("./commands/study.ts")).study(name, options));

  root
    .command("reproduce")
    .description("a number of the paper from released weights: fetches, samples, scores, prints ours beside it")
    .argument("[name]", "such as in256-160; without it, the list")
    .argument("[settings...]", "key=value on top of what the checkpoint says, such as engine.device=webgpu")
    .option("--list", "every number that can be computed again")
    .option("--dry-run", "lists files, bytes and GPU-hours, and fetches nothing")
    .option(
      "--file <role=file>",
      "a file that is not published, or another place of it; may be given several times",
      several,
    )
    .option("--count <n>", "samples", integer, 50_000)
    .option("--seed <n>", "the same seed draws the same pictures", integer, 0)
    .option("--metrics <list>", "of fid, sfid, is, prdc", "fid,sfid,is,prdc")
    .option("--out <folder>", "where it is done, and goes on after a stop; default: reproductions/NAME")
    .addOption(json())
    .action(async (name, settings, options) =>
      (await import("./commands/reproduce.ts")).reproduce(name, settings, options),
    );

  for (const command of [...root.commands, ...prompts.commands]) command.exitOverride().showSuggestionAfterError();
  return root;
}

/** Runs a command line, program name left out. @returns the exit code: 0 done, 1 failed, 2 usage, 130 interrupted. */
export const main = (args: readonly string[]): Promise<number> => runProgram(program, args);
