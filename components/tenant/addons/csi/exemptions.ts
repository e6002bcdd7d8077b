import { type ChartExemption, IMAGE_BY_TAG, type ObjectExemption } from "../../../kubernetes/exemptions";
import { accessExemptions } from "../../tenant-access";
import { accessOf } from "./access";
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

const IN_KUBE_SYSTEM = {
  "a tenant's cluster has its parts in kube-system, where their priority and their owner are looked for": [
    "namespace-system",
  ],
};

/** What the objects of the snapshot controller's chart need beyond the rules. */
export const SNAPSHOT_CONTROLLER_EXEMPTIONS: readonly ChartExemption[] = [
  {
    object: { kind: "Deployment", name: "snapshot-controller" },
    because: {
      ...IN_KUBE_SYSTEM,
      ...IMAGE_BY_TAG,
      "it watches claims and snapshots of the tenant": ["sa-token-automount"],
    },
  },
  ...["ServiceAccount", "Role", "RoleBinding"].map((kind) => ({
    object: { kind, name: "snapshot-controller" },
    because: { ...IN_KUBE_SYSTEM },
  })),
];

/** What its objects need beyond the rules. */
export const EXEMPTIONS: readonly ObjectExemption[] = [
  ...accessOf(true).flatMap(({ name }) => accessExemptions(name)),
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
