import { deployment, object, podSpec } from "../../engine/library/examples";
import { UNKNOWN } from "../..";
import { itJudges } from "../../../test/support/rule-cases";

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

const labelSelector = { matchLabels: { app: "web" } };
const term = (changes: object = {}) => ({ topologyKey: "kubernetes.io/hostname", labelSelector, ...changes });
const apart = (podAntiAffinity: object) =>
  deployment({ topologySpreadConstraints: undefined, affinity: { podAntiAffinity } });
const spreading = (changes: object) =>
  deployment({
    topologySpreadConstraints: [{ maxSkew: 1, whenUnsatisfiable: "DoNotSchedule", ...term(), ...changes }],
  });

const critical = (replicas?: number | string) => ({
  ...deployment({}, { replicas }),
  metadata: { name: "web", namespace: "shop", labels: { tier: "critical" } },
});
const scaler = (spec: object, namespace = "shop") =>
  object(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    { spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 9, ...spec } },
    { namespace },
  );
const budget = (spec: object) =>
  object("policy/v1", "PodDisruptionBudget", { spec: { selector: labelSelector, ...spec } });
const ownedBy = (owner: object) =>
  object(
    "v1",
    "Pod",
    { spec: podSpec() },
    { ownerReferences: [{ apiVersion: "apps/v1", name: "web", uid: "1", ...owner }] },
  );
const etcd = (values: object) => ({
  type: "kubernetes:helm.sh/v3:Release",
  name: "etcd",
  props: { chart: "./charts/kamaji-etcd-0.17.0.tgz", namespace: "kamaji-system", values },
});
const together = (...resources: object[]) => ({ resources });

describe("rules about availability", () => {
  itJudges([
    ["topology-spread", "an anti-affinity that is asked for", apart({ [REQUIRED]: [term()] }), "pass"],
    [
      "topology-spread",
      "one that is preferred",
      apart({ [PREFERRED]: [{ weight: 1, podAffinityTerm: term() }] }),
      "pass",
    ],
    [
      "topology-spread",
      "one against other pods",
      apart({ [REQUIRED]: [term({ labelSelector: { matchLabels: { app: "other" } } })] }),
      "violation",
    ],
    [
      "topology-spread",
      "one that selects none",
      apart({ [REQUIRED]: [term({ labelSelector: undefined })] }),
      "violation",
    ],
    [
      "topology-spread",
      "one against pods of another namespace",
      apart({ [REQUIRED]: [term({ namespaces: ["blog"] })] }),
      "violation",
    ],
    ["topology-spread", "one that names its own", apart({ [REQUIRED]: [term({ namespaces: ["shop"] })] }), "pass"],
    [
      "topology-spread",
      "one over racks",
      apart({ [REQUIRED]: [term({ topologyKey: "example.com/rack" })] }),
      "violation",
    ],
    [
      "topology-spread",
      "one whose pods are not known yet",
      apart({ [REQUIRED]: [term({ labelSelector: UNKNOWN })] }),
      "undecided",
    ],
    ["topology-spread", "a constraint that counts no pods", spreading({ labelSelector: undefined }), "violation"],

    [
      "topology-spread",
      "members of a chart whose values keep them together",
      etcd({ replicas: 3 }),
      /podAntiAffinity$/,
    ],
    ["topology-spread", "as many as the chart has by default", etcd({}), "violation"],
    ["topology-spread", "a single member of a chart", etcd({ replicas: 1 }), "pass"],
    [
      "topology-spread",
      "members of a chart that values keep apart",
      etcd({ affinity: { podAntiAffinity: { [REQUIRED]: [term()] } } }),
      "pass",
    ],
    ["topology-spread", "values that are not known yet", etcd({ affinity: UNKNOWN }), "undecided"],

    ["replicas-min", "an autoscaler keeps two up", together(critical(), scaler({ minReplicas: 2 })), "pass"],
    ["replicas-min", "one that keeps one up", together(critical(), scaler({})), "violation"],
    [
      "replicas-min",
      "one for another namespace",
      together(critical(), scaler({ minReplicas: 2 }, "blog")),
      "violation",
    ],
    ["replicas-min", "one that is not known yet", together(critical(), scaler({ minReplicas: UNKNOWN })), "undecided"],

    [
      "pdb-blocks-drain",
      "more replicas by an autoscaler than must stay",
      together(deployment({}, { replicas: undefined }), scaler({ minReplicas: 5 }), budget({ minAvailable: 2 })),
      "pass",
    ],
    [
      "pdb-blocks-drain",
      "as many as must stay",
      together(deployment({}, { replicas: 9 }), scaler({ minReplicas: 5 }), budget({ minAvailable: 5 })),
      /minAvailable$/,
    ],
    [
      "pdb-blocks-drain",
      "replicas that are not known yet",
      together(deployment({}, { replicas: UNKNOWN }), budget({ minAvailable: 1 })),
      "undecided",
    ],
    ["pdb-blocks-drain", "fewer than none away", together(budget({ maxUnavailable: -1 })), /maxUnavailable$/],
    [
      "pdb-blocks-drain",
      "a share that is rounded up to all",
      together(deployment({}, { replicas: 2 }), budget({ minAvailable: "60%" })),
      /minAvailable$/,
    ],
    [
      "pdb-blocks-drain",
      "one that leaves some",
      together(deployment({}, { replicas: 3 }), budget({ minAvailable: "60%" })),
      "pass",
    ],
    [
      "pdb-blocks-drain",
      "a workload under a budget of another stack",
      { resources: [deployment({}, { replicas: 2 })], context: [budget({ minAvailable: 2 })] },
      /^spec\.replicas$/,
    ],
    [
      "pdb-blocks-drain",
      "nothing where neither is evaluated",
      { resources: [], context: [deployment({}, { replicas: 2 }), budget({ minAvailable: 2 })] },
      "pass",
    ],

    ["pod-naked", "a Pod of a ReplicaSet", ownedBy({ kind: "ReplicaSet", controller: true }), "pass"],
    ["pod-naked", "one whose owner starts pods, said or not", ownedBy({ kind: "ReplicaSet" }), "pass"],
    [
      "pod-naked",
      "one whose owner says that it does not",
      ownedBy({ kind: "ReplicaSet", controller: false }),
      "violation",
    ],
    ["pod-naked", "one that only goes with its owner", ownedBy({ kind: "ConfigMap", apiVersion: "v1" }), "violation"],
    ["pod-naked", "one of an operator", ownedBy({ apiVersion: "db.example/v1", kind: "Db", controller: true }), "pass"],
  ]);
});
