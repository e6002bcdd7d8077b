import { dump } from "js-yaml";
import { VSPHERE_CLOUD_CONTROLLER_IMAGE, vsphereCloudController as release } from "../../../../versions/vsphere";
import { contentName } from "../../../core/names";
import type { Problem } from "../../../core/problem";
import type { ObjectExemption } from "../../../kubernetes/exemptions";
import { ipBlock, port } from "../../../kubernetes/network-policy";
import type { AddonNetworkPolicy, ManagementSide, TenantAddon } from "../../addon";
import { vsphereOf } from "../../infrastructure/vsphere/template";
import type { Tenant } from "../../settings";
import { accessExemptions } from "../../tenant-access";
import { cloudControllerLimits, cloudControllerSide } from "../cloud-provider";
import { type Controller, TENANT_KUBECONFIG, tenantKubeconfig } from "../controller";

const NAME = "vsphere-cloud-controller";
const WHERE = "tenant.addons.vsphereCloudController";
const CONFIG = { folder: "/etc/cloud", file: "vsphere.yaml" };
const ACCOUNT = "/etc/vsphere";

/**
 * What of a node only its vSphere knows: which machine it is, and its addresses. It is outside of the tenant, which has
 * no account of the vSphere.
 */
export const vsphereCloudController: TenantAddon<"vsphereCloudController"> = {
  name: "vsphereCloudController",
  description: "Nodes follow their machines in a vSphere (vSphere's cloud provider).",
  provides: ["cloud"],
  needs: [],
  infrastructure: "vsphere",
  installed: ({ addons, vsphere }) => addons.vsphereCloudController.enabled ?? vsphere?.secret !== undefined,
  check: problems,
  management: managementSide,
  objectExemptions: [...accessExemptions(NAME, ["kube-system"]), byTag()],
  apiClients: [],
  // kubelet taints its node until the cloud controller has seen its machine
  kubelets: () => ({ "cloud-provider": "external" }),
};

function problems(tenant: Tenant): Problem[] {
  const { vsphere, kubernetesVersion } = tenant;
  if (vsphere === undefined) return [];
  return [
    ...(vsphere.secret === undefined
      ? [
          {
            where: "tenant.vsphere.secret",
            given: "missing",
            rule: "must name the account of the add-on vsphereCloudController",
            fix: `give it, or set ${WHERE}.enabled to false`,
          },
        ]
      : []),
    ...(vsphere.serverNetworks.length === 0
      ? [
          {
            where: "tenant.vsphere.serverNetworks",
            given: "none",
            rule: "must say where the vCenter answers: the add-on vsphereCloudController reaches nothing else",
            fix: "name its network, e.g. 192.0.2.20/32",
          },
        ]
      : []),
    ...(release(kubernetesVersion.minor) === undefined
      ? [
          {
            where: "tenant.kubernetesVersion",
            given: String(kubernetesVersion),
            rule: "has no release of vSphere's cloud provider that is known here",
            fix: `choose another, or set ${WHERE}.enabled to false`,
          },
        ]
      : []),
  ];
}

function managementSide(tenant: Tenant): ManagementSide {
  return cloudControllerSide(tenant, controllerOf(tenant), {
    config: { [CONFIG.file]: cloudConfig(tenant) },
    networkPolicies: [toServer(tenant)],
  });
}

function controllerOf(tenant: Tenant): Controller {
  const { server, secret = "" } = vsphereOf(tenant);
  const { volume, mount } = tenantKubeconfig({ name: NAME });
  return {
    name: NAME,
    replicas: tenant.addons.vsphereCloudController.replicas ?? (tenant.tier === "production" ? 2 : 1),
    usesManagementApi: false,
    rights: {},
    // its file is read once
    annotations: { "firmament.example/config": contentName(cloudConfig(tenant), NAME) },
    volumes: [
      volume,
      { name: "config", configMap: { name: NAME } },
      {
        name: "account",
        secret: {
          secretName: secret,
          // its provider finds the account of a vCenter by these names
          items: ["username", "password"].map((key) => ({ key, path: `${hostOf(server)}.${key}` })),
        },
      },
    ],
    containers: [
      {
        name: NAME,
        image: `${VSPHERE_CLOUD_CONTROLLER_IMAGE}:v${release(tenant.kubernetesVersion.minor) ?? ""}`,
        args: [
          "--cloud-provider=vsphere",
          `--cloud-config=${CONFIG.folder}/${CONFIG.file}`,
          `--kubeconfig=${TENANT_KUBECONFIG}`,
          `--cluster-name=${tenant.name}`,
          "--controllers=cloud-node-controller,cloud-node-lifecycle-controller",
          "--authentication-skip-lookup=true",
          "--profiling=false",
        ],
        ...cloudControllerLimits(30),
        volumeMounts: [
          mount,
          { name: "config", mountPath: CONFIG.folder, readOnly: true },
          { name: "account", mountPath: ACCOUNT, readOnly: true },
        ],
      },
    ],
  };
}

const hostOf = (server: string) => server.split(":")[0] ?? server;

/** Its file; the account is in a folder beside it. */
function cloudConfig(tenant: Tenant): string {
  const { server, thumbprint, datacenter } = vsphereOf(tenant);
  const [host, at] = [hostOf(server), Number(server.split(":")[1] ?? 443)];
  return dump({
    global: {
      port: at,
      secretsDirectory: ACCOUNT,
      ...(thumbprint === undefined ? { insecureFlag: true } : { insecureFlag: false, thumbprint }),
    },
    vcenter: { [host]: { server: host, datacenters: [datacenter] } },
  });
}

function toServer(tenant: Tenant): AddonNetworkPolicy {
  const { server, serverNetworks } = vsphereOf(tenant);
  return {
    name: NAME,
    spec: {
      podSelector: { matchLabels: { "app.kubernetes.io/name": NAME } },
      policyTypes: ["Egress"],
      egress: [
        {
          to: serverNetworks.map((network) => ipBlock(String(network))),
          ports: [port(Number(server.split(":")[1] ?? 443))],
        },
      ],
    },
  };
}

function byTag(): ObjectExemption {
  return {
    rule: "image-digest",
    selector: { kind: "Deployment", name: NAME },
    reason: "upstream names the image by its tag, which a site that keeps a mirror pins there",
  };
}
