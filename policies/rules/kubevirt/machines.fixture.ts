import { object } from "../../engine/library/examples";
import { devices, domain, instance, virtualMachine } from "./examples";

export const hardware = (changes: object) => virtualMachine({ domain: domain({ devices: devices({ ...changes }) }) });
export const volumes = (...list: object[]) => virtualMachine({ volumes: list });

/** The same instance in every kind that describes one. */
export const everywhere = (changes: object): Record<string, object> => {
  const spec = instance({ ...changes });
  const machine = { runStrategy: "Always", template: { spec } };
  const api = "infrastructure.cluster.x-k8s.io/v1alpha1";
  return {
    "a VirtualMachine": object("kubevirt.io/v1", "VirtualMachine", { spec: machine }),
    "a VirtualMachine of an older version": object("kubevirt.io/v1alpha3", "VirtualMachine", { spec: machine }),
    "a patch": {
      type: "kubernetes:kubevirt.io/v1:VirtualMachinePatch",
      name: "web",
      props: { metadata: { name: "web", namespace: "shop" }, spec: machine },
    },
    "an instance": object("kubevirt.io/v1", "VirtualMachineInstance", { spec }),
    "a replica set": object("kubevirt.io/v1", "VirtualMachineInstanceReplicaSet", { spec: { template: { spec } } }),
    "a pool": object("pool.kubevirt.io/v1beta1", "VirtualMachinePool", {
      spec: { virtualMachineTemplate: { spec: machine } },
    }),
    "a machine of Cluster API": object(api, "KubevirtMachine", { spec: { virtualMachineTemplate: { spec: machine } } }),
    "a machine template": object(api, "KubevirtMachineTemplate", {
      spec: { template: { spec: { virtualMachineTemplate: { spec: machine } } } },
    }),
    "a list": {
      apiVersion: "v1",
      kind: "List",
      items: [object("kubevirt.io/v1", "VirtualMachine", { spec: machine })],
    },
  };
};
