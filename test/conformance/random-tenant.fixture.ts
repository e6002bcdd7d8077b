import { tenantArgs } from "../../components/tenant/tenant.fixture";
import { AUTHORITY, Random } from "./random-kubernetes.fixture";

const GPU = "nvidia.com/AD102GL_L40S";
const NIC = "vendor.example/nic";

/** Random tenants: nearly all are right, for what is wrong is for the settings to say. */
export class RandomTenant extends Random {
  /** What a stack file and the platform have. */
  some(): unknown {
    const { dice } = this;
    const args = tenantArgs();
    return {
      ...args,
      tier: dice.one(["development", "production"]),
      platform: {
        ...args.platform,
        capabilities: ["cluster-api/infrastructure", "cluster-api/control-plane", "cluster-api/talos"],
        ...this.maybe({ dataStores: { own: {} }, mirror: { images: "registry.example/m" } }),
      },
      quota: {
        cpu: "1k",
        memory: "10Ti",
        storage: "1Pi",
        volumes: 5000,
        pods: 5000,
        devices: { [GPU]: 5000, [NIC]: 5000 },
      },
      controlPlane: this.controlPlane(),
      nodePools: Object.fromEntries(this.list(() => [dice.one(["a", "b", "c"]), this.pool()])),
    };
  }

  private controlPlane(): object {
    const { dice } = this;
    const entry = { host: "api.acme.example", namespace: "edge" };
    const way = dice.one<object>([
      {},
      { serviceType: "ClusterIP" },
      { serviceType: "NodePort" },
      { allowedSources: ["203.0.113.0/24"], ...this.maybe({ loadBalancer: { class: "a.example/b" } }) },
      { loadBalancer: { address: "203.0.113.7" } },
      {
        serviceType: "ClusterIP",
        ingress: { ...entry, className: "nginx", ...this.maybe({ annotations: { a: "b" } }) },
      },
      { serviceType: "ClusterIP", gateway: { ...entry, name: "edge", gatewayNamespace: "edge" } },
    ]);
    const component = (flag: string) => ({
      ...this.maybe({ extraArgs: { [this.odd([flag, "v"], ["profiling", "a_b"])]: "2" } }),
      ...this.maybe({ resources: { limits: { cpu: dice.one(["1", "2"]), ...this.maybe({ memory: "4Gi" }) } } }),
    });
    return {
      ...way,
      ...this.maybe({ certSANs: this.list(() => "api.example") }),
      ...this.maybe({
        admission: {
          add: this.list(() => dice.one(["AlwaysPullImages", "PodNodeSelector"])),
          remove: ["DefaultStorageClass"],
        },
      }),
      ...this.maybe({
        audit: {
          level: dice.one(["Metadata", "Request"]),
          rules: this.list(() => ({ level: "Request", verbs: ["get"] })),
        },
      }),
      ...dice.one<object>([
        {},
        { oidc: { issuer: "https://id.example.com", clientId: "a", ...this.maybe({ ca: AUTHORITY }) } },
        {
          authentication: {
            issuers: [{ url: "https://id.example.com", audiences: ["a"], ...this.maybe({ ca: AUTHORITY }) }],
          },
        },
      ]),
      ...this.maybe({ apiServer: component("goaway-chance") }),
      ...this.maybe({ controllerManager: component("node-monitor-period") }),
      ...this.maybe({ scheduler: component("kube-api-qps") }),
      ...this.maybe({ konnectivity: { version: this.odd(["v0.34.0", "v0.32.1"], ["v0.35.0"]) } }),
    };
  }

  private pool(): object {
    const { dice } = this;
    const min = dice.number(3);
    return {
      ...dice.one<object>([{ replicas: dice.number(5) }, { autoscaling: { min, max: min + 1 + dice.number(4) } }]),
      ...dice.one<object>([
        { cpus: 1 + dice.number(8), memory: dice.one(["4Gi", "16Gi", "8000M"]) },
        { instanceType: { name: dice.one(["u1.large", "cx1.xlarge"]), ...this.maybe({ preference: "ubuntu" }) } },
        { instanceType: { name: "own", capacity: { cpus: 2, memory: "8Gi" } } },
      ]),
      ...(dice.chance(20) ? this.talos() : { ...this.boot(), ...this.cloudInit() }),
      ...this.maybe({ dataDisks: Object.fromEntries(this.list(() => [dice.one(["x", "y-1"]), { size: "10Gi" }])) }),
      ...this.maybe({ gpus: { deviceName: GPU, count: 1 + dice.number(3) } }),
      ...this.maybe({ hostDevices: { [NIC]: 1 + dice.number(2) } }),
      ...this.maybe({ labels: { "example.com/a": "b", "node-role.kubernetes.io/x": "" } }),
      ...this.maybe({
        taints: [{ key: "a", effect: dice.one(["NoSchedule", "NoExecute"]), ...this.maybe({ value: "b" }) }],
      }),
      ...this.maybe({ kubelet: this.kubelet() }),
      ...this.maybe({
        spread: {
          mode: dice.one(["ScheduleAnyway", "DoNotSchedule", "AntiAffinity"]),
          ...this.maybe({ topologyKey: "a.b/c" }),
        },
      }),
      ...this.maybe({
        health: {
          ...this.maybe({ maxUnhealthy: dice.one(["0", "3", "40%", "100%"]) }),
          ...this.maybe({ maxInFlight: dice.one(["1", "25%"]) }),
          ...this.maybe({ nodeStartupTimeoutSeconds: this.odd([30, 600], [29]) }),
        },
      }),
      ...this.maybe({
        rollout: dice.one<object>([{ strategy: "OnDelete" }, { maxSurge: 3 }, { maxSurge: 0, maxUnavailable: 1 }]),
      }),
      ...this.maybe({ deletionOrder: dice.one(["Random", "Newest", "Oldest"]) }),
    };
  }

  private boot(): object {
    const image = "registry.example/node:v1.34.1";
    const storageClass = this.maybe({ storageClass: "fast" });
    return this.dice.one<object>([
      { image },
      { image, disk: { size: "20Gi", ...storageClass } },
      {
        disk: {
          size: "20Gi",
          ...storageClass,
          from: {
            kind: this.dice.one(["DataSource", "PersistentVolumeClaim"]),
            name: this.odd(["ubuntu-v1.34.1", "ubuntu"], ["ubuntu-v1.33.1"]),
            namespace: "images",
          },
        },
      },
    ]);
  }

  private talos(): object {
    const patch = "machine:\n  sysctls:\n    vm.max_map_count: '262144'\n";
    return {
      bootstrap: "talos",
      image: "registry.example/talos-openstack:v1.13.2",
      disk: { size: "20Gi" },
      talos: { version: this.odd(["v1.12", "v1.13"], ["v1.14"]), ...this.maybe({ strategicPatches: [patch] }) },
    };
  }

  private cloudInit(): object {
    return {
      ...this.maybe({
        cloudInit: {
          files: this.list(() => ({
            path: `/etc/${this.dice.number(1000)}`,
            content: "a\n",
            ...this.maybe({ owner: "a:b" }),
          })),
          preKubeadmCommands: this.list(() => "true"),
          postKubeadmCommands: this.list(() => "true"),
        },
      }),
      ...this.maybe({ ssh: { user: "admin", keys: ["ssh-ed25519 AAAA"] } }),
    };
  }

  private kubelet(): object {
    return {
      ...this.maybe({ maxPods: 50 }),
      ...this.maybe({ systemReserved: { ...this.maybe({ cpu: "200m" }), ...this.maybe({ memory: "512Mi" }) } }),
      ...this.maybe({ kubeReserved: { ...this.maybe({ cpu: "50m" }), ...this.maybe({ ephemeralStorage: "1Gi" }) } }),
      ...this.maybe({ evictionHard: { memory: this.dice.one(["5%", "200Mi"]) } }),
      ...this.maybe({ extraArgs: { v: "2" } }),
    };
  }
}
