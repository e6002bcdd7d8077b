import { z } from "zod";

const text = z.string().regex(/^\S+$/, "must not be empty, nor hold spaces");
const texts = z.array(text).min(1);

const auditRule = z
  .strictObject({
    level: z
      .enum(["None", "Metadata", "Request", "RequestResponse"])
      .meta({ title: "Audit rule level" })
      .describe("What is logged: nothing, who did what, also what was sent, also what was answered."),
    users: texts.exactOptional().describe("Users, e.g. system:kube-scheduler. All, when it is left out."),
    userGroups: texts.exactOptional().describe("Groups of users, any of them. All, when it is left out."),
    verbs: texts.exactOptional().describe("Verbs like get and update. All, when it is left out."),
    namespaces: texts.exactOptional().describe("Namespaces. All, when it is left out."),
    resources: z
      .array(
        z
          .strictObject({
            group: z.string().default("").describe("API group, like apps. The core group, when it is left out."),
            resources: texts
              .exactOptional()
              .describe("Kinds in plural, like pods or pods/log. All, when it is left out."),
            resourceNames: texts.exactOptional().describe("Names of objects. All, when it is left out."),
          })
          .meta({ title: "Audited kinds" }),
      )
      .min(1)
      .exactOptional()
      .describe("Kinds of objects, any of them. Everything, when it is left out."),
    nonResourceURLs: z
      .array(z.string().regex(/^(\/[^*\s]*\*?|\*)$/, "must be a path like /healthz*, with * at its end only"))
      .min(1)
      .exactOptional()
      .describe("Paths of requests that are about no object, like /healthz*."),
  })
  .meta({ title: "Audit rule", description: "What is logged of some requests." });

export const auditSettings = (description: string) =>
  z
    .strictObject({
      level: z
        .enum(["Metadata", "Request", "RequestResponse"])
        .meta({ title: "Audit level" })
        .default("Metadata")
        .describe("What is logged of requests that no rule is about."),
      rules: z.array(auditRule).default([]).describe("Rules, of which the first that fits a request counts."),
    })
    .meta({ title: "Audit" })
    .describe(description);

export type Audit = z.output<ReturnType<typeof auditSettings>>;
export type AuditRule = z.output<typeof auditRule>;
