import { IMAGE, object } from "../../engine/library/examples";

type Fields = Readonly<Record<string, unknown>>;

/** Devices of a machine with one disk and one network card. */
export function devices(changes: Fields = {}): Fields {
  return {
    disks: [{ name: "root", disk: { bus: "virtio" } }],
    interfaces: [{ name: "default", masquerade: {} }],
    ...changes,
  };
}

export function domain(changes: Fields = {}): Fields {
  return { cpu: { cores: 2 }, memory: { guest: "4Gi" }, devices: devices(), ...changes };
}

/** spec of a VirtualMachineInstance, some of its fields changed. */
export function instance(changes: Fields = {}): Fields {
  return {
    domain: domain(),
    evictionStrategy: "LiveMigrate",
    networks: [{ name: "default", pod: {} }],
    volumes: [{ name: "root", containerDisk: { image: IMAGE } }],
    ...changes,
  };
}

/** A VirtualMachine, its instance changed; `machine` changes the VirtualMachine's own spec. */
export function virtualMachine(changes: Fields = {}, machine: Fields = {}, metadata: Fields = {}): Fields {
  return object("kubevirt.io/v1", "VirtualMachine", {
    spec: { runStrategy: "Always", template: { metadata, spec: instance(changes) }, ...machine },
  });
}

/** A KubeVirt, its configuration changed; `spec` changes what is beside the configuration. */
export function kubeVirt(configuration: Fields = {}, spec: Fields = {}): Fields {
  return object(
    "kubevirt.io/v1",
    "KubeVirt",
    {
      spec: {
        infra: { replicas: 2 },
        configuration: {
          developerConfiguration: { featureGates: ["NodeRestriction", "KubevirtSeccompProfile"] },
          evictionStrategy: "LiveMigrate",
          ...configuration,
        },
        ...spec,
      },
    },
    { name: "kubevirt", namespace: "kubevirt" },
  );
}
