import { fieldsOf } from "../../../core/fields";
import { hostedDemand } from "../../capacity";
import { namespaceOf } from "../../names";
import { API_PORT } from "../../ports";
import type { ControlPlaneKind } from "../control-plane-kind";
import type { KamajiControlPlaneSpec } from "./kinds";
import { planKamaji } from "./plan";
import { kamajiProblems } from "./rules";

/** Pods of the management cluster, with their state in a DataStore that tenants share (Cluster API provider of Kamaji). */
export const kamaji: ControlPlaneKind<KamajiControlPlaneSpec> = {
  name: "kamaji",
  capability: "cluster-api/control-plane",
  kind: "KamajiControlPlane",
  plan: planKamaji,
  // one that sleeps has been ready
  served: (status) => fieldsOf(status)["ready"] === true || fieldsOf(status)["replicas"] === 0,
  api: ({ name }) => `${name}.${namespaceOf(name)}.svc:${API_PORT}`,
  traffic: () => ({ inPods: true, networks: [] }),
  demand: hostedDemand,
  nodes: () => 0,
  check: kamajiProblems,
};
