import { WorkFailed, type PortalCloud, type Work } from "./cloud";
import type { Jobs, StoredJob } from "./jobs";
import type { Failure, Limit } from "./page/wire";

export interface RunnerOptions {
  readonly cloud: PortalCloud;
  readonly jobs: Jobs;
  /** Jobs at the same time. */
  readonly concurrency: number;
  /** Most quota that a customer may have. */
  readonly limitOf: (customer: string) => Limit;
  /** What operators should see, a line each. */
  readonly log: (line: string) => void;
  /** Told of each job that ends, once. */
  readonly ended: (job: StoredJob, outcome: string) => void;
}

/**
 * Works on jobs in the order in which they were asked for. A job that runs when the process ends begins again with the
 * next one: every step of it can be done twice, and what a killed engine had begun is found out first.
 */
export class Runner {
  private readonly stop = new AbortController();
  private readonly working = new Set<Promise<void>>();
  /** Jobs that are worked on. */
  private readonly taken = new Set<string>();
  /** Jobs whose request did not come to its end, since the process did not. */
  private left: ReadonlySet<string> = new Set();

  constructor(private readonly options: RunnerOptions) {}

  /** Goes on with what an earlier process has left. */
  start(): void {
    const open = this.options.jobs.open();
    this.left = new Set(open.filter(({ state }) => state === "accepted").map(({ id }) => id));
    for (const { id, state } of open) {
      if (state !== "running") continue;
      this.options.jobs.tell(id, { kind: "message", text: "The portal was started again; it goes on" });
    }
    this.wake();
  }

  /** Ends what is at work in an orderly way; it is gone on with the next time. */
  async close(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.working);
  }

  /** To be called whenever a job is there. */
  wake(): void {
    if (this.stop.signal.aborted) return;
    for (const job of this.options.jobs.open()) {
      if (this.taken.size >= this.options.concurrency) return;
      // others that are accepted are still being checked by their requests
      const ready = job.state !== "accepted" || this.left.has(job.id);
      if (!ready || this.taken.has(job.id)) continue;
      this.taken.add(job.id);
      const work = this.run(job).finally(() => {
        this.taken.delete(job.id);
        this.working.delete(work);
        this.wake();
      });
      this.working.add(work);
    }
  }

  private async run(job: StoredJob): Promise<void> {
    const { jobs, log, ended, cloud } = this.options;
    const work: Work = { signal: this.stop.signal, report: (progress) => jobs.tell(job.id, progress) };
    try {
      if (job.state === "running") await cloud.recover(job.cluster);
      if (job.state !== "running") jobs.move(job.id, "running");
      await this.work(job, work);
      jobs.move(job.id, "done");
      ended(job, "done");
    } catch (error) {
      // stays as it is: the next process goes on with it
      if (this.stop.signal.aborted) return;
      const failure = failureOf(error);
      log(`${job.cluster}: ${job.kind} failed: ${failure.message ?? failure.meaning}`);
      jobs.move(job.id, "failed", failure);
      ended(job, `failed: ${failure.kind}`);
    }
  }

  private async work({ cluster, customer, wanted, state }: StoredJob, work: Work): Promise<void> {
    const { cloud, limitOf } = this.options;
    if (wanted.kind === "delete") return cloud.remove(cluster, work);
    // written down by the request, unless the process ended between
    if (state === "accepted") {
      if (wanted.kind === "create") await cloud.reserve(wanted.cluster, limitOf(customer));
      else await cloud.resize(cluster, wanted.pool, wanted.machines);
    }
    return cloud.deploy(cluster, work);
  }
}

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof WorkFailed) {
    const { kind, meaning, retryable } = error;
    return { kind, meaning, retryable, message };
  }
  return { kind: "program", meaning: "The portal itself failed; its operators see why", retryable: false, message };
}
