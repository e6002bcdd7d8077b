import { deployment, object, podSpec } from "../../engine/library/examples";
import { itJudges } from "../../../test/support/rule-cases";

const HOST = { hostNetwork: true };
const template = { metadata: { labels: { app: "web" } }, spec: podSpec(HOST) };

/** A workload on the network of the host, stated in some way. */
const stated = (apiVersion: string, kind: string) => object(apiVersion, kind, { spec: { template } });

describe("kinds that are stated in unusual ways", () => {
  itJudges([
    ...[
      ["extensions/v1beta1", "Deployment"],
      ["apps/v1beta1", "StatefulSet"],
      ["apps/v1beta2", "DaemonSet"],
      ["v1", "Deployment"],
      ["v1", "Job"],
      ["apps/v1", "replicaset"],
    ].map(
      ([apiVersion = "", kind = ""]) =>
        [
          "pss-host-namespaces",
          `${apiVersion} ${kind} runs pods`,
          stated(apiVersion, kind),
          /template\.spec\.hostNetwork$/,
        ] as const,
    ),
    [
      "pss-host-namespaces",
      "a pod template without containers is one",
      object("apps/v1", "Deployment", { spec: { template: { spec: { hostPID: true } } } }),
      /hostPID$/,
    ],
    [
      "pss-host-namespaces",
      "an element of a typed list need not say what it is",
      { apiVersion: "apps/v1", kind: "DeploymentList", items: [{ metadata: { name: "web" }, spec: { template } }] },
      /^items\[0\]\.spec\.template\.spec\.hostNetwork$/,
    ],
    [
      "pss-host-namespaces",
      "one of a list that a program makes",
      { type: "kubernetes:apps/v1:StatefulSetList", name: "all", props: { items: [{ spec: { template } }] } },
      /hostNetwork$/,
    ],
    [
      "pss-host-namespaces",
      "one that says that it is something else",
      { apiVersion: "v1", kind: "ConfigMapList", items: [stated("apps/v1", "DaemonSet")] },
      /hostNetwork$/,
    ],
    [
      "svc-external-ips",
      "a kind of that name of somebody else is not looked into",
      object("serving.example.com/v1", "Service", { spec: { externalIPs: ["203.0.113.7"] } }),
      "pass",
    ],
    [
      "namespace-default",
      "a document of Talos has no namespace",
      { apiVersion: "v1alpha1", kind: "HostnameConfig", hostname: "m1" },
      "pass",
    ],
    [
      "namespace-default",
      "an Event has one",
      { apiVersion: "v1", kind: "Event", metadata: { name: "e" } },
      "violation",
    ],
    [
      "rbac-anonymous",
      "a binding in wrong letters",
      object("rbac.authorization.k8s.io/v1", "ClusterRolebinding", {
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "User", name: "system:anonymous" }],
      }),
      "violation",
    ],
    [
      "pdb-blocks-drain",
      "a budget without its group",
      { resources: [deployment(), object("v1", "PodDisruptionBudget", { spec: { maxUnavailable: 0 } })] },
      "violation",
    ],
  ]);
});
