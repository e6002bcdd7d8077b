import * as fs from "node:fs";
import * as path from "node:path";
import * as command from "@pulumi/command";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** A program with one resource of each kind that a layer's own program has, one after the other. */
export interface SmallProgram {
  readonly layer: "platform" | "tenant";
  /** Each makes, changes, replaces and deletes something. */
  readonly version: number;
  readonly kubeconfig: string;
  /** Folder of a chart, see `writeChart`. */
  readonly chart: string;
}

/** Namespace of a small program's objects. */
export const namespaceOf = (layer: SmallProgram["layer"]) => `small-${layer}`;

/** A chart with one object, which says its version. */
export function writeChart(folder: string): void {
  fs.mkdirSync(path.join(folder, "templates"), { recursive: true });
  fs.writeFileSync(path.join(folder, "Chart.yaml"), "apiVersion: v2\nname: small\nversion: 0.0.1\n");
  const object =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: released }\ndata: { at: {{ .Values.at | quote }} }\n";
  fs.writeFileSync(path.join(folder, "templates", "object.yaml"), object);
}

export function smallProgram(of: SmallProgram): () => Promise<Record<string, unknown>> {
  return async () => {
    const { layer, version, kubeconfig } = of;
    const provider = new k8s.Provider("management", {
      kubeconfig: pulumi.secret(kubeconfig),
      clusterIdentifier: "small",
    });
    const at = `v${version}`;
    const space = namespaceOf(layer);
    const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: space } }, { provider });
    let before: pulumi.Resource = namespace;
    /** Each after the one before it, so that a deployment can end between any two. */
    const next = <R extends pulumi.Resource>(make: (options: pulumi.CustomResourceOptions) => R): R => {
      const made = make({ provider, dependsOn: [before] });
      before = made;
      return made;
    };
    const map = (name: string, more: object = {}) =>
      next((options) => {
        const args = { metadata: { name, namespace: space }, data: { at }, ...more };
        return new k8s.core.v1.ConfigMap(name, args, { ...options, deleteBeforeReplace: true });
      });
    map("changed");
    map(`only-${at}`);
    map("replaced", { immutable: true });
    if (layer === "platform") platform(of, space, next);
    else tenant(of, space, next);
    map("last");
    return { version, secret: pulumi.secret(`${layer} ${at}`) };
  };
}

type Next = <R extends pulumi.Resource>(make: (options: pulumi.CustomResourceOptions) => R) => R;

function platform({ version, chart }: SmallProgram, namespace: string, next: Next): void {
  const names = { plural: "smalls", singular: "small", kind: "Small" };
  next(
    (options) =>
      new k8s.apiextensions.v1.CustomResourceDefinition(
        "definition",
        {
          metadata: { name: "smalls.example.com" },
          spec: {
            group: "example.com",
            scope: "Namespaced",
            names,
            versions: [
              {
                name: "v1",
                served: true,
                storage: true,
                schema: { openAPIV3Schema: { type: "object", x_kubernetes_preserve_unknown_fields: true } },
              },
            ],
          },
        },
        options,
      ),
  );
  const values = { at: `v${version}` };
  next(
    (options) => new k8s.helm.v3.Release("release", { name: "small", namespace, chart, values, timeout: 60 }, options),
  );
  next((options) => {
    const spec = { at: `v${version}` };
    const metadata = { name: "custom", namespace };
    return new k8s.apiextensions.CustomResource(
      "custom",
      { apiVersion: "example.com/v1", kind: "Small", metadata, spec },
      options,
    );
  });
}

function tenant({ version }: SmallProgram, namespace: string, next: Next): void {
  const metadata = (name: string) => ({ name, namespace });
  next((options) => {
    const spec = { hard: { configmaps: String(20 + version) } };
    return new k8s.core.v1.ResourceQuota("quota", { metadata: metadata("quota"), spec }, options);
  });
  next((options) => {
    const spec = { podSelector: { matchLabels: { at: `v${version}` } }, policyTypes: ["Ingress"] };
    return new k8s.networking.v1.NetworkPolicy("policy", { metadata: metadata("policy"), spec }, options);
  });
  next((options) => {
    const stringData = { key: pulumi.secret(`hidden v${version}`) };
    return new k8s.core.v1.Secret("secret", { metadata: metadata("secret"), stringData }, options);
  });
  next(({ dependsOn }) => {
    const create = `echo v${version}`;
    return new command.local.Command(
      "command",
      { create, triggers: [version] },
      dependsOn === undefined ? {} : { dependsOn },
    );
  });
}
