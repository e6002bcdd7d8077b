import type { FinalizerOwner } from "./owners";

/** Seconds. */
export interface Patience {
  /** Between two looks at the namespace. */
  readonly poll: number;
  /** How long something may wait before it is named. */
  readonly first: number;
  /** How often it is named again. */
  readonly again: number;
  /** How long nothing may be under deletion before it is over. */
  readonly idle: number;
}

/**
 * Until KUBE_UNTIL, the path of an object, of KUBE_HOST is gone: names on standard error every object of KUBE_NAMESPACE that
 * waits for its finalizers, who takes them away, whether that runs, and what to do. Ends with 1 after KUBE_SECONDS. Its text
 * is the program of a command: it uses nothing from outside itself.
 */
export function reportWaiting(patience: Patience, owners: readonly FinalizerOwner[]): void {
  interface Found {
    readonly kind: string;
    readonly resource: string;
    readonly name: string;
    readonly finalizers: readonly string[];
    readonly managers: Readonly<Record<string, string>>;
  }
  interface Metadata {
    readonly name: string;
    readonly deletionTimestamp?: string;
    readonly finalizers?: readonly string[];
    readonly managedFields?: readonly { readonly manager?: string; readonly fieldsV1?: unknown }[];
  }
  interface Kinds {
    readonly items?: readonly {
      readonly metadata: { readonly name?: string };
      readonly versions: readonly {
        readonly version: string;
        readonly freshness?: string;
        readonly resources: readonly {
          readonly resource: string;
          readonly scope: string;
          /** Null where nothing can be done with it. */
          readonly verbs: readonly string[] | null;
          readonly responseKind?: { readonly kind: string };
        }[];
      }[];
    }[];
  }
  const host = process.env["KUBE_HOST"] ?? "";
  const namespace = process.env["KUBE_NAMESPACE"] ?? "";
  const until = process.env["KUBE_UNTIL"] ?? "";
  const most = Number(process.env["KUBE_SECONDS"]);
  const { request } = process.getBuiltinModule(host.startsWith("http:") ? "node:http" : "node:https");
  const decoded = (name: string) => Buffer.from(process.env[name] ?? "", "base64");
  const tls = { ca: decoded("KUBE_CA"), cert: decoded("KUBE_CERT"), key: decoded("KUBE_KEY") };

  const get = <T>(path: string, accept = "application/json") =>
    new Promise<T | undefined>((resolve, reject) => {
      const call = request(`${host}${path}`, { ...tls, timeout: 10_000, headers: { accept } }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => (body += text));
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode === 404) resolve(undefined);
          else if (response.statusCode === 200) resolve(JSON.parse(body) as T);
          else reject(new Error(`${path}: answered ${response.statusCode}`));
        });
      });
      call.on("timeout", () => call.destroy(new Error(`${path}: no answer in 10 s`)));
      call.on("error", reject);
      call.end();
    });
  const wait = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

  /** Collections of the namespace: one version of each kind. */
  const collections = async () => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const found = new Map<string, { readonly path: string; readonly kind: string; readonly resource: string }>();
    for (const root of ["/api", "/apis"]) {
      for (const { metadata, versions } of (await get<Kinds>(root, accept))?.items ?? []) {
        const group = metadata.name ?? "";
        for (const { version, resources } of versions.filter(({ freshness }) => freshness !== "Stale")) {
          for (const { resource, scope, verbs, responseKind } of resources) {
            const key = group === "" ? resource : `${resource}.${group}`;
            const whole = verbs?.includes("list") === true && verbs.includes("delete");
            if (scope !== "Namespaced" || !whole || found.has(key)) continue;
            const at = group === "" ? `/api/${version}` : `${root}/${group}/${version}`;
            const path = `${at}/namespaces/${namespace}/${resource}`;
            found.set(key, { path, kind: responseKind?.kind ?? resource, resource: key });
          }
        }
      }
    }
    return [...found.values()];
  };

  const terminating = async (places: Awaited<ReturnType<typeof collections>>): Promise<Found[]> => {
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
    const all: Found[] = [];
    for (const { path, kind, resource } of places) {
      const list = await get<{ items?: { metadata: Metadata }[] }>(path, accept).catch(() => undefined);
      for (const { metadata } of list?.items ?? []) {
        const { name, deletionTimestamp, finalizers = [], managedFields = [] } = metadata;
        if (deletionTimestamp === undefined) continue;
        const managers: Record<string, string> = {};
        for (const finalizer of finalizers) {
          const writer = managedFields.find(({ fieldsV1 }) => JSON.stringify(fieldsV1 ?? {}).includes(finalizer));
          if (writer?.manager !== undefined) managers[finalizer] = writer.manager;
        }
        all.push({ kind, resource, name, finalizers, managers });
      }
    }
    return all;
  };

  const stateOf = async (deployment: string) => {
    const [where = "", name = ""] = deployment.split("/");
    const path = `/apis/apps/v1/namespaces/${where}/deployments/${name}`;
    try {
      const found = await get<{ status?: { readyReplicas?: number } }>(path);
      if (found === undefined) return "which is not installed";
      return (found.status?.readyReplicas ?? 0) > 0 ? "which runs" : "which does NOT run";
    } catch {
      return "";
    }
  };

  const described = async ({ kind, resource, name, finalizers, managers }: Found, seconds: number) => {
    const what = `${kind} ${namespace}/${name} is deleted since ${seconds} s and still there`;
    if (finalizers.length === 0) return `${what}: it has no finalizer; the kubelet of its node has to end it`;
    const reasons: string[] = [];
    for (const finalizer of finalizers) {
      const owner = owners.find((each) => finalizer.startsWith(each.finalizer));
      if (owner === undefined) {
        const by =
          managers[finalizer] === undefined ? "whoever has set it" : `${managers[finalizer]}, which has set it`;
        reasons.push(`finalizer ${finalizer} waits for ${by}`);
        continue;
      }
      const { deployment, controller, when } = owner;
      const state = deployment === undefined ? "" : ` (${deployment}, ${await stateOf(deployment)})`;
      reasons.push(`finalizer ${finalizer} is taken away by ${controller}${state} when ${when}`);
    }
    const [first] = owners.filter((each) => finalizers.some((own) => own.startsWith(each.finalizer)));
    const logs = first?.deployment?.replace("/", " deployment/");
    const look = logs === undefined ? "" : `see \`kubectl logs -n ${logs}\`; `;
    const force = `kubectl patch ${resource} -n ${namespace} ${name} --type=merge -p '{"metadata":{"finalizers":null}}'`;
    return `${what}: ${reasons.join("; ")} — ${look}if that never comes back, \`${force}\` gives up what it stands for`;
  };

  /** Kinds that wait for others: named only where nothing else is in the way. */
  const parents = [
    "Cluster",
    "MachineDeployment",
    "MachineSet",
    "Machine",
    "KamajiControlPlane",
    "KubeadmControlPlane",
  ];

  const watch = async () => {
    const begin = Date.now();
    const now = () => (Date.now() - begin) / 1000;
    const since = new Map<string, number>();
    const said = new Map<string, number>();
    const conditions = new Set<string>();
    let busy = 0;
    let places: Awaited<ReturnType<typeof collections>> = [];
    let waiting: Found[] = [];
    for (let failures = 0; ; await wait(patience.poll)) {
      try {
        const space = await get<{
          metadata: { deletionTimestamp?: string };
          status?: { conditions?: { type: string; status: string; message: string }[] };
        }>(`/api/v1/namespaces/${namespace}`);
        if (space === undefined || (await get(until)) === undefined) return;
        if (places.length === 0) places = await collections();
        waiting = await terminating(places);
        failures = 0;
        if (waiting.length > 0 || space.metadata.deletionTimestamp !== undefined) busy = now();
        for (const { type, status, message } of space.status?.conditions ?? []) {
          if (status !== "True" || !type.endsWith("Failure") || conditions.has(message)) continue;
          conditions.add(message);
          process.stderr.write(`Namespace ${namespace} cannot go: ${message}\n`);
        }
      } catch {
        // the API of the management cluster may restart; where it does not come back, all deletions say so
        if (++failures > 12) return;
        continue;
      }
      const keys = new Map(waiting.map((each) => [`${each.resource}/${each.name}`, each]));
      for (const key of [...since.keys()].filter((each) => !keys.has(each))) since.delete(key);
      for (const key of keys.keys()) if (!since.has(key)) since.set(key, now());
      const late = [...keys].filter(([key]) => now() - (since.get(key) ?? 0) >= patience.first);
      const causes = late.filter(([, { kind }]) => !parents.includes(kind));
      for (const [key, found] of causes.length > 0 ? causes : late) {
        if (now() - (said.get(key) ?? -Infinity) < patience.again) continue;
        said.set(key, now());
        process.stderr.write(`${await described(found, Math.round(now() - (since.get(key) ?? 0)))}\n`);
      }
      if (now() - busy >= patience.idle) return;
      if (now() >= most) {
        process.exitCode = 1;
        return;
      }
    }
  };
  void watch();
}
