import { z } from "zod";
import { cidr, count, quantityText } from "../../core/schema";
import { auditSettings } from "../../kubernetes/settings/audit";
import { flags as flagsOf } from "../../kubernetes/settings/flags";
import { authenticationSettings } from "../../kubernetes/settings/authentication";
import { oidcSettings } from "../../kubernetes/settings/oidc";
import { ADDED_PLUGINS, REMOVED_PLUGINS } from "../admission-plugins";
import { gateway, ingress, loadBalancer } from "./exposure";
import { kubeadm, provider } from "./kubeadm-control-plane";
import { text } from "./text";

const flags = (program: string) => flagsOf(program, "Kamaji");

const amounts = z
  .strictObject({
    cpu: quantityText.exactOptional().describe("Cores, e.g. 500m."),
    memory: quantityText.exactOptional().describe("Memory, e.g. 1Gi."),
  })
  .meta({ title: "Compute amounts", description: "Cores and memory." });

const resources = z
  .strictObject({
    requests: amounts.prefault({}).describe("What each copy is given for sure."),
    limits: amounts.prefault({}).describe("What each copy may take at most. The quota has to have room for it."),
  })
  .meta({ title: "Compute resources" })
  .prefault({})
  .describe("What each copy takes. What is left out has a default.");

const admission = z
  .strictObject({
    add: z
      .array(
        z
          .enum(ADDED_PLUGINS, `must be one of ${ADDED_PLUGINS.join(", ")}: others are on, gone or need files`)
          .meta({ title: "Added plugin" }),
      )
      .default([])
      .describe("Plugins beside the usual ones."),
    remove: z
      .array(
        z
          .enum(REMOVED_PLUGINS, `must be one of ${REMOVED_PLUGINS.join(", ")}: the others protect the cluster`)
          .meta({ title: "Removed plugin" }),
      )
      .default([])
      .describe("Plugins to do without. Those that protect the cluster stay."),
  })
  .meta({ title: "Admission" })
  .prefault({})
  .describe("Admission plugins of the API server.");

export const controlPlane = z
  .strictObject({
    provider,
    kubeadm: kubeadm.exactOptional(),
    replicas: count(1, 5)
      .exactOptional()
      .describe(
        "Copies of the API server: pods, or machines with provider: kubeadm, of which there are 1, 3 or 5. Default: 3 in production, else 2 pods or 1 machine.",
      ),
    dataStore: text
      .min(1, "must name a DataStore")
      .exactOptional()
      .describe(
        "DataStore that holds the cluster's state, of those that the platform names. Default: the one that tenants share. A change moves the state to another of the same kind; nothing can be written meanwhile.",
      ),
    serviceType: z
      .enum(["LoadBalancer", "NodePort", "ClusterIP"], "must be LoadBalancer, NodePort or ClusterIP")
      .meta({ title: "Service type" })
      .default("LoadBalancer")
      .describe(
        "How the API server is reached; LoadBalancer takes an address of the platform's pool, ClusterIP is reached inside the management cluster, or by an ingress or gateway.",
      ),
    allowedSources: z
      .array(cidr)
      .default([])
      .describe("Networks that may connect to a LoadBalancer; none stands for all."),
    loadBalancer: loadBalancer.exactOptional(),
    ingress: ingress.exactOptional(),
    gateway: gateway.exactOptional(),
    certSANs: z
      .array(text.refine((san) => san !== "" && !san.includes(":"), "must be a name or address without port"))
      .default([])
      .describe("Further names and addresses in the API's certificate, without port."),
    admission,
    audit: auditSettings(
      "What the API server logs to its standard output, for the platform's log agents. Nothing, when it is left out. Of kinds that hold secrets it is who did what, never their content, whatever the rules say.",
    ).exactOptional(),
    oidc: oidcSettings.exactOptional(),
    authentication: authenticationSettings
      .exactOptional()
      .describe(
        "Whom people log in at, where that is more than one issuer, or tokens and users have to fulfil rules. In place of oidc.",
      ),
    apiServer: z
      .strictObject({ resources, extraArgs: flags("API servers") })
      .meta({ title: "Api server" })
      .prefault({})
      .describe("API servers."),
    controllerManager: z
      .strictObject({ resources, extraArgs: flags("controller managers") })
      .meta({ title: "Controller manager" })
      .prefault({})
      .describe("Controller managers."),
    scheduler: z
      .strictObject({ resources, extraArgs: flags("schedulers") })
      .meta({ title: "Scheduler" })
      .prefault({})
      .describe("Schedulers."),
    konnectivity: z
      .strictObject({
        version: text
          .regex(/^v0\.\d+\.\d+$/, "must be a version like v0.34.0")
          .exactOptional()
          .describe("Version of its images. Default: that of the cluster's minor, as far as it is published."),
        resources,
      })
      .meta({ title: "Konnectivity" })
      .prefault({})
      .describe("The API server's way to webhooks, logs and aggregated APIs."),
  })
  .meta({ title: "Control plane" });

export type ControlPlaneSettings = z.output<typeof controlPlane>;
export type ComponentResources = z.output<typeof resources>;
