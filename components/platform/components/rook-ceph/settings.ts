import { z } from "zod";
import type { Problem } from "../../../core/problem";
import { count } from "../../../core/schema";
import type { CommonSettings } from "../../common-settings";
import type { FixedSetting, ManagementCluster, OwnSettings } from "../../component";
import { workloadMachines } from "../../shared-values";

export const cephSettings = {
  storage: {
    ceph: z
      .strictObject({
        devices: z
          .string()
          .startsWith("/dev/", "must be a regular expression of paths like /dev/disk/by-path/.*-scsi-1.*")
          .describe("disks of every storage machine that Ceph takes as a whole, by their path: a regular expression"),
        machines: z
          .array(z.string())
          .min(1)
          .exactOptional()
          .describe("machines of the base stack that keep volumes; default: those that pods run on"),
        copies: count(2, 5)
          .default(3)
          .describe("copies of a volume, each on a machine of its own; a volume stops while fewer than most are left"),
      })
      .exactOptional()
      .describe("Ceph's disks and copies; needed where rook-ceph is on"),
  },
};

export type CephSettings = CommonSettings & OwnSettings<typeof cephSettings>;
export type Ceph = NonNullable<CephSettings["storage"]["ceph"]>;

export function cephOf({ storage: { ceph } }: CephSettings): Ceph {
  // check() has refused a platform without it
  if (ceph === undefined) throw new TypeError("platform.storage.ceph: missing");
  return ceph;
}

/** By the tier alone, so that rules about storage classes can count on it. */
export function encryptedDisks({ tier }: CommonSettings): boolean {
  return tier === "production";
}

export function storageMachines({ storage: { ceph } }: CephSettings, management: ManagementCluster): readonly string[] {
  return ceph?.machines ?? workloadMachines(management);
}

/** Monitors: most of them have to be there for anything to be written. */
export function monitors(settings: CephSettings, management: ManagementCluster): number {
  return storageMachines(settings, management).length >= 5 && settings.tier === "production" ? 5 : 3;
}

export function missingSettings({ storage: { ceph } }: CephSettings): Problem[] {
  return ceph === undefined
    ? [
        {
          where: "platform.storage.ceph",
          given: "missing",
          rule: "says which disks Ceph takes, each as a whole",
          fix: "give devices, or switch platform.components.rook-ceph off",
        },
      ]
    : [];
}

export function machineProblems(settings: CephSettings, management: ManagementCluster): Problem[] {
  const machines = storageMachines(settings, management);
  const distinct = new Set(machines).size;
  const { copies } = cephOf(settings);
  const fix = "give more machines to the base stack or to platform.storage.ceph.machines";
  return [
    ...machines
      .filter((name) => !(name in management.machines))
      .map((given) => ({
        where: "platform.storage.ceph.machines",
        given,
        rule: "must be a machine of the base stack",
        fix: `correct the name: ${Object.keys(management.machines).join(", ")}`,
      })),
    ...(copies > distinct
      ? [
          {
            where: "platform.storage.ceph.copies",
            given: String(copies),
            rule: `must not be more than the ${distinct} machines that keep volumes (${machines.join(", ")})`,
            fix: `give fewer copies, or ${fix.slice("give ".length)}`,
          },
        ]
      : []),
    ...(distinct < 3
      ? [
          {
            where: "platform.components.rook-ceph",
            given: `${distinct} machines that keep volumes`,
            rule: "needs three: its monitors decide by majority, each on a machine of its own",
            fix,
          },
        ]
      : []),
  ];
}

export function fixedSettings({ tier }: CommonSettings): Readonly<Record<string, FixedSetting>> {
  return {
    "platform.tier": {
      value: tier,
      rule: "is fixed once Ceph has disks: those of production are encrypted, those of development are not",
      fix: "set it to what it was; another tier goes to another cloud",
    },
  };
}
