import { acmes, machineDeployment } from "./examples";

/** Templates of the pool of {@link machineDeployment}. */

interface MachineChanges {
  readonly image?: string;
  readonly limits?: object;
  /** Fields of the VirtualMachine beside its template. */
  readonly machine?: object;
  /** Fields of the instance. */
  readonly instance?: object;
}

/** The virtual machines of pool acme-small. */
export function machineTemplate(changes: MachineChanges = {}): object {
  const { image = "registry.example/node:v1.34.1", limits, instance } = changes;
  const resources = limits === undefined ? {} : { resources: { limits } };
  const spec = {
    domain: { cpu: { cores: 4 }, memory: { guest: "16Gi" }, ...resources },
    volumes: [{ name: "root", containerDisk: { image } }],
    ...instance,
  };
  const machine = { ...changes.machine, template: { spec } };
  return acmes(
    "infrastructure.cluster.x-k8s.io/v1alpha1",
    "KubevirtMachineTemplate",
    { spec: { template: { spec: { virtualMachineTemplate: { spec: machine } } } } },
    { name: "acme-small-machines" },
  );
}

interface NodeChanges {
  readonly labels?: string;
  readonly taints?: readonly object[];
}

/** How machines of pool acme-small register their nodes. */
export function nodeConfig({ labels, taints }: NodeChanges = {}): object {
  const kubeletExtraArgs = labels === undefined ? [] : [{ name: "node-labels", value: labels }];
  const nodeRegistration = { kubeletExtraArgs, ...(taints === undefined ? {} : { taints }) };
  return acmes(
    "bootstrap.cluster.x-k8s.io/v1beta2",
    "KubeadmConfigTemplate",
    { spec: { template: { spec: { joinConfiguration: { nodeRegistration } } } } },
    { name: "acme-small-nodes" },
  );
}

/** A MachineDeployment that names the two templates. */
export function pool(spec: object = {}, annotations: object = {}): object {
  const template = {
    bootstrap: {
      configRef: { apiGroup: "bootstrap.cluster.x-k8s.io", kind: "KubeadmConfigTemplate", name: "acme-small-nodes" },
    },
    infrastructureRef: {
      apiGroup: "infrastructure.cluster.x-k8s.io",
      kind: "KubevirtMachineTemplate",
      name: "acme-small-machines",
    },
  };
  return machineDeployment({ ...spec }, template, { annotations });
}
