import { resourceRule, type Violation } from "../../engine/rule";
import type { Settings } from "../../engine/settings";
import type { Target } from "../../engine/target";
import { containersOf, RELEASE, resolved, WORKLOADS, type Controller } from "./controllers";
import { tenantController } from "./examples";
import { isInsideTenant } from "../../engine/library/tenants";

/** Whether a container is the controller of KubeVirt's CSI driver. */
function isCsiController(target: Target, { container: holder, flags }: Controller): boolean {
  const image = holder.field("image").text ?? "";
  if (flags.some(({ name }) => name.startsWith("infra-cluster-"))) return true;
  if (flags.some(({ name, value }) => name === "run-node-service" && value === "false")) return true;
  const named = /(?:^|-)k?csi-controller(?:-|$)|kcsi/.test(target.name.text ?? "");
  return /kubevirt-csi|csi-kubevirt/.test(image) && (named || holder.field("name").is("csi-driver"));
}

const CSI_FLAGS = [
  "--infra-cluster-namespace=tenant-acme",
  "--infra-cluster-labels=cluster.x-k8s.io/cluster-name=acme",
  "--run-node-service=false",
];

const csi = (args: string[]) =>
  tenantController("acme-csi-controller", {
    name: "csi-driver",
    image: "registry.example/kubevirt-csi-driver:1.0.0",
    args,
  });

export const csiControllerOutside = resourceRule({
  id: "tenant-csi-controller-outside",
  group: "tenancy",
  title: "CSI controller runs outside",
  severity: "critical",
  references: ["MITRE T1552"],
  types: [...WORKLOADS, RELEASE],
  fix: "deploy it by the management provider into the tenant's namespace, with --infra-cluster-namespace of it, --infra-cluster-labels of the cluster and --run-node-service=false",
  docs: {
    why: "The controller creates disks in the management cluster, with a credential of that cluster. Inside the tenant cluster the tenant's administrator can read that credential; without namespace and labels the controller works on disks of all tenants.",
    pass: csi(CSI_FLAGS),
    fail: csi(CSI_FLAGS.slice(1)),
  },
  on: ({ key }) => WORKLOADS.includes(key) || key === RELEASE,
  *check(target, settings) {
    if (target.key === RELEASE) return yield* insideRelease(target, settings, /kubevirt-csi|csi-kubevirt/);
    const controllers = containersOf(target);
    const found = controllers.find((each) => isCsiController(target, each));
    if (found === undefined) return;
    if (isInsideTenant(target, settings))
      yield { at: found.container, message: "the controller runs inside the tenant" };
    const flag = (name: string) => found.flags.find((each) => each.name === name);
    const args = found.container.field("args");
    const namespace = flag("infra-cluster-namespace");
    if (namespace === undefined) yield { at: args, message: "--infra-cluster-namespace is missing", missing: true };
    else {
      const value = resolved(found, namespace);
      if (value !== undefined && value !== target.namespace.text) {
        yield { at: namespace.at, message: `it works in namespace ${value}`, unless: [target.namespace] };
      }
    }
    const labels = flag("infra-cluster-labels");
    const selected = labels === undefined ? "" : resolved(found, labels);
    if (selected !== undefined && !selected.includes("=")) {
      yield {
        at: labels?.at ?? args,
        message: "no label (--infra-cluster-labels) distinguishes its disks from those of other clusters",
        missing: true,
      };
    }
    const node = flag("run-node-service");
    if (node?.value !== "false")
      yield { at: node?.at ?? args, message: "--run-node-service is not false", missing: true };
  },
});

/** A chart whose controller belongs outside, installed inside the tenant with the controller on. */
function* insideRelease(target: Target, settings: Settings, chart: RegExp): Generator<Violation> {
  const name = target.root.field("chart");
  if (!chart.test(name.text ?? "") || !isInsideTenant(target, settings)) return;
  const controller = target.root.at("values", "controller", "enabled");
  if (!controller.is(false)) yield { at: controller, message: "the chart runs the controller inside the tenant" };
}
