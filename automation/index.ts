/**
 * Firmament from other programs: operations on stacks, and checks of what they would deploy. The `firmament` command in
 * cli/ is made of the same parts.
 */
export { type KubernetesApi, kubernetesApi } from "./kubernetes-api";
export { Engine } from "./engine";
export type { CallOptions, EngineOptions, OperationOptions, Policies, StackResult } from "./engine-options";
export { Fleet, type FleetCall, type FleetOptions, type ListedStack, type Run } from "./fleet/fleet";
export type { FleetEvent } from "./fleet/events";
export { type FleetResult, type Operation, resultsOf, type StackOutcome } from "./fleet/outcome";
export type { PolicyChoice } from "./fleet/policies";
export type { Retries } from "./fleet/attempts";
export type { Member, Selection } from "./fleet/selection";
export { graphOf, mermaid, type StackGraph, svg } from "./graph/graph";
export { svgReport } from "./preview/picture";
export { markdownReport, type OperationReport, plainReport, reportOf, type StackReport } from "./preview/report";
export { inWords, type StackPreview } from "./preview/words";
export { EngineError } from "./engine-error";
export type { Failure } from "./failure/classify";
export { FAILURES, type FailureKind } from "./failure/kinds";
export type { Lock } from "./failure/locks";
export { driftOf, type DriftOptions, type MachineDrift } from "./machines/drift";
export type { Difference } from "./machines/compare";
export { recoverEtcd, type RecoveryOptions } from "./machines/etcd-recovery";
export { snapshotEtcd, type Snapshot, type SnapshotOptions } from "./machines/etcd-snapshot";
export { upgradeKubernetes, type KubernetesUpgrade } from "./machines/kubernetes-upgrade";
export { rotateCredentials, type Rotation } from "./tenants/rotate";
export { secretsOf } from "./machines/secrets";
export { listTenants, type ListedTenant } from "./tenants/list";
export { newTenant, type MadeTenant, type NewTenant } from "./tenants/new";
export { deleteTenant, type DeletedTenant } from "./tenants/delete";
export { removeTenant, type RemovedTenant, type TenantRemoval } from "./tenants/remove";
export { resizePool, type Resize, type Resized } from "./tenants/resize";
export { recover, type RecoverOptions, type Recovery } from "./recover";
export { policyConfig, renderedReleases } from "./policy-config";
export { checkManifests, checkState, policiesHere } from "./check/check-files";
export { checkStacks, type StacksChoice } from "./check/check-stacks";
export { checkLive } from "./check/live";
export type { EvaluatedFinding } from "./check/evaluation";
export { advice, blocking, exitCode, undecided, type Broken, type CheckResult } from "./check/result";
export { schematicId, schematicText, type Schematic } from "../components/talos/image/schematic";
export { imageUrls, type FactoryChoice, type ImageUrls } from "../components/talos/image/urls";
