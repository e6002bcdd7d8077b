import type { ObjectExemption } from "../../../kubernetes/exemptions";
import { accessExemptions } from "../../tenant-access";
import { ACCESS } from "./access";
import { CONTROLLER, NODE } from "./driver";

const because = (
  selector: Readonly<Record<string, string>>,
  reason: string,
  rules: readonly string[],
): ObjectExemption[] => rules.map((rule) => ({ rule, selector, reason }));

const nodePlugin = { kind: "DaemonSet", ...NODE };
const controller = { kind: "Deployment", name: CONTROLLER };
/** Of every tenant: its namespace comes before. */
const wide = `*-${CONTROLLER}`;

/** What its objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  ...ACCESS.flatMap(({ name }) => accessExemptions(name)),
  ...because({ kind: "ClusterRole", name: "firmament-csi-provisioner" }, "it is what makes volumes of the tenant", [
    "rbac-pv-create",
  ]),
  ...["ClusterRole", "ClusterRoleBinding"].flatMap((kind) =>
    because({ kind, name: wide }, "sizes of volumes are read, by name, and PersistentVolumes are in no namespace", [
      "tenant-cluster-scoped",
    ]),
  ),
  ...because(controller, "sidecars serve nothing: the driver's probe sees whether their socket is answered", [
    "probe-readiness",
    "probe-liveness",
  ]),
  ...because(nodePlugin, "it mounts disks on its node, a virtual machine of the tenant, for the pods there", [
    "pss-privileged",
    "pss-privilege-escalation",
    "pss-capabilities-restricted",
    "pss-run-as-non-root",
    "pss-host-path",
    "pss-volume-types",
    "host-path-writable",
    "host-runtime-socket",
    "rootfs-read-only",
  ]),
  ...because(nodePlugin, "kubelet asks it for mounts, and sees whether its socket is answered", [
    "probe-readiness",
    "probe-liveness",
  ]),
  ...because(nodePlugin, "it asks which machine its node is", ["sa-token-automount"]),
  ...["DaemonSet", "ServiceAccount"].flatMap((kind) =>
    because({ kind, ...NODE }, "what runs nodes of a tenant's cluster is where the cluster keeps its own", [
      "namespace-system",
    ]),
  ),
];
