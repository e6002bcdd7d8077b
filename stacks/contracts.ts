import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { InvalidInput, type Problem } from "../components/core/problem";
import { ruleOf } from "../components/core/schema-messages";

/** What one layer promises to the next: named, versioned, with its secrets marked once and for all. */
export interface Contract<S extends z.ZodRawShape> {
  readonly layer: string;
  /** Raised whenever a consumer of the older one could not use the newer. */
  readonly version: number;
  readonly schema: z.ZodObject<S, z.core.$strict>;
  readonly secrets: ReadonlySet<string>;
}

/** A contract of any layer. */
export type AnyContract = Pick<Contract<z.ZodRawShape>, "layer" | "version" | "secrets"> & {
  readonly schema: z.ZodObject;
};

export type Terms<C> = C extends Contract<infer S> ? z.output<z.ZodObject<S, z.core.$strict>> : never;

function contract<S extends z.ZodRawShape>(
  layer: string,
  version: number,
  shape: S,
  secrets: readonly (keyof S & string)[],
): Contract<S> {
  return { layer, version, schema: z.strictObject(shape), secrets: new Set(secrets) };
}

const networks = { podCidrs: z.array(z.string()), serviceCidrs: z.array(z.string()), dnsDomain: z.string() };

/** The management cluster: machines, their networks, and how to reach Kubernetes and Talos. */
export const baseContract = contract(
  "base",
  1,
  {
    /** Name of the management cluster. */
    cluster: z.string(),
    /** https URL of its Kubernetes API. */
    endpoint: z.string(),
    /** Version of its control plane, v1.34.4. */
    kubernetesVersion: z.string(),
    /** Version of its kubelets, which follow the control plane in a run of their own. Older stacks do not say. */
    kubeletVersion: z.string().optional(),
    nodeCidrs: z.array(z.string()),
    ...networks,
    /** Image that installs Talos on machines without a class of their own. */
    installer: z.string(),
    /** System extensions that the images of all machines carry, as the image factory names them: siderolabs/drbd. */
    extensions: z.array(z.string()),
    /** What the image factory offers of the machines' images, by class. Older stacks do not say. */
    images: z.record(z.string(), z.record(z.string(), z.string())).optional(),
    /** Whether its keys were made by something else. Older stacks do not say: they were not. */
    adopted: z.boolean().optional(),
    /** Whether pods of namespace etcd-backup may take snapshots of etcd. Older stacks do not say: they may not. */
    etcdBackups: z.boolean().optional(),
    /** Networks that reach every port of the machines: all where they have no firewall. Older stacks do not say. */
    reachableFrom: z.array(z.string()).optional(),
    machines: z.record(
      z.string(),
      z.strictObject({
        role: z.enum(["controlplane", "worker"]),
        address: z.string(),
        /** Of its Talos API, where it is not the address. */
        endpoint: z.string().optional(),
        /** Image that it was installed from or upgraded to. Older stacks do not say what follows. */
        installer: z.string().optional(),
        /** System extensions in it. */
        extensions: z.array(z.string()).optional(),
      }),
    ),
    kubeconfig: z.string(),
    talosconfig: z.string(),
  },
  ["kubeconfig", "talosconfig"],
);

/** What tenants build on. The kubeconfig is passed on so that a tenant depends on its platform only. */
export const platformContract = contract(
  "platform",
  1,
  {
    cluster: z.string(),
    /** All networks in use by the management cluster: machines, pods, services, joins, load balancers. */
    networks: z.record(z.string(), z.string()),
    /** Settings that cannot change, by their path; the platform's own next deployment reads them. */
    fixed: z.record(z.string(), z.string()).optional(),
    /** Versions by chart and provider of Cluster API; the platform's own next deployment reads them. Older stacks do not say. */
    versions: z.record(z.string(), z.string()).optional(),
    /** What its next deployment says of changes to releases: versions, and digests of values. Older stacks do not say. */
    releases: z
      .record(
        z.string(),
        z.strictObject({
          version: z.string(),
          content: z.string().exactOptional(),
          values: z.record(z.string(), z.string()),
        }),
      )
      .optional(),
    /** Name of the Kamaji DataStore that holds the tenants' state. */
    dataStore: z.string(),
    /** Others by name that a tenant can choose, and where they answer. Older stacks do not say. */
    dataStores: z.record(z.string(), z.strictObject({ networks: z.array(z.string()), port: z.number() })).optional(),
    /** StorageClass for volumes of virtual machines. */
    storageClass: z.string(),
    /**
     * All its StorageClasses, and what tenants can do with them. Older stacks do not say: tenants have that one then.
     */
    storageClasses: z
      .record(
        z.string(),
        z.strictObject({ shared: z.boolean(), expandable: z.boolean(), snapshotClass: z.string().exactOptional() }),
      )
      .optional(),
    /** What tenants can be made of: images by Kubernetes version, sizes of machines. Stacks that offer nothing do not say. */
    offers: z
      .strictObject({
        versions: z.record(z.string(), z.string()),
        sizes: z.record(
          z.string(),
          z.strictObject({ cpus: z.number(), memory: z.string(), disk: z.string().exactOptional() }),
        ),
        mostMachines: z.number(),
      })
      .optional(),
    /** Helm repository and image registry that replace upstream's; empty where upstream is used. */
    mirror: z.strictObject({ charts: z.string().optional(), images: z.string().optional() }),
    /** What its components provide, by capability. Older stacks do not say. */
    capabilities: z.array(z.string()).optional(),
    /** The pod network that machines of tenants are part of, and what tunnels through it have to know. Older stacks do not say. */
    outerNetwork: z.strictObject({ network: z.string(), mtu: z.number(), tunnelPorts: z.array(z.number()) }).optional(),
    /**
     * Chart of the pod network that tenants install: the version that the platform itself runs, from its mirror where it
     * has one. The repository is a Helm repository's URL or the oci:// folder of the chart.
     */
    podNetwork: z.strictObject({ chart: z.string(), version: z.string(), repository: z.string() }),
    kubeconfig: z.string(),
  },
  ["kubeconfig"],
);

/** A tenant's cluster, for programs that deploy into it. */
export const tenantContract = contract(
  "tenant",
  1,
  {
    cluster: z.string(),
    /** Namespace of the management cluster that holds the tenant's machines. */
    namespace: z.string(),
    endpoint: z.string(),
    /** Version of its control plane, v1.34.4. */
    kubernetesVersion: z.string(),
    /** Version of the machines of each pool, by its name: that of their image. */
    nodeVersions: z.record(z.string(), z.string()),
    podCidr: z.string(),
    serviceCidr: z.string(),
    kubeconfig: z.string(),
  },
  ["kubeconfig"],
);

/** The outputs of a producing stack. Every term is published, secrets as secrets. */
export function publish<S extends z.ZodRawShape>(
  of: Contract<S>,
  terms: { readonly [K in keyof S]: pulumi.Input<z.output<S[K]>> },
): Record<string, pulumi.Output<unknown>> {
  const outputs: Record<string, pulumi.Output<unknown>> = {};
  for (const [key, value] of Object.entries(terms)) {
    // the engine warns of outputs without a value
    if (value === undefined) continue;
    outputs[key] = of.secrets.has(key) ? pulumi.secret(value) : pulumi.output(value);
  }
  return { ...outputs, contract: pulumi.output(label(of)) };
}

/**
 * Checks what a producing stack published. Pure, so that it can be tested without a stack.
 *
 * @throws InvalidInput naming the stack, what is missing and the command that publishes it.
 */
export function accept<S extends z.ZodRawShape>(
  of: Contract<S>,
  stack: string,
  outputs: Readonly<Record<string, unknown>>,
): Terms<Contract<S>> {
  const { contract: published, ...terms } = outputs;
  const fix = `run \`pulumi up --stack ${stack}\` first`;
  const refuse = (problems: readonly Problem[]) => new InvalidInput(`stack ${stack}`, problems);
  if (published !== label(of)) {
    const given = published === undefined ? "nothing published yet" : String(published);
    throw refuse([{ where: `${stack}.contract`, given, rule: `must be ${label(of)}`, fix }]);
  }
  const parsed = of.schema.safeParse(terms, { reportInput: true, error: ruleOf });
  if (parsed.success) return parsed.data as Terms<Contract<S>>;
  throw refuse(
    parsed.error.issues.map((issue) => ({
      where: `${stack}.${issue.path.join(".")}`,
      // a term that a newer program needs and an older deployment did not publish
      given: issue.input === undefined ? "not published" : "does not fit",
      rule: issue.message,
      fix,
    })),
  );
}

/**
 * The terms of another stack, plain: a program can check them before it registers its first resource. Secret terms are
 * plain text here; the resources that they are passed to make them secret again (`pulumi.secret`).
 */
export async function consume<S extends z.ZodRawShape>(of: Contract<S>, stack: string): Promise<Terms<Contract<S>>> {
  return accept(of, shortName(stack), await outputsOf(stack, ["contract", ...Object.keys(of.schema.shape)]));
}

/**
 * Outputs of a stack's last deployment: what a program deployed the last time it ran. Several at once, for a program can
 * refer to a stack once; those that were not published are left out.
 */
export function lastOutputs(stack: string, names: readonly string[]): Promise<Record<string, unknown>> {
  return outputsOf(stack, names);
}

async function outputsOf(stack: string, names: readonly string[]): Promise<Record<string, unknown>> {
  await refuseUnknown(stack);
  const reference = new pulumi.StackReference(stack);
  const outputs: Record<string, unknown> = {};
  for (const name of names) {
    const { value, secretValue } = await reference.getOutputDetails(name);
    const output: unknown = value ?? secretValue;
    if (output !== undefined) outputs[name] = output;
  }
  return outputs;
}

/**
 * A StackReference to a stack that was never made ends the deployment inside the engine, with a message that does not
 * say what to do. The function behind it can be asked first.
 *
 * @throws InvalidInput naming the stack and the command that makes it.
 */
async function refuseUnknown(stack: string): Promise<void> {
  try {
    await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name: stack });
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes("unknown stack")) throw error;
    const name = shortName(stack);
    throw new InvalidInput(`stack ${name}`, [
      {
        where: name,
        given: "no such stack",
        rule: "must be deployed before",
        fix: `run \`pulumi up --stack ${name}\` first`,
      },
    ]);
  }
}

/** organization/project/stack → stack, as it is given to `--stack`. */
function shortName(stack: string): string {
  return stack.split("/").at(-1) ?? stack;
}

function label({ layer, version }: Pick<Contract<z.ZodRawShape>, "layer" | "version">): string {
  return `${layer}/${version}`;
}
