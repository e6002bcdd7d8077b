/*
 * What the portal and its page say to each other, as JSON. The schemas in schemas.ts check it; the page has only these
 * types, so that it loads no library for them.
 */

/** Cores; bytes; bytes. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
  readonly storage: number;
}

/** Most of each; nothing said: no limit. */
export type Limit = { readonly [K in keyof Amounts]?: Amounts[K] | undefined };

/** A size of machines that customers can choose. */
export interface Size {
  readonly name: string;
  readonly cpus: number;
  /** As Kubernetes writes quantities: 8Gi. */
  readonly memory: string;
  /** Of the machine's disk. Default: that of its image. */
  readonly disk?: string | undefined;
}

export interface Offers {
  /** Kubernetes versions, the newest first. */
  readonly versions: readonly string[];
  readonly sizes: readonly Size[];
  /** Most machines that one pool can be given room for. */
  readonly mostMachines: number;
}

export interface Pool {
  readonly name: string;
  readonly cpus: number;
  readonly memory: string;
  /** Of a pool that is autoscaled: the least. */
  readonly machines: number;
  /** Of a pool that is autoscaled: the most; the portal does not resize it. */
  readonly autoscaledTo?: number | undefined;
}

export type ClusterState = "creating" | "resizing" | "deleting" | "ready" | "failed" | "not-deployed";

export interface Cluster {
  /** `<customer>--<name>`, or the name alone. */
  readonly id: string;
  readonly customer: string;
  readonly version: string;
  readonly state: ClusterState;
  /** Whether it cannot be deleted from here. */
  readonly isProtected: boolean;
  readonly pools: readonly Pool[];
  readonly quota: Amounts;
  /** The job that works on it, or worked on it last. */
  readonly job?: string | undefined;
}

export type JobKind = "create" | "resize" | "delete";
export type JobState = "accepted" | "queued" | "running" | "done" | "failed";

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  readonly cluster: string;
  readonly customer: string;
  readonly state: JobState;
  /** Who asked for it. */
  readonly by: string;
  /** RFC 3339. */
  readonly created: string;
  readonly finished?: string | undefined;
  /** Why it failed. */
  readonly failure?: Failure | undefined;
}

export interface Failure {
  /** One of the documented kinds of failures. */
  readonly kind: string;
  readonly meaning: string;
  readonly retryable: boolean;
  /** The whole message: for operators only. */
  readonly message?: string | undefined;
}

export interface JobEvent {
  readonly id: number;
  readonly at: string;
  readonly kind: "state" | "started" | "done" | "failed" | "message";
  readonly text: string;
}

export interface CustomerCapacity {
  readonly customer: string;
  /** Most that all clusters together may have. */
  readonly limit: Limit;
  readonly clusters: readonly { readonly id: string; readonly quota: Amounts; readonly cost?: number | undefined }[];
}

export interface Capacity {
  readonly customers: readonly CustomerCapacity[];
  /** ISO 4217, where quota has a price. Costs are for a month. */
  readonly currency?: string | undefined;
}

export interface Session {
  readonly who: string;
  /** `*`: all of them. */
  readonly customers: readonly string[] | "*";
  /** Customers that the person can name when a cluster is made. */
  readonly known: readonly string[];
  readonly readOnly: boolean;
}

export interface AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly who: string;
  readonly action: string;
  readonly customer: string;
  readonly subject: string;
  readonly outcome: string;
}

/** A part of an input that is wrong. */
export interface Wrong {
  readonly where: string;
  readonly given: string;
  readonly rule: string;
  readonly fix: string;
}

/** RFC 9457. */
export interface ProblemDetails {
  readonly status: number;
  readonly title: string;
  readonly problems?: readonly Wrong[] | undefined;
}
