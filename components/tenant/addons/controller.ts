import { quantity } from "../../core/quantity";
import { disruptionBudget } from "../../kubernetes/disruption-budget";
import { mirrored } from "../../kubernetes/image-mirror";
import { kind, type Manifest, type ObjectMeta } from "../../kubernetes/manifest";
import { type Peer, ipBlock, port } from "../../kubernetes/network-policy";
import { account, type Rights } from "../../kubernetes/rbac";
import type { AddonNetworkPolicy, AddonObject } from "../addon";
import type { Demand } from "../capacity";
import type { Resources } from "../kinds/pods";
import { tenantLabels, tenantMetadata } from "../names";
import type { Tenant } from "../settings";
import { KUBECONFIG_KEY, kubeconfigSecretOf } from "../tenant-access";

/*
 * What controllers of add-ons in the tenant's namespace of the management cluster have in common. Each is one Deployment
 * with an account of its own, held to the strictest pod security.
 */

/** A container of a controller. */
export interface ControllerContainer {
  readonly name: string;
  /** Upstream's; a mirror takes its place. */
  readonly image: string;
  readonly command?: readonly string[];
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly resources: Resources;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[];
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme?: "HTTP" | "HTTPS" };
  readonly initialDelaySeconds?: number;
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

/** One controller of an add-on. */
export interface Controller {
  /** Of all its objects, without the tenant's: a DNS label. */
  readonly name: string;
  /** Copies; they elect one that works. */
  readonly replicas: number;
  /** Whether there is never more than one, since copies do not elect one. Default: false. */
  readonly single?: boolean;
  readonly containers: readonly ControllerContainer[];
  readonly volumes: readonly { readonly name: string; readonly [source: string]: unknown }[];
  /** Of its pods: what else they start anew for. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** What it may do in the management cluster. */
  readonly rights: Rights;
  /** Whether its pods use the API of the management cluster. */
  readonly usesManagementApi: boolean;
}

/** Labels by which pods of a controller are found. */
export function controllerLabels(tenant: Pick<Tenant, "name">, { name }: Pick<Controller, "name">) {
  return { ...tenantLabels(tenant.name), "app.kubernetes.io/name": name };
}

/** Account, rights, Deployment and, where there are several copies, their disruption budget. */
export function controllerObjects(tenant: Tenant, controller: Controller): AddonObject[] {
  const metadata = controllerMetadata(tenant, controller);
  const { name, replicas, rights } = controller;
  const parts = account(metadata, rights, `${metadata.namespace}-${name}`);
  const budget = disruptionBudget(name, metadata.namespace, { "app.kubernetes.io/name": name });
  return [
    ...parts.map(({ part, object }) => ({ suffix: `${name}-${part}`, object })),
    { suffix: `${name}-deployment`, object: Deployment({ metadata, spec: deploymentSpec(tenant, controller) }) },
    ...(replicas < 2
      ? []
      : [
          {
            suffix: `${name}-budget`,
            object: { ...budget, metadata: { ...budget.metadata, labels: metadata.labels } },
          },
        ]),
  ];
}

/** Metadata of an object of a controller, by default of the name that most of them have. */
export function controllerMetadata(
  tenant: Pick<Tenant, "name">,
  controller: Pick<Controller, "name">,
  name = controller.name,
): ObjectMeta & { readonly namespace: string; readonly labels: Record<string, string> } {
  return { ...tenantMetadata(tenant.name, name), labels: controllerLabels(tenant, controller) };
}

/** What a controller takes from the quota: one pod more than there are copies while they are replaced. */
export function controllerDemand({
  replicas,
  single = false,
  containers,
}: Pick<Controller, "replicas" | "single" | "containers">): Demand {
  const pods = single ? replicas : replicas + 1;
  const sum = (of: "cpu" | "memory") =>
    pods * containers.reduce((total, { resources }) => total + quantity(resources.limits[of]), 0);
  return { cpu: sum("cpu"), memory: sum("memory"), pods };
}

/** Port on which API servers of a management cluster answer. */
const MANAGEMENT_API_PORT = 6443;

/**
 * Lets a controller's pods reach the API of the management cluster: behind its Service are addresses of machines, which
 * are among the platform's networks. The tenant's own API is in their namespace, where nothing is closed.
 */
export function managementApi(
  tenant: Pick<Tenant, "name" | "platform">,
  controller: Pick<Controller, "name">,
): AddonNetworkPolicy {
  const networks = Object.values(tenant.platform.networks).map(String).sort();
  const to: Peer[] = (networks.length === 0 ? ["0.0.0.0/0"] : networks).map((network) => ipBlock(network));
  return {
    name: controller.name,
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": controller.name } },
      policyTypes: ["Egress"],
      egress: [{ to, ports: [port(MANAGEMENT_API_PORT)] }],
    },
  };
}

const KUBECONFIG_FOLDER = "/etc/tenant";

/** Path of the tenant's kubeconfig in containers that mount it. */
export const TENANT_KUBECONFIG = `${KUBECONFIG_FOLDER}/${KUBECONFIG_KEY}`;

/** The volume with the tenant's kubeconfig, and its mount. */
export function tenantKubeconfig(controller: Pick<Controller, "name">) {
  const name = "tenant";
  return {
    volume: { name, secret: { secretName: kubeconfigSecretOf(controller) } },
    mount: { name, mountPath: KUBECONFIG_FOLDER, readOnly: true },
  };
}

const Deployment = kind<Manifest<object>>("apps/v1", "Deployment");

function deploymentSpec(tenant: Tenant, controller: Controller) {
  const selector = { matchLabels: { "app.kubernetes.io/name": controller.name } };
  return {
    replicas: controller.replicas,
    selector,
    strategy:
      controller.single === true
        ? { type: "Recreate" }
        : { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: {
        labels: controllerLabels(tenant, controller),
        ...(controller.annotations === undefined ? {} : { annotations: controller.annotations }),
      },
      spec: {
        serviceAccountName: controller.name,
        automountServiceAccountToken: controller.usesManagementApi,
        // no user of an image that has none of its own is root
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65532,
          runAsGroup: 65532,
          fsGroup: 65532,
          seccompProfile: { type: "RuntimeDefault" },
        },
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: selector,
          },
        ],
        containers: controller.containers.map((each) => containerOf(tenant, each)),
        volumes: controller.volumes,
      },
    },
  };
}

function containerOf({ platform }: Tenant, { image, resources, ...container }: ControllerContainer) {
  // its file system is read-only: what it writes is its log
  const files = { "ephemeral-storage": "64Mi" };
  return {
    ...container,
    image: mirrored(image, platform.mirror.images),
    imagePullPolicy: "IfNotPresent",
    resources: { requests: { ...resources.requests, ...files }, limits: { ...resources.limits, ...files } },
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}
