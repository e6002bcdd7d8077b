import type { Amounts, JobEvent, Limit, Offers, Pool } from "./page/wire";

/** A cluster as the cloud knows it; what the portal's jobs do with it is added elsewhere. */
export interface CloudCluster {
  readonly id: string;
  readonly customer: string;
  readonly version: string;
  readonly isProtected: boolean;
  readonly pools: readonly Pool[];
  readonly quota: Amounts;
  /** Whether it was ever deployed. */
  readonly deployed: boolean;
}

/** What a customer wants. */
export interface NewCluster {
  readonly customer: string;
  readonly name: string;
  readonly version: string;
  readonly pools: readonly {
    readonly name: string;
    /** Name of an offered size. */
    readonly size: string;
    readonly machines: number;
    /** Its quota has room for so many machines. */
    readonly upTo: number;
  }[];
  /** Networks that may connect to its API. None: only the management cluster. */
  readonly allow: readonly string[];
  readonly isProtected: boolean;
}

export type Progress = Pick<JobEvent, "kind" | "text">;

/** A job at work. */
export interface Work {
  /** When it is aborted the engine finishes what is under way and writes its state; the work then throws. */
  readonly signal: AbortSignal;
  readonly report: (progress: Progress) => void;
}

/**
 * The cloud as the portal needs it. What is written down (`reserve`, `resize`) is checked against all rules at once and
 * throws InvalidInput, with nothing written; what works on the cloud throws WorkFailed, and can be done once more.
 */
export interface PortalCloud {
  offers(): Promise<Offers>;
  clusters(): Promise<readonly CloudCluster[]>;
  /** Id of a cluster: `<customer>--<name>`. @throws InvalidInput for names that no cluster can have. */
  idOf(customer: string, name: string): string;
  /** Writes a new cluster down with networks and quota of its own; nothing to do when that has been done. */
  reserve(wanted: NewCluster, limit: Limit): Promise<void>;
  /** Writes another number of machines down. */
  resize(id: string, pool: string, machines: number): Promise<void>;
  /** Makes the cluster as it is written down. */
  deploy(id: string, work: Work): Promise<void>;
  /** Deletes the cluster, then what is written down of it; nothing to do when both are gone. */
  remove(id: string, work: Work): Promise<void>;
  /** Finds out what work had begun that was killed. */
  recover(id: string): Promise<void>;
  /** Of the cluster's administrator. @throws WorkFailed when there is none yet. */
  kubeconfig(id: string): Promise<string>;
}

/** Work on the cloud that did not come to its end. */
export class WorkFailed extends Error {
  override readonly name = "WorkFailed";

  constructor(
    /** One of the documented kinds of failures. */
    readonly kind: string,
    /** What it means, to customers. */
    readonly meaning: string,
    readonly retryable: boolean,
    /** The whole, to operators. */
    message: string,
  ) {
    super(message);
  }
}
