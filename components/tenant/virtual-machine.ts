import { mirrored } from "../kubernetes/image-mirror";
import type { KubevirtMachineTemplateSpec, RootVolume, VirtualMachineSpec } from "./kinds/kubevirt-infrastructure";
import { namespaceOf, POOL_LABEL, tenantLabels } from "./names";
import type { NodePool, Tenant } from "./settings";

/** A pool under the name of its objects. */
type Machines = Pick<NodePool, "cpus" | "memory" | "image" | "disk"> & { readonly objects: string };

/** What the virtual machines of a pool are made of. */
export function machineTemplateSpec(tenant: Tenant, pool: Machines): KubevirtMachineTemplateSpec {
  return {
    template: {
      spec: {
        virtualMachineBootstrapCheck: { checkStrategy: "none" },
        virtualMachineTemplate: {
          metadata: { namespace: namespaceOf(tenant.name) },
          spec: virtualMachine(tenant, pool),
        },
      },
    },
  };
}

function virtualMachine(tenant: Tenant, pool: Machines): VirtualMachineSpec {
  const { volume, ...strategy } = rootDisk(tenant, pool);
  return {
    ...strategy,
    template: {
      metadata: {
        labels: { ...tenantLabels(tenant.name), [POOL_LABEL]: pool.objects },
        annotations: { "kubevirt.io/allow-pod-bridge-network-live-migration": "true" },
      },
      spec: {
        domain: {
          cpu: { cores: pool.cpus, sockets: 1, threads: 1 },
          memory: { guest: pool.memory },
          // limits are written down so that the namespace's defaults, made for small helpers, never apply; requests
          // for cores stay with the platform's overcommit
          resources: { limits: { cpu: String(pool.cpus), memory: pool.memory } },
          devices: {
            disks: [{ name: "root", disk: { bus: "virtio" } }],
            // masquerade would give every machine one and the same address, and every kubelet would register it
            interfaces: [{ name: "default", model: "virtio", bridge: {} }],
            rng: {},
          },
        },
        // the infrastructure provider drains the guest's node before its virtual machine goes
        evictionStrategy: "External",
        networks: [{ name: "default", pod: {} }],
        terminationGracePeriodSeconds: 180,
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: "kubernetes.io/hostname",
            whenUnsatisfiable: "ScheduleAnyway",
            labelSelector: { matchLabels: { [POOL_LABEL]: pool.objects } },
          },
        ],
        volumes: [{ name: "root", ...volume }],
      },
    },
  };
}

/** The disk that a machine boots from, and whether it boots again after it stopped. */
interface RootDisk extends Pick<VirtualMachineSpec, "runStrategy" | "dataVolumeTemplates"> {
  readonly volume: RootVolume;
}

/**
 * A machine with a disk of its own starts again: it has its kubelet's certificate, and cloud-init, which knows instances
 * by the name of the machine, does not join a second time. Machines are drained, not migrated: one host at a time has
 * the disk.
 *
 * A container disk is blank again at every start, and the join token in the machine's user data ends 15 minutes after the
 * node has joined: what started again would never become a node. With `Once` KubeVirt leaves a machine that ended as it is
 * (1.8, virt-controller, syncRunStrategy), the provider reports it as failed (0.11.2, IsTerminal), and the health check
 * replaces it.
 */
function rootDisk({ platform }: Tenant, { image: given, disk }: Machines): RootDisk {
  const image = mirrored(given, platform.mirror.images);
  if (disk === undefined) return { runStrategy: "Once", volume: { containerDisk: { image } } };
  const { size, storageClass = platform.storageClass } = disk;
  return {
    runStrategy: "Always",
    dataVolumeTemplates: [
      {
        metadata: { name: "root" },
        spec: {
          source: { registry: { url: `docker://${image}`, pullMethod: "node" } },
          storage: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: size } },
            storageClassName: storageClass,
          },
        },
      },
    ],
    volume: { dataVolume: { name: "root" } },
  };
}
