import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { ControlPlaneProvider, ServiceType } from "../../args.generated";
import { InvalidInput } from "../../../core/problem";
import { parseTenant } from "../../parse";
import { planTenant } from "../../tenant-plan";
import { plain, tenantArgs } from "../../tenant.fixture";
import { kubeadm, plane, vsphere, vsphereArgs, vspherePool } from "../../vsphere.fixture";

const planOf = (change: object = {}) => planTenant(parseTenant(vsphereArgs(change)));

/** Settings, and the one message that says what is wrong with them. */
function refuses(cases: Readonly<Record<string, readonly [change: object, message: string]>>): void {
  for (const [what, [change, message]] of Object.entries(cases)) {
    it(`refuses ${what}`, () => {
      try {
        planOf(change);
      } catch (error) {
        assert.ok(error instanceof InvalidInput, String(error));
        const said = error.problems.map(({ where, given, rule }) => `${where}: ${given} — ${rule}`);
        assert.equal(said.length, 1, said.join("\n"));
        assert.ok(said[0]?.startsWith(message), said[0]);
        return;
      }
      assert.fail("it is not refused");
    });
  }
}

const pool = (change: object) => ({ nodePools: { small: vspherePool(change) } });
const at = "tenant.nodePools.small";
const control = "tenant.controlPlane.kubeadm";

describe("settings of machines in a vSphere", () => {
  refuses({
    "a platform that has none": [
      { platform: { ...tenantArgs().platform, capabilities: ["cluster-api/kubeadm-control-plane"] } },
      "tenant.infrastructure: vsphere — the platform must provide cluster-api/vsphere",
    ],
    "no vSphere": [{ vsphere: undefined }, "tenant.vsphere: missing — must say which vSphere"],
    "no account": [
      { vsphere: vsphere({ secret: undefined }) },
      "tenant.vsphere: neither identity nor secret — must say with which account",
    ],
    "a network of machines that pods have too": [
      { vsphere: vsphere({ machineNetworks: ["10.16.8.0/24"] }) },
      "tenant.vsphere.machineNetworks.0: 10.16.8.0/24 — must not overlap tenant.network.podCidr",
    ],
    "name servers beside DHCP": [
      { vsphere: vsphere({ networks: [{ name: "a", nameservers: ["192.0.2.53"] }] }) },
      "tenant.vsphere.networks.0.nameservers: 192.0.2.53 — are for machines with an address of a pool",
    ],
    "a pool of addresses that no platform keeps": [
      { vsphere: vsphere({ networks: [{ name: "a", addressPool: "p", nameservers: ["192.0.2.53"] }] }) },
      "tenant.vsphere.networks.0.addressPool: p — the platform must provide cluster-api/addresses",
    ],
    "a cloud controller that cannot reach its vCenter": [
      { vsphere: vsphere({ serverNetworks: [] }) },
      "tenant.vsphere.serverNetworks: none — must say where the vCenter answers",
    ],
    "volumes of the platform": [
      { addons: { csi: { enabled: true, image: `registry.example/csi@sha256:${"a".repeat(64)}` } } },
      "tenant.addons.csi: registry.example/csi@sha256:",
    ],
    "an API that only the management cluster reaches": [
      { controlPlane: { serviceType: ServiceType.ClusterIP } },
      "tenant.controlPlane.serviceType: ClusterIP — machines in a vSphere do not reach",
    ],
    "a pool without a template": [pool({ vsphere: undefined }), `${at}.vsphere: missing — must name the template`],
    "a container disk": [
      pool({ image: "registry.example/node:v1.34.1" }),
      `${at}.image: registry.example/node:v1.34.1 —`,
    ],
    "an instance type": [
      pool({ cpus: undefined, memory: undefined, instanceType: { name: "u1.large" } }),
      `${at}.instanceType: u1.large — is for virtual machines of the platform`,
    ],
    GPUs: [pool({ gpus: { deviceName: "nvidia.com/A" } }), `${at}.gpus: nvidia.com/A — is for virtual machines`],
    "devices of hosts": [pool({ hostDevices: { "vendor.example/nic": 1 } }), `${at}.hostDevices: vendor.example/nic —`],
    "a golden image": [
      pool({ disk: { size: "40Gi", from: { name: "a-v1.34.1", namespace: "b" } } }),
      `${at}.disk.from: a-v1.34.1 — is for virtual machines`,
    ],
    "a StorageClass": [pool({ disk: { size: "40Gi", storageClass: "fast" } }), `${at}.disk.storageClass: fast —`],
    "hosts of the platform": [pool({ spread: { mode: "AntiAffinity" } }), `${at}.spread.mode: AntiAffinity —`],
    "one core": [pool({ cpus: 1 }), `${at}.cpus: 1 — must be 2 or more`],
    "a part of a mebibyte": [pool({ memory: "4000M" }), `${at}.memory: 4000M — must be a whole number of Mi`],
    "a part of a gibibyte": [pool({ disk: { size: "40G" } }), `${at}.disk.size: 40G — must be a whole number of Gi`],
    "a larger disk of a linked clone": [
      pool({ disk: { size: "40Gi" }, vsphere: { template: "t-v1.34.1", cloneMode: "linkedClone" } }),
      `${at}.disk.size: 40Gi — has no effect on linked clones`,
    ],
    "a template of another minor": [
      pool({ vsphere: { template: "ubuntu-v1.33.2" } }),
      `${at}.vsphere.template: ubuntu-v1.33.2 — must hold kubeadm and kubelet of v1.34`,
    ],
  });

  refuses({
    "a platform that has no control planes on machines": [
      { platform: { ...tenantArgs().platform, capabilities: ["cluster-api/vsphere"] } },
      "tenant.controlPlane.provider: kubeadm — the platform must provide cluster-api/kubeadm-control-plane",
    ],
    "no machines for it": [
      { controlPlane: { provider: ControlPlaneProvider.Kubeadm } },
      `${control}: missing — must say which machines`,
    ],
    "an even number of them": [plane({}, { replicas: 4 }), "tenant.controlPlane.replicas: 4 — must be odd"],
    "a name that kube-vip would hold": [
      plane({ endpoint: { host: "api.example.org" } }),
      `${control}.endpoint.host: api.example.org — must be an IPv4 address`,
    ],
    "a load balancer that nobody finds": [
      plane({ endpoint: { host: "api.example.org", heldBy: "load-balancer" } }),
      `${control}.endpoint.networks: none — must say where api.example.org answers`,
    ],
    "an interface of kube-vip without it": [
      plane({ endpoint: { host: "198.51.100.10", heldBy: "load-balancer", interface: "eth0" } }),
      `${control}.endpoint.interface: eth0 — is for kube-vip`,
    ],
    "a template of another patch": [
      plane({ machines: { cpus: 2, memory: "8Gi", vsphere: { template: "ubuntu-v1.34.2" } } }),
      `${control}.machines.vsphere.template: ubuntu-v1.34.2 — must hold kubeadm and kubelet of v1.34.1`,
    ],
    "one core for it": [
      plane({ machines: { cpus: 1, memory: "8Gi", vsphere: { template: "ubuntu-v1.34.1" } } }),
      `${control}.machines.cpus: 1 — must be 2 or more`,
    ],
    "a DataStore": [plane({}, { dataStore: "default" }), "tenant.controlPlane.dataStore: default — is for a control"],
    "a Service": [
      plane({}, { serviceType: ServiceType.NodePort }),
      "tenant.controlPlane.serviceType: NodePort — is for a control plane in pods",
    ],
    "resources of pods": [
      plane({}, { apiServer: { resources: { limits: { cpu: "2" } } } }),
      "tenant.controlPlane.apiServer.resources: 2 — is for a control plane in pods",
    ],
    "a version of konnectivity": [
      plane({}, { konnectivity: { version: "v0.34.0" } }),
      "tenant.controlPlane.konnectivity.version: v0.34.0 — is for a control plane in pods",
    ],
    "a flag that kubeadm sets": [
      plane({}, { apiServer: { extraArgs: { "secure-port": "443" } } }),
      "tenant.controlPlane.apiServer.extraArgs.secure-port: 443 — is set by kubeadm",
    ],
    sleep: [{ hibernated: true }, "tenant.hibernated: true — is for a control plane in pods"],
    "a pool of its name": [
      { nodePools: { "control-plane": vspherePool() } },
      "tenant.nodePools.control-plane: a pool — is the name of the control plane's own machines",
    ],
  });

  it("are refused of machines that the platform runs", () => {
    const refused = (change: object) => {
      try {
        parseTenant(tenantArgs(change));
      } catch (error) {
        assert.ok(error instanceof InvalidInput);
        return error.problems.map(({ where }) => where);
      }
      return [];
    };
    assert.deepEqual(refused({ vsphere: vsphere() }), ["tenant.vsphere"]);
    assert.deepEqual(refused({ controlPlane: { kubeadm: kubeadm() } }), ["tenant.controlPlane.kubeadm"]);
    assert.ok(refused({ controlPlane: plane({}).controlPlane }).includes("tenant.controlPlane.provider"));
    assert.deepEqual(refused({ addons: { vsphereCloudController: { enabled: true } } }), [
      "tenant.addons.vsphereCloudController",
    ]);
  });
});

describe("a cluster in a vSphere", () => {
  it("says where it is, whose account makes its machines, and where its API answers", () => {
    assert.deepEqual(plain(planOf().infrastructure), {
      apiVersion: "infrastructure.cluster.x-k8s.io/v1beta2",
      kind: "VSphereCluster",
      metadata: {
        name: "acme",
        namespace: "tenant-acme",
        labels: { "app.kubernetes.io/managed-by": "firmament", "firmament.example/tenant": "acme" },
      },
      spec: {
        server: "vcenter.example.org",
        thumbprint: "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01",
        identityRef: { kind: "Secret", name: "vcenter" },
        controlPlaneEndpoint: { host: "198.51.100.10", port: 6443 },
      },
    });
    const shared = planOf({ vsphere: vsphere({ identity: "tenants", secret: undefined }) });
    assert.deepEqual(plain(shared.infrastructure)["spec"], {
      ...(plain(planOf().infrastructure)["spec"] as object),
      identityRef: { kind: "VSphereClusterIdentity", name: "tenants" },
    });
  });

  it("leaves its address to Kamaji where its control plane are pods", () => {
    const { infrastructure, cluster } = planOf({ controlPlane: {} });
    assert.ok(!("controlPlaneEndpoint" in (infrastructure["spec"] as object)));
    assert.equal(cluster.spec.controlPlaneRef.kind, "KamajiControlPlane");
  });

  it("has machines of a template, in the places that the pool says before those of the cluster", () => {
    const [small] = planOf(
      pool({
        disk: { size: "40Gi" },
        dataDisks: { data: { size: "100Gi" } },
        vsphere: { template: "ubuntu-2404-kube-v1.34.1", datastore: "hdd" },
      }),
    ).nodePools;
    assert.deepEqual(plain(small?.machineTemplate.spec.template.spec), {
      server: "vcenter.example.org",
      thumbprint: vsphere().thumbprint,
      datacenter: "dc-1",
      folder: "/dc-1/vm/tenants",
      resourcePool: "/dc-1/host/a/Resources/tenants",
      datastore: "hdd",
      template: "ubuntu-2404-kube-v1.34.1",
      cloneMode: "fullClone",
      numCPUs: 2,
      memoryMiB: 4096,
      diskGiB: 40,
      dataDisks: [{ name: "data", sizeGiB: 100 }],
      os: "Linux",
      powerOffMode: "trySoft",
      network: { devices: [{ networkName: "tenants", dhcp4: true, dhcp6: false }] },
    });
    assert.equal(small?.machineDeployment.spec.template.spec.infrastructureRef.kind, "VSphereMachineTemplate");
    assert.equal(small.version, "v1.34.1");
  });

  it("takes nothing of machines from the quota, and opens nothing for them", () => {
    const plan = planOf({ quota: { cpu: "2", memory: "4Gi", storage: "1Gi" } });
    const names = plan.isolation.networkPolicies.map(({ metadata }) => metadata.name);
    for (const absent of ["internet", "data-store", "kubernetes-api", "load-balancers"])
      assert.ok(!names.includes(absent), absent);
    const api = plan.isolation.networkPolicies.find(({ metadata }) => metadata.name === "kubernetes-api-elsewhere");
    assert.deepEqual(plain(api?.spec.egress), [
      { to: [{ ipBlock: { cidr: "198.51.100.10/32" } }], ports: [{ port: 6443, protocol: "TCP" }] },
    ]);
  });

  it("has a cloud controller outside, with the account that no node has", () => {
    const { addons } = planOf();
    const names = addons.map(({ name }) => name);
    assert.ok(names.includes("vsphereCloudController") && !names.includes("cloudController"));
    const side = addons.find(({ name }) => name === "vsphereCloudController")?.management;
    const config = side?.objects.find(({ object }) => object.kind === "ConfigMap")?.object as unknown as {
      data: Record<string, string>;
    };
    assert.deepEqual(parse(config.data["vsphere.yaml"] ?? ""), {
      global: {
        port: 443,
        secretsDirectory: "/etc/vsphere",
        insecureFlag: false,
        thumbprint: vsphere().thumbprint,
      },
      vcenter: { "vcenter.example.org": { server: "vcenter.example.org", datacenters: ["dc-1"] } },
    });
  });

  it("warns of a vCenter that may be anybody, and of nodes that nobody knows", () => {
    const careless = vsphere({ thumbprint: undefined, secret: undefined, identity: "tenants" });
    const { notices } = planOf({ vsphere: careless });
    assert.deepEqual(
      notices.map(({ where }) => where),
      ["tenant.vsphere.thumbprint", "tenant.vsphere.secret"],
    );
    assert.deepEqual(planOf().notices, []);
  });

  it("approves certificates of kubelets on machines of pools and of the control plane, by their networks", () => {
    const release = planOf().addons.find(({ name }) => name === "kubeletCertificates")?.cluster?.releases[0];
    const values = release?.values({ host: "198.51.100.10", port: 6443 });
    assert.equal(values?.["providerRegex"], "^(acme-|acme-small-)[a-z0-9-]+$");
    assert.deepEqual(values["providerIpPrefixes"], ["198.51.100.0/24"]);
  });
});
