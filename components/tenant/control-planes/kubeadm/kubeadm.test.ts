import * as assert from "node:assert/strict";
import { parse } from "yaml";
import { Tier } from "../../args.generated";
import { parseTenant } from "../../parse";
import { planTenant } from "../../tenant-plan";
import { plane, vsphereArgs } from "../../vsphere.fixture";

const planOf = (change: object = {}) => planTenant(parseTenant(vsphereArgs(change)));

describe("a control plane on machines", () => {
  const specOf = (change: object = {}) => {
    const { spec } = planOf(change).controlPlane;
    assert.ok("kubeadmConfigSpec" in spec);
    return spec;
  };

  it("is three machines in production, one in development, each as its template says", () => {
    const plan = planOf();
    const spec = specOf();
    assert.equal(spec.replicas, 3);
    assert.equal(specOf({ tier: Tier.Development }).replicas, 1);
    assert.equal(spec.machineTemplate.spec.infrastructureRef.name, plan.controlPlaneMachines?.metadata.name);
    assert.match(plan.controlPlaneMachines?.metadata.name ?? "", /^acme-control-plane-[0-9a-f]{8}$/);
    const other = planOf(plane({ machines: { cpus: 4, memory: "8Gi", vsphere: { template: "t-v1.34.1" } } }));
    assert.notEqual(other.controlPlaneMachines?.metadata.name, plan.controlPlaneMachines?.metadata.name);
  });

  it("replaces machines that are lost only where others are left", () => {
    assert.equal(planOf().controlPlaneHealth?.spec.remediation.triggerIf.unhealthyLessThanOrEqualTo, 1);
    assert.equal(planOf({ tier: Tier.Development }).controlPlaneHealth, undefined);
  });

  it("is ready when all its machines are of the wanted version, whether they have a pod network or not", () => {
    const { annotations } = planOf().controlPlane.metadata;
    const waits = JSON.parse(annotations?.["pulumi.com/waitFor"] ?? "[]") as string[];
    assert.ok(waits.includes("jsonpath={.status.version}=v1.34.1") && waits.includes("condition=MachinesUpToDate"));
    assert.ok(!waits.some((each) => each.includes("availableReplicas")));
  });

  it("has its address held by kube-vip, which may do all before others may do anything", () => {
    const { files = [], preKubeadmCommands = [], postKubeadmCommands = [] } = specOf().kubeadmConfigSpec;
    const pod = parse(files.find(({ path }) => path.endsWith("kube-vip.yaml"))?.content ?? "") as {
      spec: { containers: { env: { name: string; value: string }[] }[] };
    };
    const env = Object.fromEntries((pod.spec.containers[0]?.env ?? []).map(({ name, value }) => [name, value]));
    assert.deepEqual([env["address"], env["port"]], ["198.51.100.10", "6443"]);
    assert.match(preKubeadmCommands.join("\n"), /hostnamectl[^]*super-admin\.conf/);
    assert.match(postKubeadmCommands.join("\n"), /admin\.conf/);
    const endpoint = { host: "198.51.100.10", heldBy: "load-balancer" };
    assert.equal(specOf(plane({ endpoint })).kubeadmConfigSpec.files, undefined);
  });

  it("has what settings say of API servers: flags, plugins, files on each machine", () => {
    const spec = specOf(
      plane(
        {},
        {
          admission: { add: ["AlwaysPullImages"], remove: ["DefaultStorageClass"] },
          audit: { level: "Metadata" },
          apiServer: { extraArgs: { "goaway-chance": "0.001" } },
          scheduler: { extraArgs: { v: "3" } },
        },
      ),
    );
    const { apiServer, scheduler } = spec.kubeadmConfigSpec.clusterConfiguration;
    const flags = Object.fromEntries((apiServer.extraArgs ?? []).map(({ name, value }) => [name, value]));
    assert.deepEqual(flags, {
      "audit-log-path": "-",
      "audit-policy-file": "/etc/firmament/audit-policy.yaml",
      "disable-admission-plugins": "DefaultStorageClass",
      "enable-admission-plugins": "NodeRestriction,AlwaysPullImages",
      "goaway-chance": "0.001",
    });
    assert.deepEqual(scheduler?.extraArgs, [{ name: "v", value: "3" }]);
    const [volume] = apiServer.extraVolumes ?? [];
    const file = spec.kubeadmConfigSpec.files?.find(({ path }) => path.endsWith("audit-policy.yaml"));
    assert.equal(file?.path, `${volume?.hostPath}/audit-policy.yaml`);
    assert.equal(volume?.mountPath, "/etc/firmament");
  });

  it("has no kube-proxy where the pod network stands for it, and nodes that wait for their cloud controller", () => {
    const { initConfiguration, joinConfiguration } = specOf().kubeadmConfigSpec;
    assert.deepEqual(initConfiguration.skipPhases, ["addon/kube-proxy"]);
    assert.deepEqual(joinConfiguration.nodeRegistration, {
      name: "{{ local_hostname }}",
      criSocket: "unix:///var/run/containerd/containerd.sock",
      kubeletExtraArgs: [
        { name: "cloud-provider", value: "external" },
        { name: "rotate-server-certificates", value: "true" },
      ],
    });
  });
});
