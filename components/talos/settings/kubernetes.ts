import { z } from "zod";
import { count, url } from "../../core/schema";
import { certificate } from "./certificate";

const text = z.string().regex(/^\S+$/, "must not be empty, nor hold spaces");
const texts = z.array(text).min(1);

const flags = (program: string) =>
  z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]*$/, "must be the name of a flag without its dashes, like goaway-chance"),
      z.string().regex(/^[^\s].*$/, "must be the value of the flag, as text"),
    )
    .default({})
    .describe(
      `Flags of ${program} that nothing else says, without their dashes. Those that settings decide, that Talos sets or ` +
        "that weaken the cluster are refused.",
    );

const auditRule = z.strictObject({
  level: z
    .enum(["None", "Metadata", "Request", "RequestResponse"])
    .describe("What is logged: nothing, who did what, also what was sent, also what was answered."),
  users: texts.exactOptional().describe("Users, e.g. system:kube-scheduler. All, when it is left out."),
  userGroups: texts.exactOptional().describe("Groups of users, any of them. All, when it is left out."),
  verbs: texts.exactOptional().describe("Verbs like get and update. All, when it is left out."),
  namespaces: texts.exactOptional().describe("Namespaces. All, when it is left out."),
  resources: z
    .array(
      z.strictObject({
        group: z.string().default("").describe("API group, like apps. The core group, when it is left out."),
        resources: texts.exactOptional().describe("Kinds in plural, like pods or pods/log. All, when it is left out."),
        resourceNames: texts.exactOptional().describe("Names of objects. All, when it is left out."),
      }),
    )
    .min(1)
    .exactOptional()
    .describe("Kinds of objects, any of them. Everything, when it is left out."),
  nonResourceURLs: z
    .array(z.string().regex(/^(\/[^*\s]*\*?|\*)$/, "must be a path like /healthz*, with * at its end only"))
    .min(1)
    .exactOptional()
    .describe("Paths of requests that are about no object, like /healthz*."),
});

const audit = z
  .strictObject({
    level: z
      .enum(["Metadata", "Request", "RequestResponse"])
      .default("Metadata")
      .describe("What is logged of requests that no rule is about."),
    rules: z.array(auditRule).default([]).describe("Rules, of which the first that fits a request counts."),
  })
  .prefault({})
  .describe(
    "What API servers log, on the machines below /var/log/audit/kube. Of kinds that hold secrets (Secrets, ConfigMaps, " +
      "tokens, virtual machines and bootstrap data) it is who did what, never their content, whatever the rules say.",
  );

const prefix = z
  .string()
  .regex(
    /^(?!system:)[A-Za-z][A-Za-z0-9._-]*[:#/]$/,
    "must end in :, # or / and not begin with system: names without it could be those that Kubernetes trusts",
  );

const oidc = z
  .strictObject({
    issuer: url(["https"], "https://id.example.com/realms/cloud")
      .regex(/^[^?#]*$/, "must be a URL without query and fragment")
      .describe("URL of the issuer, as its tokens name it. API servers fetch its keys from there."),
    clientId: text.describe("Client that tokens must be made for (aud)."),
    usernameClaim: text.default("sub").describe("Claim that names the user."),
    usernamePrefix: prefix.default("oidc:").describe("What names of users begin with in the cluster."),
    groupsClaim: text.exactOptional().describe("Claim that lists the user's groups. None, when it is left out."),
    groupsPrefix: prefix.default("oidc:").describe("What names of groups begin with in the cluster."),
    ca: certificate
      .exactOptional()
      .describe(
        "Certificate in PEM of the authority that signed the issuer's. The well-known ones, when it is left out.",
      ),
  })
  .exactOptional()
  .describe("Whom people log in at (OpenID Connect). Nobody but holders of a kubeconfig, when it is left out.");

const size = z.string().regex(/^[1-9][0-9]*(Mi|Gi)$/, "must be a size like 512Mi or 4Gi");
const cpu = z.string().regex(/^[1-9][0-9]*m?$/, "must be cores like 500m or 2");
const threshold = z.string().regex(/^([1-9][0-9]?%|[1-9][0-9]*(Mi|Gi))$/, "must be a share or a size, like 10% or 1Gi");

const reserved = (whom: string, rest: string) =>
  z
    .strictObject({
      cpu: cpu.exactOptional().describe("Cores, like 500m."),
      memory: size.exactOptional().describe("Memory, like 1Gi."),
      ephemeralStorage: size.exactOptional().describe("Room on the system disk, like 1Gi."),
    })
    .exactOptional()
    .describe(`What pods do not get because ${whom} needs it. ${rest}`);

const kubelet = z
  .strictObject({
    maxPods: count(10, 1000).exactOptional().describe("Pods of a machine at most. Default: 110."),
    systemReserved: reserved("Talos", "What is left out is as Talos has it: 50m, 512Mi (workers 384Mi), 256Mi."),
    kubeReserved: reserved("Kubernetes", "Nothing, when it is left out."),
    evictionHard: z
      .strictObject({
        memory: threshold.exactOptional().describe("Free memory. Default: 100Mi."),
        nodeFs: threshold.exactOptional().describe("Free room on the system disk. Default: 10%."),
        nodeFsInodes: threshold.exactOptional().describe("Free inodes of the system disk. Default: 5%."),
        imageFs: threshold.exactOptional().describe("Free room for images. Default: 15%."),
      })
      .exactOptional()
      .describe("When pods are evicted because less than that is left."),
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
export type AuditRule = z.output<typeof auditRule>;
