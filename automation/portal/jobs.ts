import { createHash, randomUUID } from "node:crypto";
import type { Database } from "./database";
import type { NewCluster } from "./cloud";
import type { Failure, Job, JobEvent, JobKind, JobState } from "./page/wire";

/** What a job shall do. */
export type Wanted =
  | { readonly kind: "create"; readonly cluster: NewCluster }
  | { readonly kind: "resize"; readonly pool: string; readonly machines: number }
  | { readonly kind: "delete" };

export interface NewJob {
  readonly cluster: string;
  readonly customer: string;
  readonly wanted: Wanted;
  readonly who: string;
  /** Of the request: the same one again is the same job. */
  readonly key: string;
}

/** A job as the database has it. */
export interface StoredJob extends Job {
  readonly wanted: Wanted;
}

/** What became of a request for a job. */
export type Asked =
  | { readonly outcome: "new" | "same"; readonly job: StoredJob }
  /** Another job works on the cluster. */
  | { readonly outcome: "busy"; readonly job: StoredJob }
  /** The key was used for something else. */
  | { readonly outcome: "other-request" };

interface Row {
  readonly id: string;
  readonly kind: JobKind;
  readonly cluster: string;
  readonly customer: string;
  readonly wanted: string;
  readonly state: JobState;
  readonly who: string;
  readonly digest: string;
  readonly created: string;
  readonly finished: string | null;
  readonly failure: string | null;
}

const ACTIVE = "('accepted', 'queued', 'running')";

/** Told of each event as it is written. */
export type Listener = (event: JobEvent) => void;

/** Jobs and their events, in the database; whoever watches one is told at once. */
export class Jobs {
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly database: Database) {}

  /** Writes a job down, once for each key. */
  ask({ cluster, customer, wanted, who, key }: NewJob): Asked {
    const text = JSON.stringify(wanted);
    const digest = createHash("sha256").update(`${cluster}\n${text}`).digest("hex");
    const earlier = this.row("SELECT * FROM jobs WHERE who = ? AND key = ?", who, key);
    if (earlier !== undefined) {
      return earlier.digest === digest ? { outcome: "same", job: jobOf(earlier) } : { outcome: "other-request" };
    }
    const active = this.row(`SELECT * FROM jobs WHERE cluster = ? AND state IN ${ACTIVE}`, cluster);
    if (active !== undefined) return { outcome: "busy", job: jobOf(active) };
    const id = randomUUID();
    this.database
      .prepare(
        `INSERT INTO jobs (id, kind, cluster, customer, wanted, state, who, key, digest, created)
         VALUES (?, ?, ?, ?, ?, 'accepted', ?, ?, ?, ?)`,
      )
      .run(id, wanted.kind, cluster, customer, text, who, key, digest, now());
    return { outcome: "new", job: this.get(id) ?? unreachable(id) };
  }

  /** The job that somebody has asked for with this key. */
  asked(who: string, key: string): StoredJob | undefined {
    const row = this.row("SELECT * FROM jobs WHERE who = ? AND key = ?", who, key);
    return row === undefined ? undefined : jobOf(row);
  }

  /** Forgets a job that was refused before it began: its key can be used again, with a corrected request. */
  withdraw(id: string): void {
    this.database.prepare("DELETE FROM jobs WHERE id = ? AND state = 'accepted'").run(id);
  }

  get(id: string): StoredJob | undefined {
    const row = this.row("SELECT * FROM jobs WHERE id = ?", id);
    return row === undefined ? undefined : jobOf(row);
  }

  /** The newest job of each cluster. */
  latest(): ReadonlyMap<string, StoredJob> {
    const rows = this.database.prepare("SELECT *, max(rowid) FROM jobs GROUP BY cluster").all() as readonly Row[];
    return new Map(rows.map((row) => [row.cluster, jobOf(row)]));
  }

  /** Those that have not come to their end, in the order in which they were asked for. */
  open(): StoredJob[] {
    const rows = this.database.prepare(`SELECT * FROM jobs WHERE state IN ${ACTIVE} ORDER BY rowid`).all();
    return (rows as Row[]).map(jobOf);
  }

  /** The newest ones first. */
  recent(count: number): StoredJob[] {
    const rows = this.database.prepare("SELECT * FROM jobs ORDER BY rowid DESC LIMIT ?").all(count);
    return (rows as Row[]).map(jobOf);
  }

  move(id: string, state: JobState, failure?: Failure): void {
    const ended = state === "done" || state === "failed";
    this.database
      .prepare("UPDATE jobs SET state = ?, finished = ?, failure = ? WHERE id = ?")
      .run(state, ended ? now() : null, failure === undefined ? null : JSON.stringify(failure), id);
    this.tell(id, { kind: "state", text: state });
  }

  tell(job: string, { kind, text }: Pick<JobEvent, "kind" | "text">): void {
    const at = now();
    const { lastInsertRowid } = this.database
      .prepare("INSERT INTO job_events (job, at, kind, text) VALUES (?, ?, ?, ?)")
      .run(job, at, kind, text);
    const event = { id: Number(lastInsertRowid), at, kind, text };
    for (const listener of this.listeners.get(job) ?? []) listener(event);
  }

  events(job: string, after = 0): JobEvent[] {
    const rows = this.database
      .prepare("SELECT id, at, kind, text FROM job_events WHERE job = ? AND id > ? ORDER BY id")
      .all(job, after);
    return (rows as JobEvent[]).map(({ id, at, kind, text }) => ({ id, at, kind, text }));
  }

  /** @returns what ends it. */
  listen(job: string, listener: Listener): () => void {
    const listeners = this.listeners.get(job) ?? new Set();
    this.listeners.set(job, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.listeners.delete(job);
    };
  }

  private row(query: string, ...values: readonly string[]): Row | undefined {
    return this.database.prepare(query).get(...values) as Row | undefined;
  }
}

function jobOf(row: Row): StoredJob {
  const { id, kind, cluster, customer, wanted, state, who, created, finished, failure } = row;
  return {
    id,
    kind,
    cluster,
    customer,
    state,
    by: who,
    created,
    wanted: JSON.parse(wanted) as Wanted,
    ...(finished === null ? {} : { finished }),
    ...(failure === null ? {} : { failure: JSON.parse(failure) as Failure }),
  };
}

function now(): string {
  return new Date().toISOString();
}

function unreachable(id: string): never {
  throw new Error(`job ${id} was written and is not there`);
}
