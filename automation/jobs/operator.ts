import { createHash } from "node:crypto";
import type { Problem } from "../../components/core/problem";
import { DNS_LABEL } from "../../components/core/names";
import { manifestText } from "../../components/core/manifest-text";
import type { Step } from "../fleet/selection";
import { type JobsChoice, plannedSteps } from "./choice";

export interface OperatorChoice extends JobsChoice {
  /** Image that holds the built project, Node.js, the Pulumi CLI with its plugins and Helm 3; by its digest. */
  readonly image: string;
  /** Where the project is in the image: the folder of Pulumi.yaml. */
  readonly directory: string;
  /** Namespace of the jobs. */
  readonly namespace: string;
  /** Secret whose keys are the names of the secrets' environment variables. */
  readonly secretName: string;
  /** Namespace that the operator runs in, the only one that may speak to workspaces. */
  readonly operatorNamespace: string;
  /** Memory of a workspace; its agent and the engine stay below it. */
  readonly memory: string;
}

/** A Kubernetes object. */
export interface OperatorObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** As the operator's definitions limit it: names of pods and of their revisions are made from it. */
const LONGEST = 42;

const ACCOUNT = "firmament";
const POLICIES = "/share/policies.json";

/** Manifests for the Pulumi Kubernetes Operator 2, by file. @throws InvalidInput with everything that is wrong. */
export function operatorFiles(choice: OperatorChoice): Record<string, string> {
  const { common, stacks } = operatorObjects(choice);
  const clouds = new Map<string, OperatorObject[]>();
  for (const { cloud, object } of stacks) clouds.set(cloud, [...(clouds.get(cloud) ?? []), object]);
  return {
    "common.yaml": manifestText(...common),
    ...Object.fromEntries([...clouds].map(([cloud, objects]) => [`stacks-${cloud}.yaml`, manifestText(...objects)])),
  };
}

/** The objects that all stacks share, and one Stack for each. */
export function operatorObjects(choice: OperatorChoice): {
  readonly common: readonly OperatorObject[];
  readonly stacks: readonly { readonly cloud: string; readonly object: OperatorObject }[];
} {
  const steps = plannedSteps(choice, problemsOf(choice));
  return {
    common: commonObjects(choice),
    stacks: steps.map((step) => ({ cloud: step.stack.cloud, object: stackObject(step, choice) })),
  };
}

/**
 * What workspaces may do: ask the API server who calls them. Programs reach their clusters with the kubeconfigs that stacks
 * publish, and get nothing from the account.
 */
function commonObjects({ namespace, operatorNamespace }: OperatorChoice): OperatorObject[] {
  const restricted = { "pod-security.kubernetes.io/enforce": "restricted" };
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace, labels: restricted } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: ACCOUNT, namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: `${namespace}:${ACCOUNT}:auth-delegator` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "system:auth-delegator" },
      subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace }],
    },
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "workspaces", namespace },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress"],
        ingress: [
          {
            from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": operatorNamespace } } }],
            ports: [{ protocol: "TCP", port: "grpc" }],
          },
        ],
      },
    },
  ];
}

/**
 * A Stack. All of them change with the image, and the operator begins with none whose prerequisites did not succeed since
 * they were changed last: so a release goes through base, platform, canaries and tenants in order. A branch of git gives no
 * such order, since each stack follows it by itself.
 */
function stackObject({ name, stack, after }: Step, choice: OperatorChoice): OperatorObject {
  const { backend, secret, secretName, namespace, directory, image, memory } = choice;
  const secrets = secret.map((key): [string, object] => [key, { type: "Secret", secret: { name: secretName, key } }]);
  const literals = Object.entries({
    // flags of the engine that the operator has no field for
    PULUMI_OPTION_POLICY_PACK: `${directory}/policies`,
    PULUMI_OPTION_POLICY_PACK_CONFIG: POLICIES,
  }).map(([key, value]): [string, object] => [key, { type: "Literal", literal: { value } }]);
  const { layer, cloud } = stack;
  const resources = { requests: { cpu: "500m", memory }, limits: { memory } };
  return {
    apiVersion: "pulumi.com/v1",
    kind: "Stack",
    metadata: {
      name: objectNameOf(name),
      namespace,
      labels: { "firmament/layer": layer, "firmament/cloud": cloud },
      annotations: { "firmament/stack": name },
    },
    spec: {
      stack: name,
      backend,
      envRefs: Object.fromEntries<object>([...secrets, ...literals]),
      serviceAccountName: ACCOUNT,
      prerequisites: after.map((each) => ({ name: objectNameOf(each) })),
      // taking a manifest away must not take away a cloud
      destroyOnFinalize: false,
      // what is written into a stack file when a stack is made would be lost with the workspace
      useLocalStackOnly: true,
      // no pod stays for each tenant
      workspaceReclaimPolicy: "Delete",
      workspaceTemplate: {
        spec: {
          image,
          imagePullPolicy: "IfNotPresent",
          securityProfile: "restricted",
          local: { dir: directory },
          resources,
          podTemplate: {
            spec: {
              // merged by their names; the definition wants one
              containers: [{ name: "pulumi" }],
              // the engine finishes what is under way before it ends
              terminationGracePeriodSeconds: 3600,
              initContainers: [{ ...policiesContainer(cloud, layer === "base", choice), resources }],
            },
          },
        },
      },
    },
  };
}

/** Renders the charts of a cloud and writes the rules' configuration for the engine, which looks into no release itself. */
function policiesContainer(
  cloud: string,
  withoutCharts: boolean,
  { image, directory, charts }: OperatorChoice,
): object {
  const render = withoutCharts ? [] : ["--helm", "helm", ...(charts === undefined ? [] : ["--charts", charts])];
  const command = ["node", "dist/automation/cli/index.js", "policy-config", cloud, ...render, "--output", POLICIES];
  return {
    name: "policies",
    image,
    command,
    workingDir: directory,
    // Helm writes into its home
    env: [{ name: "HOME", value: "/share" }],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
    volumeMounts: [{ name: "share", mountPath: "/share" }],
  };
}

/**
 * The name of a stack's object: tenant.berlin.acme → tenant-berlin-acme. Services are named after it, so it has no dots.
 * Where that could be another stack's, or is too long, it ends with a hash.
 */
export function objectNameOf(stack: string): string {
  const [layer = "", cloud = "", ...tenant] = stack.split(".");
  const name = [layer, cloud, ...tenant].join("-");
  if (name.length <= LONGEST && !(tenant.length > 0 && cloud.includes("-"))) return name;
  const hash = createHash("sha256").update(stack).digest("hex").slice(0, 8);
  return `${name.slice(0, LONGEST - hash.length - 1).replace(/-+$/, "")}-${hash}`;
}

function problemsOf({ image, directory, namespace, secretName, operatorNamespace, memory }: OperatorChoice): Problem[] {
  const label = "must be a name of Kubernetes: a-z, 0-9 and dashes";
  const checks: readonly (readonly [boolean, string, string, string, string])[] = [
    [
      /^[\w][\w./:-]*@sha256:[0-9a-f]{64}$/.test(image),
      "--image",
      image,
      "must name the image by its digest: stacks are deployed anew, in order, when it changes",
      "give it as registry.example.com/clouds@sha256:…",
    ],
    [
      /^\/\S*[^/\s]$/.test(directory),
      "--directory",
      directory,
      "must be an absolute folder of the image",
      "correct it",
    ],
    [DNS_LABEL.test(namespace), "--namespace", namespace, label, "correct it"],
    [DNS_LABEL.test(secretName), "--secret-name", secretName, label, "correct it"],
    [DNS_LABEL.test(operatorNamespace), "--operator-namespace", operatorNamespace, label, "correct it"],
    [/^[1-9]\d*(Mi|Gi)$/.test(memory), "--memory", memory, "must be an amount as 1Gi or 1536Mi", "correct it"],
  ];
  return checks.flatMap(([right, where, given, rule, fix]) => (right ? [] : [{ where, given, rule, fix }]));
}
