import { parseBaseSettings } from "./parse";
import type { BaseSettings } from "./settings";

/** A machine as a stack file has it. */
export const machine = (role: string, last: number) => ({ role, address: `192.0.2.${last}` });

/** A good `firmament:base` of a stack file. */
export const base = {
  cluster: "berlin",
  endpoint: "https://192.0.2.10:6443",
  kubernetesVersion: "v1.34.4",
  talos: {
    version: "v1.13",
    installer: "registry.example/installer:v1.13.0",
    extensions: ["siderolabs/drbd"],
    installDisk: { serial: "S5G8*", size: ">= 100GB", type: "ssd" },
  },
  network: {
    nodeCidrs: ["192.0.2.0/24"],
    podCidrs: ["100.65.0.0/16"],
    serviceCidrs: ["10.96.0.0/16"],
    vip: { address: "192.0.2.10", link: "bond0" },
  },
  machines: {
    "cp-1": machine("controlplane", 11),
    "cp-2": machine("controlplane", 12),
    "cp-3": machine("controlplane", 13),
    "worker-1": machine("worker", 21),
  },
};

/** The same, parsed, with changes. */
export const settings = (change: object = {}): BaseSettings =>
  parseBaseSettings({ layer: "base", base: { ...base, ...change } });
