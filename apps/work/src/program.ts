import { createRequire } from "node:module";
import { integer, runProgram, several, sharedFlags } from "@gmem/terminal";
import { Command, Option } from "commander";

const { version } = createRequire(import.meta.url)("../package.json") as { readonly version: string };

/** Every command. Its code is loaded when it runs: `--help` answers at once. */
function program(): Command {
  const root = new Command("gmem-work")
    .description("Work of one command shared by processes or machines; the same bits with one worker or with twenty.")
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      "after",
      "\nStart with `gmem-work submit latents cifar-nano data=photographs --out latents --workers 2`.\nA bucket takes AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and AWS_ENDPOINT_URL from the environment.\nExit codes: 0 done, 1 failed, 2 usage, 130 interrupted.",
    );
  const json = (): Option =>
    new Option("--json", 'the result as JSON on stdout; of a command that fails {"error":{"code","message"}}');
  const store = (): Option =>
    new Option("--store <place>", "where results are: a folder that all share, or s3://bucket/prefix").default("work");
  const queue = (): Option => new Option("--queue <url>", "redis://host:6379: workers on other machines take part");
  const scratch = (): Option =>
    new Option("--scratch <folder>", "what is fetched on the way; default: gmem/work in the user's cache");

  root
    .command("start")
    .description("a worker: takes shards until it is told to stop, and then ends what it has begun")
    .addOption(queue().makeOptionMandatory())
    .addOption(store())
    .addOption(scratch())
    .option("--workers <n>", "processes, a shard each at a time", integer, 1)
    .addOption(
      new Option("--engine <name>", "takes jobs whose networks run on it, and no others")
        .choices(["cpu", "webgpu", "cuda"])
        .default("cpu"),
    )
    .action(async (options) => (await import("./commands/start.ts")).start(options));

  const submit = root.command("submit").description("puts work into the queue, waits for it and writes its result");
  const submitted = (command: Command): Command => sharedFlags(command).addOption(json());
  submitted(
    submit
      .command("latents")
      .description("what training needs of every picture, as `gmem-train latents` writes it")
      .argument("<preset|file>", "configuration that says data, tokenizer and encoder")
      .argument("[settings...]", "key=value on top of it"),
  )
    .requiredOption("--out <folder>", "where the latents go")
    .option("--snippets", "with the encoder's features")
    .option("--targets", "with the encoder's patch tokens, REPA's targets")
    .option("--half", "half precision")
    .option("--shard-rows <n>", "pictures of a shard, which is a file", integer, 512)
    .action(async (source, settings, options) =>
      (await import("./commands/submit.ts")).submitLatents(source, settings, options),
    );
  submitted(
    submit
      .command("bank")
      .description("a memory bank of a folder of pictures, as `gmem-train bank build` writes it")
      .argument("<images>", "a folder of pictures, or scenes")
      .argument("[settings...]", "key=value, such as encoder.kind=dinov2 encoder.weights=FILE"),
  )
    .requiredOption("--out <folder>", "where the bank goes")
    .option("--size <pixels>", "pictures are cropped to this size", integer, 32)
    .option("--rank <r>", "keeps the bank as factors of this rank", integer)
    .option("--seed <n>", "of an encoder that is learned", integer, 0)
    .option("--shard-rows <n>", "pictures of a shard", integer, 2048)
    .action(async (images, settings, options) =>
      (await import("./commands/submit.ts")).submitBank(images, settings, options),
    );
  submitted(
    submit
      .command("samples")
      .description("pictures of a run, as `gmem-evaluate run` draws them and finds them again")
      .argument("<run>", "a run folder"),
  )
    .option("--count <n>", "pictures", integer, 1000)
    .option("--seed <n>", "the same seed draws the same pictures", integer, 0)
    .option("--shard-rows <n>", "pictures of a shard, a multiple of 16", integer, 64)
    .action(async (run, options) => (await import("./commands/submit.ts")).submitSamples(run, options));
  submitted(
    submit
      .command("features")
      .description("features of pictures, kept where `gmem-evaluate` finds them")
      .argument("<pictures>", "a folder, .npz, .safetensors, .tar or .parquet"),
  )
    .option(
      "--features <name[=weights]>",
      "random-vgg (no weights), inception, dinov2 or clip with their file, or a FILE.onnx; may be given several times",
      several,
    )
    .option("--protocol <name>", "as `gmem-evaluate` takes it")
    .option("--resize <how>", "crop:PIXELS or squeeze:PIXELS", "none")
    .option("--on-bad <what>", "pictures that cannot be used: refuse or skip", "refuse")
    .option("--cache <folder>", "where features are kept; default: gmem/features in the user's cache")
    .action(async (path, options) => (await import("./commands/submit.ts")).submitFeatures(path, options));
  submitted(
    submit
      .command("export")
      .description("the programs of a run as ONNX files, as `gmem-train export` writes them")
      .argument("<run>", "a run folder"),
  )
    .option("--out <folder>", "default: onnx in the run folder")
    .action(async (run, options) => (await import("./commands/submit.ts")).submitExport(run, options));
  submitted(
    submit
      .command("study")
      .description("the cells that a study lacks, where `gmem-evaluate study` finds them")
      .argument("<name>", "such as conditioning, speed or svd"),
  )
    .option("--full", "the study of two hours on two cores, not that of 15 minutes")
    .option("--data <folder>", "pictures to train on in place of drawn scenes")
    .option("--out <folder>", "that of the study", "studies")
    .action(async (name, options) => (await import("./commands/submit.ts")).submitStudy(name, options));

  root
    .command("status")
    .description("open jobs, how much of them is done, who works, and what failed")
    .argument("[job]", "the key of one job")
    .option("--all", "every job of the store, those that are done or cancelled too")
    .addOption(store())
    .addOption(queue())
    .addOption(json())
    .action(async (job, options) => (await import("./commands/status.ts")).status(job, options));
  root
    .command("board")
    .description(
      "pages of bull-board about the queue, on this machine alone; needs @bull-board/api and @bull-board/fastify",
    )
    .addOption(queue().makeOptionMandatory())
    .option("--port <n>", "where the pages are; 0 takes a free one", integer, 3001)
    .addOption(json())
    .action(async (options) => (await import("./commands/board.ts")).board(options));
  root
    .command("cancel")
    .description("nobody is to work on a job any more; what is done stays")
    .argument("<job>", "its key")
    .addOption(store())
    .addOption(queue().makeOptionMandatory())
    .addOption(json())
    .action(async (job, options) => (await import("./commands/change.ts")).cancel(job, options));
  root
    .command("retry")
    .description("shards of a job that failed, were cancelled or were lost by the queue are tried anew")
    .argument("<job>", "its key")
    .addOption(store())
    .addOption(queue().makeOptionMandatory())
    .addOption(json())
    .action(async (job, options) => (await import("./commands/change.ts")).retry(job, options));

  for (const command of [...root.commands, ...submit.commands]) command.exitOverride().showSuggestionAfterError();
  return root;
}

/** Runs a command line, program name left out. @returns the exit code: 0 done, 1 failed, 2 usage, 130 interrupted. */
export const main = (args: readonly string[]): Promise<number> => runProgram(program, args);
