import pc from "picocolors";

/** What a long job shows about itself: one live line on a terminal, one line every few seconds otherwise. */
export interface Progress {
  update(done: number, note?: string): void;
  /** A line of its own, above what goes on. */
  say(text: string): void;
  /** Ends the line; what was shown last stays. */
  finish(note?: string): void;
}

export interface ProgressOptions {
  readonly label: string;
  readonly total: number;
  /** Default: stderr. Data goes to stdout, progress never does. */
  readonly stream?: NodeJS.WriteStream;
  /** Work already done when this process began: a resumed run. */
  readonly from?: number;
}

const liveEvery = 100; // ms between redraws of a terminal line
const plainEvery = 5000; // ms between lines when piped

/** Shows progress with rate and time left. */
export function progress({ label, total, stream = process.stderr, from = 0 }: ProgressOptions): Progress {
  const live = stream.isTTY === true;
  const began = performance.now();
  let shown = Number.NEGATIVE_INFINITY;
  let last = "";
  const text = (done: number, note: string): string => {
    const seconds = (performance.now() - began) / 1000;
    const rate = (done - from) / Math.max(seconds, 1e-3);
    const left = done < total && rate > 0 ? ` · ${duration((total - done) / rate)} left` : ` · ${duration(seconds)}`;
    return `${pc.bold(label)} ${done}/${total} ${pc.dim(bar(done / total))}${left}${note ? ` · ${note}` : ""}`;
  };
  let written = "";
  const write = (line: string): void => {
    written = line;
    stream.write(live ? `\r\u001b[2K${line.slice(0, Math.max(20, (stream.columns ?? 120) + 40))}` : `${line}\n`);
  };
  return {
    update(done, note = "") {
      last = text(done, note);
      const now = performance.now();
      if (now - shown < (live ? liveEvery : plainEvery)) return;
      shown = now;
      write(last);
    },
    say(text) {
      stream.write(live ? `\r\u001b[2K${text}\n${written}` : `${text}\n`);
    },
    finish(note) {
      const closing = note ? `${pc.bold(label)} ${note}` : last;
      if (closing !== written) write(closing);
      if (live) stream.write("\n");
    },
  };
}

/** What a piece of work says about itself, stage by stage. */
export interface StageProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  readonly note?: string;
  /** Ends the stage. */
  readonly result?: string;
}

/** A listener that shows each stage on a line of its own. */
export function progressLines(stream: NodeJS.WriteStream = process.stderr): (progress: StageProgress) => void {
  const lines = new Map<string, Progress>();
  return ({ stage, done, total, note, result }) => {
    const line = lines.get(stage) ?? progress({ label: stage, total, stream, from: done });
    lines.set(stage, line);
    if (result === undefined) return line.update(done, note);
    line.finish(result);
    lines.delete(stage);
  };
}

const bar = (share: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * 20);
  return "━".repeat(filled) + "─".repeat(20 - filled);
};

/** 75 → "1m 15s"; from two days on "2d 3h". */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole >= 48 * 3600) return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return h > 0 ? `${h}h ${m}m` : m > 0 ? `${m}m ${s}s` : `${s}s`;
}

/** 1234567 → "1.23 M". */
export function quantity(value: number, unit = ""): string {
  const steps = ["", " k", " M", " G", " T", " P", " E", " Z"];
  const step = value === 0 ? 0 : Math.max(0, Math.min(steps.length - 1, Math.floor(Math.log10(Math.abs(value)) / 3)));
  return `${Number((value / 1000 ** step).toPrecision(3))}${steps[step]}${unit}`;
}
