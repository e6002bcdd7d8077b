import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { AddedPlugin, AuditLevel, RemovedPlugin, ServiceType, type ControlPlaneArgs } from "./args.generated";
import { planKamaji } from "./control-planes/kamaji/plan";
import { planIsolation } from "./isolation-plan";
import { demand } from "./demand";
import { refuses } from "./settings/refusals.fixture";
import { tenantArgs, tenantOf } from "./tenant.fixture";

const controlPlane = (change: object) => ({ controlPlane: change });
const flag = (component: string, name: string, value = "true") =>
  controlPlane({ [component]: { extraArgs: { [name]: value } } });
const flags = (component: string, name: string) => `tenant.controlPlane.${component}.extraArgs.${name}`;
const issuer = { issuer: "https://id.example.com", clientId: "kubernetes" };
const entry = { host: "api.acme.example", namespace: "ingress" };

describe("settings of a tenant's control plane", () => {
  refuses(
    {
      "a DataStore that the platform does not name": [
        controlPlane({ dataStore: "other" }),
        "tenant.controlPlane.dataStore: other — must be a DataStore of the platform; use one of default, own",
      ],
      "a class of load balancers without a LoadBalancer": [
        controlPlane({ serviceType: "ClusterIP", loadBalancer: { class: "metallb.io/metallb" } }),
        "tenant.controlPlane.loadBalancer: class metallb.io/metallb — is for a LoadBalancer, not for ClusterIP",
      ],
      "an address that is none": [
        controlPlane({ loadBalancer: { address: "203.0.113" } }),
        'tenant.controlPlane.loadBalancer.address: "203.0.113" — must be an IPv4 address',
      ],
      "an ingress behind a LoadBalancer": [
        controlPlane({ ingress: { ...entry, className: "nginx" } }),
        "tenant.controlPlane.serviceType: LoadBalancer — must be ClusterIP: the ingress is the way in",
      ],
      "an ingress beside a gateway": [
        controlPlane({
          serviceType: "ClusterIP",
          ingress: { ...entry, className: "nginx" },
          gateway: { ...entry, name: "edge", gatewayNamespace: "edge" },
        }),
        "tenant.controlPlane.gateway: api.acme.example — must not stand beside an ingress",
      ],
      "an ingress with a port in its name": [
        controlPlane({ serviceType: "ClusterIP", ingress: { ...entry, host: "api.example:443", className: "nginx" } }),
        'tenant.controlPlane.ingress.host: "api.example:443" — must be a domain with a dot in it',
      ],
      "more sources than Kamaji takes": [
        controlPlane({ allowedSources: Array.from({ length: 17 }, (_, i) => `203.0.113.${i}/32`) }),
        "tenant.controlPlane.allowedSources: 17 networks — must be 16 networks or fewer",
      ],
      "to do without a plugin that protects": [
        controlPlane({ admission: { remove: ["NodeRestriction"] } }),
        'tenant.controlPlane.admission.remove.0: "NodeRestriction" — must be one of DefaultIngressClass, ',
      ],
      "a plugin that admits everything": [
        controlPlane({ admission: { add: ["AlwaysAdmit"] } }),
        'tenant.controlPlane.admission.add.0: "AlwaysAdmit" — must be one of AlwaysPullImages, ',
      ],
      "plugins as a flag": [
        flag("apiServer", "enable-admission-plugins", "PodNodeSelector"),
        `${flags("apiServer", "enable-admission-plugins")}: PodNodeSelector — is not for flags: settings decide it; use tenant.controlPlane.admission`,
      ],
      "an issuer without TLS": [
        controlPlane({ oidc: { ...issuer, issuer: "http://id.example.com" } }),
        'tenant.controlPlane.oidc.issuer: "http://id.example.com" — must be a URL like https://',
      ],
      "users with names that Kubernetes trusts": [
        controlPlane({ oidc: { ...issuer, usernamePrefix: "system:" } }),
        'tenant.controlPlane.oidc.usernamePrefix: "system:" — must end in :, # or /',
      ],
      "an issuer as a flag": [
        flag("apiServer", "oidc-issuer-url", "http://id.example.com"),
        `${flags("apiServer", "oidc-issuer-url")}: http://id.example.com — is not for flags: settings decide it; use tenant.controlPlane.oidc`,
      ],
      "an audit log without Secrets": [
        controlPlane({ audit: { rules: [{ level: "None", resources: [{ resources: ["secrets"] }] }] } }),
        "tenant.controlPlane.audit.rules.0.resources.0: None for Secrets — must not be about Secrets",
      ],
      "anonymous users": [
        flag("apiServer", "anonymous-auth"),
        `${flags("apiServer", "anonymous-auth")}: true — weakens the cluster, or repeats what Kamaji sets`,
      ],
      "everything allowed": [
        flag("apiServer", "authorization-mode", "AlwaysAllow"),
        `${flags("apiServer", "authorization-mode")}: AlwaysAllow — weakens the cluster`,
      ],
      "a port without TLS": [
        flag("apiServer", "insecure-port", "8080"),
        `${flags("apiServer", "insecure-port")}: 8080 — weakens the cluster`,
      ],
      "a flag that API servers have lost": [
        flag("apiServer", "cloud-provider", "external"),
        `${flags("apiServer", "cloud-provider")}: external — is not for flags: settings decide it; use tenant.addons`,
      ],
      "another etcd": [
        flag("apiServer", "etcd-servers", "https://192.0.2.1:2379"),
        `${flags("apiServer", "etcd-servers")}: https://192.0.2.1:2379 — is set by Kamaji`,
      ],
      "half of the controllers": [
        flag("controllerManager", "controllers", "*,-tokencleaner"),
        `${flags("controllerManager", "controllers")}: *,-tokencleaner — is set by Kamaji`,
      ],
      "profiles of a scheduler": [
        flag("scheduler", "profiling"),
        `${flags("scheduler", "profiling")}: true — weakens the cluster`,
      ],
      "a flag with its dashes": [
        flag("scheduler", "--v", "4"),
        `${flags("scheduler", "--v")}: --v — must be the name of a flag without its dashes`,
      ],
      "a gate that takes a protection away": [
        flag("apiServer", "feature-gates", "NodeSwap=true,PodSecurity=false"),
        `${flags("apiServer", "feature-gates")}.PodSecurity: false — takes a protection away`,
      ],
      "more memory asked for than allowed": [
        controlPlane({ scheduler: { resources: { limits: { memory: "32Mi" } } } }),
        "tenant.controlPlane.scheduler.resources.requests.memory: 64Mi — must not exceed the limit of 32Mi",
      ],
      "a control plane beyond the quota": [
        controlPlane({ apiServer: { resources: { limits: { cpu: "12" } } } }),
        "tenant.quota.cpu: 64 — machines, one more of each pool while it rolls, and the control plane need 106 cores",
      ],
      "a tunnel that is newer than the cluster": [
        controlPlane({ konnectivity: { version: "v0.35.0" } }),
        "tenant.controlPlane.konnectivity.version: v0.35.0 — must fit Kubernetes v1.34",
      ],
      "a tunnel of no version": [
        controlPlane({ konnectivity: { version: "latest" } }),
        'tenant.controlPlane.konnectivity.version: "latest" — must be a version like v0.34.0',
      ],
    },
    { dataStores: { own: {} } },
  );
});

describe("plan of a control plane", () => {
  const plan = (change: ControlPlaneArgs, platform = tenantArgs().platform) =>
    planKamaji(tenantOf({ controlPlane: change, platform }));
  const spec = (change: ControlPlaneArgs) => plan(change).controlPlane.spec;

  it("has no flags, files and wishes where none are set", () => {
    const { apiServer, controllerManager, scheduler, deployment, network } = spec({});
    for (const component of [apiServer, controllerManager, scheduler])
      assert.deepEqual(Object.keys(component), ["resources"]);
    assert.ok(!("extraVolumes" in deployment));
    assert.deepEqual(Object.keys(network), ["serviceType", "certSANs"]);
    assert.equal(plan({}).apiServerFiles, undefined);
  });

  it("keeps its state in the DataStore that is chosen, and opens the way to it", () => {
    const platform = { ...tenantArgs().platform, dataStores: { own: { networks: ["192.0.2.128/25"], port: 5432 } } };
    assert.equal(plan({ dataStore: "own" }, platform).controlPlane.spec.dataStoreName, "own");
    assert.equal(spec({}).dataStoreName, "default");
    const egress = (dataStore: string) =>
      planIsolation(tenantOf({ controlPlane: { dataStore }, platform })).networkPolicies.find(
        ({ metadata }) => metadata.name === "data-store",
      )?.spec.egress;
    assert.deepEqual(egress("own")?.at(-1), {
      to: [{ ipBlock: { cidr: "192.0.2.128/25" } }],
      ports: [{ port: 5432, protocol: "TCP" }],
    });
    assert.equal(egress("default")?.length, 1);
  });

  it("asks for a class and an address of load balancers", () => {
    const { loadBalancerConfig, serviceAnnotations } = spec({
      loadBalancer: { class: "metallb.io/metallb", address: "203.0.113.7" },
      allowedSources: ["198.51.100.0/24"],
    }).network;
    assert.deepEqual(loadBalancerConfig, {
      loadBalancerClass: "metallb.io/metallb",
      loadBalancerSourceRanges: ["198.51.100.0/24"],
    });
    assert.deepEqual(serviceAnnotations, {
      "metallb.io/loadBalancerIPs": "203.0.113.7",
      "lbipam.cilium.io/ips": "203.0.113.7",
    });
  });

  it("is reached by a name at an ingress or gateway, by machines too", () => {
    const { ClusterIP: serviceType } = ServiceType;
    const annotations = { "nginx.ingress.kubernetes.io/ssl-passthrough": "true" };
    const ingress = { ...entry, className: "nginx", annotations };
    assert.deepEqual(spec({ serviceType, ingress }).network.ingress, {
      className: "nginx",
      hostname: "api.acme.example:443",
      extraAnnotations: annotations,
    });
    const gateway = { ...entry, name: "edge", gatewayNamespace: "gateways" };
    assert.deepEqual(spec({ serviceType, gateway }).network.gateway, {
      hostname: "api.acme.example:6443",
      name: "edge",
      namespace: "gateways",
    });
    const opened = planIsolation(tenantOf({ controlPlane: { serviceType, gateway } })).networkPolicies.find(
      ({ metadata }) => metadata.name === "kubernetes-api-entry",
    );
    assert.deepEqual(opened?.spec.egress, [
      { to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress" } } }] },
    ]);
  });

  it("adds and leaves out admission plugins, each once", () => {
    const { admissionControllers: usual } = spec({});
    const { admissionControllers } = spec({
      admission: { add: [AddedPlugin.AlwaysPullImages], remove: [RemovedPlugin.DefaultIngressClass] },
    });
    assert.deepEqual(admissionControllers, [
      ...usual.filter((plugin) => plugin !== "DefaultIngressClass"),
      "AlwaysPullImages",
    ]);
  });

  it("logs what it is asked to, never what is in Secrets", () => {
    const { apiServerFiles: files, controlPlane } = plan({ audit: { level: AuditLevel.RequestResponse } });
    const policy = parse(files?.data["audit-policy.yaml"] ?? "") as { rules: { level: string; resources?: unknown }[] };
    assert.deepEqual(
      policy.rules.map(({ level }) => level),
      ["Metadata", "RequestResponse"],
    );
    assert.match(JSON.stringify(policy.rules[0]?.resources), /"secrets"/);
    const { apiServer, deployment } = controlPlane.spec;
    assert.deepEqual(apiServer.extraArgs, [
      "--audit-log-path=-",
      "--audit-policy-file=/etc/firmament/audit-policy.yaml",
    ]);
    assert.deepEqual(apiServer.extraVolumeMounts, [
      { name: "firmament-files", mountPath: "/etc/firmament", readOnly: true },
    ]);
    assert.deepEqual(deployment.extraVolumes, [
      { name: "firmament-files", configMap: { name: files?.metadata.name ?? "" } },
    ]);
  });

  it("makes new pods for another file, and none for the same", () => {
    const name = (level: AuditLevel) => plan({ audit: { level } }).apiServerFiles?.metadata.name;
    assert.equal(name(AuditLevel.Request), name(AuditLevel.Request));
    assert.notEqual(name(AuditLevel.Request), name(AuditLevel.Metadata));
  });

  it("lets people log in, with names that cannot be the cluster's own", () => {
    assert.deepEqual(spec({ oidc: { ...issuer, groupsClaim: "groups" } }).apiServer.extraArgs, [
      "--oidc-client-id=kubernetes",
      "--oidc-groups-claim=groups",
      "--oidc-groups-prefix=oidc:",
      "--oidc-issuer-url=https://id.example.com",
      "--oidc-username-claim=sub",
      "--oidc-username-prefix=oidc:",
    ]);
  });

  it("hands flags on to each component", () => {
    const { apiServer, controllerManager, scheduler } = spec({
      apiServer: { extraArgs: { v: "2", "goaway-chance": "0.001" } },
      controllerManager: { extraArgs: { "node-monitor-grace-period": "60s" } },
      scheduler: { extraArgs: { v: "3" } },
    });
    assert.deepEqual(apiServer.extraArgs, ["--goaway-chance=0.001", "--v=2"]);
    assert.deepEqual(controllerManager.extraArgs, ["--node-monitor-grace-period=60s"]);
    assert.deepEqual(scheduler.extraArgs, ["--v=3"]);
  });

  it("takes what its components are given, and needs that of the quota", () => {
    const resources = { limits: { cpu: "2", memory: "4Gi" } };
    assert.deepEqual(spec({ apiServer: { resources } }).apiServer.resources, {
      requests: { cpu: "200m", memory: "512Mi" },
      limits: { cpu: "2", memory: "4Gi" },
    });
    const cpu = (change: ControlPlaneArgs) => demand(tenantOf({ controlPlane: change })).cpu;
    assert.equal(cpu({ apiServer: { resources } }) - cpu({}), 2 * 3 * (2 - 1));
  });

  it("runs the tunnel in the version that is set", () => {
    const { server, agent } = spec({ konnectivity: { version: "v0.33.0" } }).addons.konnectivity;
    assert.deepEqual([server.version, agent.version], ["v0.33.0", "v0.33.0"]);
  });
});
