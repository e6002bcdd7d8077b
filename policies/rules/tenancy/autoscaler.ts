import { resourceRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { containersOf, RELEASE, WORKLOADS, type Controller } from "./controllers";
import { tenantController } from "./examples";
import { isInsideTenant, isTenantsHere } from "../../engine/library/tenants";

const AUTOSCALER = /(?:^|[-_./])cluster-autoscaler(?:[-_./:@]|$)/;

const autoscaler = (discovery: string) =>
  tenantController("acme-cluster-autoscaler", {
    name: "autoscaler",
    image: "registry.example/cluster-autoscaler:1.34.1",
    args: ["--cloud-provider=clusterapi", `--node-group-auto-discovery=${discovery}`],
  });

const RBAC_WIDE = ["rbac.authorization.k8s.io/ClusterRole", "rbac.authorization.k8s.io/ClusterRoleBinding"];

export const autoscalerOutside = resourceRule({
  id: "tenant-autoscaler-outside",
  group: "tenancy",
  title: "Autoscaler outside and scoped",
  severity: "high",
  references: ["MTB PL1-BC-CPI-1"],
  types: [...WORKLOADS, ...RBAC_WIDE, RELEASE],
  fix: "deploy it by the management provider, with --node-group-auto-discovery=clusterapi:namespace=<its own>,clusterName=<cluster> and a Role instead of a ClusterRole",
  docs: {
    why: "The autoscaler changes MachineDeployments of the management cluster. Without namespace and cluster it changes those of every tenant; inside the tenant cluster the tenant can use its credential.",
    pass: autoscaler("clusterapi:namespace=tenant-acme,clusterName=acme"),
    fail: autoscaler("clusterapi:clusterName=acme"),
  },
  on: ({ key }) => WORKLOADS.includes(key) || RBAC_WIDE.includes(key) || key === RELEASE,
  *check(target, settings) {
    if (RBAC_WIDE.includes(target.key)) {
      if (!AUTOSCALER.test(target.name.text ?? "") || !isTenantsHere(target, settings)) return;
      return yield { at: target.name, message: "its rights reach beyond the namespace of the tenant" };
    }
    if (target.key === RELEASE) return yield* autoscalerRelease(target, settings);
    for (const controller of containersOf(target)) yield* autoscalerFaults(target, controller, settings);
  },
});

function* autoscalerFaults(target: Target, controller: Controller, settings: Settings): Generator<Violation> {
  const { container: holder, flags } = controller;
  if (!AUTOSCALER.test(holder.field("image").text ?? "")) return;
  const provider = flags.find(({ name }) => name === "cloud-provider");
  if (provider !== undefined && provider.value !== "clusterapi") return;
  if (isInsideTenant(target, settings)) yield { at: holder, message: "the autoscaler runs inside the tenant" };
  const groups = flags.filter(({ name }) => name === "node-group-auto-discovery");
  const args = holder.field("args");
  if (groups.length === 0)
    yield { at: args, message: "--node-group-auto-discovery is missing: it works in every namespace", missing: true };
  for (const group of groups) {
    const parts = new Map(
      group.value
        .replace(/^clusterapi:/, "")
        .split(",")
        .map((part): [string, string] => [part.split("=")[0] ?? "", part.split("=")[1] ?? ""]),
    );
    const namespace = parts.get("namespace");
    if ((parts.get("clusterName") ?? "") === "") yield { at: group.at, message: "it names no cluster (clusterName)" };
    if (namespace === undefined || namespace === "") yield { at: group.at, message: "it names no namespace" };
    else if (!namespace.startsWith("$(") && namespace !== target.namespace.text) {
      yield { at: group.at, message: `it works in namespace ${namespace}`, unless: [target.namespace] };
    }
  }
}

function* autoscalerRelease(target: Target, settings: Settings): Generator<Violation> {
  const { root } = target;
  if (!AUTOSCALER.test(root.field("chart").text ?? "")) return;
  const values = root.field("values");
  if (!values.field("cloudProvider").is("clusterapi")) return;
  if (isInsideTenant(target, settings))
    yield { at: root.field("chart"), message: "the autoscaler runs inside the tenant" };
  const discovery = values.field("autoDiscovery");
  for (const name of ["clusterName", "namespace"]) {
    const view = discovery.field(name);
    if (!view.present || view.is("")) yield { at: view, message: `it names no ${name}` };
  }
  // the chart's default is true
  const wide = values.at("rbac", "clusterScoped");
  if (!wide.is(false)) yield { at: wide, message: "its rights reach beyond the namespace of the tenant" };
}
