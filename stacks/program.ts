import type * as pulumi from "@pulumi/pulumi";
import type { ReleaseName } from "../components/kubernetes/release-repair";
import type { ReadNetworks } from "./fleet";
import type { StackName } from "./stack-name";

/** Input of a layer's program; everything else it reads from contracts. */
export interface ProgramContext {
  readonly stack: StackName;
  /** Settings of the stack file under `firmament:`, not yet checked. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Fully qualified name of a stack of this project, as a StackReference wants it. */
  readonly qualified: (stack: string) => string;
  /** Directory of the project, where its stack files and lock files are. */
  readonly root: string;
  /**
   * Ends what a killed run left of releases in the cluster of a kubeconfig, before they are deployed; says what it did.
   * Left out where nothing is deployed: in previews, checks and tests.
   */
  readonly repair?: (kubeconfig: string, releases: readonly ReleaseName[]) => Promise<readonly string[]>;
  /** How stack files of other tenants are read; who runs many programs gives one that remembers. */
  readonly readNetworks?: ReadNetworks;
}

/** Deploys one layer; what it returns are the outputs of the stack. */
export type Program = (context: ProgramContext) => Promise<Record<string, pulumi.Output<unknown>>>;
