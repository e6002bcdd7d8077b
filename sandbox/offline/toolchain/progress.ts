/** A piece of work that takes long enough to be reported. */
export interface PlannedTask {
  readonly label: string;
  /** Estimate. */
  readonly seconds: number;
}

export interface Task {
  /** What it is doing at the moment: "12 of 40 MB". */
  note(detail: string): void;
  /** @param outcome said instead of "done": "built". */
  done(outcome?: string): void;
  fail(): void;
}

/** Reports what happens and how long it will take. Standard output belongs to results, so it never writes there. */
export interface Progress {
  /** One line that stays. */
  say(line: string): void;
  /** Work that will come, so that what remains can be reported. */
  plan(tasks: readonly PlannedTask[]): void;
  start(label: string, seconds?: number): Task;
}

/** How often a log that is no terminal hears of a running task. */
const REPORT_EVERY_MS = 30_000;
const REDRAW_EVERY_MS = 500;
const CLEAR_LINE = "\r\u001b[2K";

interface Running {
  readonly label: string;
  readonly seconds: number | undefined;
  readonly started: number;
  detail: string;
}

export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Plain lines; on a terminal one more line at the bottom that is kept up to date. */
export function terminalProgress(stream: ProgressStream = process.stderr, now: () => number = Date.now): Progress {
  const planned = new Map<string, number>();
  const running = new Set<Running>();
  /** How long finished tasks took, over how long they should have taken. */
  const finished = { actual: 0, estimated: 0 };
  const tty = stream.isTTY === true;
  let timer: NodeJS.Timeout | undefined;

  // one tool that was nearly compiled already says little about the next one
  const pace = (): number =>
    finished.estimated < 20 ? 1 : Math.min(4, Math.max(0.5, finished.actual / finished.estimated));
  const remaining = (): number =>
    pace() *
    ([...planned.values()].reduce((sum, seconds) => sum + seconds, 0) +
      [...running].reduce((sum, task) => sum + Math.max(0, (task.seconds ?? 0) - elapsed(task)), 0));
  const elapsed = (task: Running): number => (now() - task.started) / 1000;

  const describe = (task: Running): string => {
    const expected = task.seconds === undefined ? undefined : task.seconds * pace();
    const late = expected !== undefined && elapsed(task) > expected;
    const estimate = expected === undefined ? "" : `${late ? " instead" : ""} of about ${duration(expected)}`;
    return `${task.label}: ${duration(elapsed(task))}${estimate}${task.detail === "" ? "" : `, ${task.detail}`}`;
  };
  const status = (): string => {
    const left = remaining();
    return [...running].map(describe).join(" | ") + (left < 5 ? "" : ` (about ${duration(left)} left)`);
  };
  const line = (text: string): void => {
    stream.write(tty ? `${CLEAR_LINE}${text}\n` : `${text}\n`);
    draw();
  };
  const draw = (): void => {
    if (!tty || running.size === 0) return;
    stream.write(CLEAR_LINE + status().slice(0, (stream.columns ?? 80) - 1));
  };
  const tick = (): void => (tty ? draw() : line(status()));
  const watch = (): void => {
    if (running.size > 0) timer ??= setInterval(tick, tty ? REDRAW_EVERY_MS : REPORT_EVERY_MS).unref();
    else {
      clearInterval(timer);
      timer = undefined;
    }
  };

  return {
    say: line,
    plan(tasks) {
      for (const { label, seconds } of tasks) planned.set(label, seconds);
    },
    start(label, seconds = planned.get(label)) {
      const task: Running = { label, seconds, started: now(), detail: "" };
      planned.delete(label);
      running.add(task);
      if (!tty) line(`${label}${seconds === undefined ? "" : `, about ${duration(seconds * pace())}`} …`);
      watch();
      draw();
      const end = (outcome: string, counts: boolean): void => {
        if (!running.delete(task)) return;
        if (counts && seconds !== undefined) {
          finished.actual += elapsed(task);
          finished.estimated += seconds;
        }
        if (tty) stream.write(CLEAR_LINE);
        line(`${label}: ${outcome} ${duration(elapsed(task))}`);
        watch();
      };
      return {
        note(detail) {
          task.detail = detail;
        },
        done: (outcome = "done in") => end(outcome, true),
        fail: () => end("failed after", false),
      };
    },
  };
}

/** Says nothing. */
export const silentProgress: Progress = {
  say: () => undefined,
  plan: () => undefined,
  start: () => ({ note: () => undefined, done: () => undefined, fail: () => undefined }),
};

/** "8 s", "3m20", "14 min": as exact as it is useful. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 90) return `${whole} s`;
  if (whole < 600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, "0")}`;
  return `${Math.round(whole / 60)} min`;
}
