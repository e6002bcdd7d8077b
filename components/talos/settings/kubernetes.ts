import { z } from "zod";
import { count } from "../../core/schema";
import { auditSettings } from "../../kubernetes/settings/audit";
import { flags as flagsOf } from "../../kubernetes/settings/flags";
import { evictionHard, reserved } from "../../kubernetes/settings/kubelet";
import { oidcSettings } from "../../kubernetes/settings/oidc";

const flags = (program: string) => flagsOf(program, "Talos");

const audit = auditSettings(
  "What API servers log, on the machines below /var/log/audit/kube. Of kinds that hold secrets (Secrets, ConfigMaps, " +
    "tokens, virtual machines and bootstrap data) it is who did what, never their content, whatever the rules say.",
).prefault({});

const oidc = oidcSettings.exactOptional();

const kubelet = z
  .strictObject({
    maxPods: count(10, 1000).exactOptional().describe("Pods of a machine at most. Default: 110."),
    systemReserved: reserved(
      "Talos",
      "What is left out is as Talos has it: 50m, 512Mi (workers 384Mi), 256Mi.",
    ).exactOptional(),
    kubeReserved: reserved("Kubernetes", "Nothing, when it is left out.").exactOptional(),
    evictionHard: evictionHard.exactOptional(),
    extraArgs: flags("kubelets"),
  })
  .prefault({})
  .describe("Kubelets of all machines.");

const etcd = z
  .strictObject({
    quota: z
      .string()
      .regex(/^[2-8]Gi$/, "must be 2Gi to 8Gi")
      .exactOptional()
      .describe(
        "Size of the database at which etcd takes no writes any more. Default: etcd's, 2Gi. Storage and virtual machines " +
          "bring many objects: 8Gi, with memory for it.",
      ),
    heartbeatInterval: count(50, 5000)
      .exactOptional()
      .describe("Milliseconds between signs of life; about the time that a packet takes there and back. Default: 100."),
    electionTimeout: count(500, 50_000)
      .exactOptional()
      .describe("Milliseconds without a sign of life until members elect a leader. Default: 1000."),
    backups: z
      .boolean()
      .default(false)
      .describe(
        "Whether pods of the namespace etcd-backup may take snapshots of etcd, and nothing else, at the Talos API of the " +
          "control planes. Needed by the platform's component etcd-backup.",
      ),
    extraArgs: flags("etcd"),
  })
  .prefault({})
  .describe("etcd on the control planes.");

/** Kubernetes on the machines. */
export const kubernetes = z
  .strictObject({
    featureGates: z
      .record(z.string().regex(/^[A-Z][A-Za-z0-9]*$/, "must be the name of a feature gate"), z.boolean())
      .default({})
      .describe("Feature gates of API servers, controller managers, schedulers and kubelets."),
    apiServer: z
      .strictObject({ audit, oidc, extraArgs: flags("API servers") })
      .prefault({})
      .describe("API servers."),
    controllerManager: z
      .strictObject({ extraArgs: flags("controller managers") })
      .prefault({})
      .describe("Controller managers."),
    scheduler: z
      .strictObject({ extraArgs: flags("schedulers") })
      .prefault({})
      .describe("Schedulers."),
    kubelet,
    etcd,
  })
  .prefault({})
  .describe("Kubernetes on the machines, beyond what the cloud needs. What is not said is as Talos has it.");

export type Kubernetes = z.output<typeof kubernetes>;
