import { z } from "zod";
import { url } from "../../../core/schema";
import type { Problem } from "../../../core/problem";
import type { ManagementCluster, OwnSettings } from "../../component";
import { isRecipient } from "./recipient";

const SCHEDULE = /^(?:[\dA-Za-z*?,/-]+ ){4}[\dA-Za-z*?,/-]+$/;

export const backupSettings = {
  etcdBackup: {
    schedule: z
      .string()
      .regex(SCHEDULE, "must be five fields of cron: minute, hour, day, month, weekday")
      .default("17 */6 * * *")
      .describe("when a snapshot is taken, as cron has it, in UTC"),
    bucket: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be the name of an S3 bucket: 3 to 63 of a-z, 0-9, . and -")
      .exactOptional()
      .describe("S3 bucket that snapshots are written to; how long they are kept is a rule of its lifecycle"),
    endpoint: url(["https"], "https://s3.example")
      .exactOptional()
      .describe("https URL of the S3 API that has the bucket. Default: Amazon's of the region"),
    region: z
      .string()
      .regex(/^[a-z0-9-]+$/, "must be a region like eu-central-1")
      .default("us-east-1")
      .describe("region of the bucket; other implementations of S3 mostly take any"),
    prefix: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._/-]*$/, "must be a path like backups/berlin")
      .exactOptional()
      .describe("folder in the bucket. Default: the name of the management cluster"),
    recipient: z
      .string()
      .refine(isRecipient, "must be a public key of age (age1…), whole")
      .exactOptional()
      .describe(
        "public key of age that snapshots are encrypted for, as `age-keygen` prints it; its private key is kept elsewhere: without it no snapshot can be read",
      ),
  },
};

export type BackupSettings = OwnSettings<typeof backupSettings>;

/** What has to be said when the component is on. */
export function backupProblems({ etcdBackup: { bucket, recipient } }: BackupSettings): Problem[] {
  const missing = (key: string, rule: string, fix: string): Problem => ({
    where: `platform.etcdBackup.${key}`,
    given: "missing",
    rule,
    fix,
  });
  return [
    ...(bucket === undefined
      ? [missing("bucket", "says where snapshots are written to", "give the name of an S3 bucket")]
      : []),
    ...(recipient === undefined
      ? [
          missing(
            "recipient",
            "a snapshot holds every Secret of the cluster, and is encrypted before it leaves",
            "make a key with `age-keygen`, keep its private part apart from the bucket, and give the public one (age1…)",
          ),
        ]
      : []),
  ];
}

/** Talos gives pods no credentials unless the machines' configuration says so. */
export function accessProblems({ etcdBackups }: Pick<ManagementCluster, "etcdBackups">): Problem[] {
  if (etcdBackups === true) return [];
  return [
    {
      where: "platform.components.etcd-backup",
      given: "enabled",
      rule: "needs control planes that let its pod take snapshots (base.kubernetes.etcd.backups)",
      fix: "set base.kubernetes.etcd.backups to true and deploy the base stack first",
    },
  ];
}
