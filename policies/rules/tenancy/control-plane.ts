import { parameters, textsByName } from "../../engine/parameters";
import { SUPPORTED_VERSIONS, parseMinor, parsePatchVersion } from "../../engine/versions";
import { elements, section } from "../../engine/remediation";
import type { Settings } from "../../engine/settings";
import type { Violation } from "../../engine/rule";
import { flagFault, flagsOf } from "../../engine/library/flags";
import { kamajiControlPlane } from "./examples";
import { COMPONENTS, type HostedControlPlane } from "./hosted";
import { hostedRule } from "./hosted-rule";

export const extraArgs = hostedRule({
  id: "kamaji-extra-args",
  group: "tenancy",
  title: "API server flags safe",
  severity: "critical",
  references: ["CIS 1.2", "CIS 1.3", "CIS 1.4"],
  fix: "remove the flag or give it the safe value",
  docs: {
    why: "Flags can disable what protects a control plane: authentication, authorization, admission, TLS. Kamaji passes them on unchanged.",
    pass: kamajiControlPlane({
      apiServer: { extraArgs: ["--anonymous-auth=false", "--tls-min-version=VersionTLS13"] },
    }),
    fail: kamajiControlPlane({ apiServer: { extraArgs: ["--anonymous-auth=true"] } }),
  },
  *check({ extraArgs: argsOf }) {
    for (const component of COMPONENTS) {
      for (const flag of flagsOf(argsOf(component))) {
        const fault = flagFault(flag, component);
        if (fault !== undefined) yield { at: flag.at, message: `--${flag.name}=${flag.value.slice(0, 80)}: ${fault}` };
      }
    }
  },
  remediate: ({ key, object }) => {
    const spec = section(object, "spec") ?? {};
    const tenant = key.endsWith("TenantControlPlane");
    for (const component of COMPONENTS) {
      const [holder, name] = tenant
        ? [extraArgsOf(spec), component]
        : [spec[component] as Record<string, unknown> | undefined, "extraArgs"];
      if (typeof holder !== "object" || holder === null || !Array.isArray(holder[name])) continue;
      holder[name] = (holder[name] as unknown[]).map((argument) =>
        typeof argument === "string" && /^--?profiling(?:=(?!false$).*)?$/i.test(argument)
          ? "--profiling=false"
          : argument,
      );
    }
  },
});

function extraArgsOf(spec: Record<string, unknown>): Record<string, unknown> | undefined {
  const holder = (spec["controlPlane"] as { deployment?: { extraArgs?: unknown } } | undefined)?.deployment?.extraArgs;
  return typeof holder === "object" && holder !== null ? (holder as Record<string, unknown>) : undefined;
}

/** Two API servers survive one node; where production is said, three survive one while another is updated. */
function wantedReplicas({ tier, tierGiven }: Settings): number {
  return tierGiven && tier === "production" ? 3 : 2;
}

export const replicas = hostedRule({
  id: "kamaji-replicas",
  group: "tenancy",
  title: "Control plane replicas",
  severity: "high",
  references: ["Kubernetes high availability"],
  fix: "set replicas to 2 (3 in production) and spread them over nodes by topologySpreadConstraints",
  docs: {
    why: "A control plane of one pod is unavailable while its node is drained. Two pods on one node are no better. None at all is a cluster that sleeps, by choice.",
    pass: kamajiControlPlane(),
    fail: kamajiControlPlane({ replicas: 1 }),
  },
  *check({ template, replicas: count, deployment: holder }, settings) {
    const wanted = wantedReplicas(settings);
    // the number of a template comes from the Cluster; two is what Kamaji takes where nothing is said
    const given = count.present ? count.number : 2;
    // none at all is a cluster that sleeps
    if (!template && given !== 0 && (given === undefined || given < wanted)) {
      yield { at: count, message: `${given ?? "?"} of ${wanted} API servers` };
    }
    const spread = holder.field("topologySpreadConstraints");
    const apart = holder.at("affinity", "podAntiAffinity");
    if (spread.items().length === 0 && !apart.present) {
      yield { at: spread, message: "all API servers may run on one node", unless: [apart] };
    }
  },
  remediate: ({ key, object, settings }) => {
    const spec = section(object, "spec");
    if (spec === undefined || key.endsWith("Template")) return;
    const tenant = key.endsWith("TenantControlPlane");
    const plane = tenant ? section(spec, "controlPlane") : spec;
    const holder = plane === undefined ? undefined : section(plane, "deployment");
    if (holder === undefined) return;
    const counted = tenant ? holder : spec;
    const count = counted["replicas"];
    const wanted = wantedReplicas(settings);
    if (count === undefined || count === null || (typeof count === "number" && count !== 0 && count < wanted))
      counted["replicas"] = wanted;
    const apart = (holder["affinity"] as { podAntiAffinity?: unknown } | undefined)?.podAntiAffinity;
    const spread = holder["topologySpreadConstraints"];
    if (apart !== undefined || elements(holder, "topologySpreadConstraints").length > 0) return;
    if (spread !== undefined && spread !== null && !Array.isArray(spread)) return;
    const { name } = (object["metadata"] ?? {}) as { name?: unknown };
    holder["topologySpreadConstraints"] = [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "kamaji.clastix.io/name": name } },
      },
    ];
  },
});

export const loadBalancerSources = hostedRule({
  id: "kamaji-lb-sources",
  group: "tenancy",
  title: "API endpoint restricted",
  severity: "high",
  references: ["CIS 1.2"],
  fix: "set loadBalancerSourceRanges to the networks that use the API, or serviceType ClusterIP; and name the endpoint in certSANs",
  docs: {
    why: "An API server that is open to the internet is attacked from the internet. A node port opens it on every node, without the load balancer. If the certificate has no name for the endpoint, clients have to disable verification.",
    pass: kamajiControlPlane(),
    fail: kamajiControlPlane({ network: { serviceType: "LoadBalancer", certSANs: ["acme.example"] } }),
  },
  *check({ target, serviceType, sourceRanges, certSANs }) {
    // Cluster API's kind makes a load balancer where nothing is said; Kamaji's own has to say
    const type = serviceType.present
      ? serviceType.text
      : target.key.startsWith("controlplane.")
        ? "LoadBalancer"
        : undefined;
    if (type === "NodePort") yield { at: serviceType, message: "the API is open on every node" };
    if (type === "LoadBalancer") {
      const ranges = sourceRanges.items();
      if (ranges.length === 0) yield { at: sourceRanges, message: "everybody may connect", unless: [serviceType] };
      for (const range of ranges) {
        if (/\/0+$/.test(range.text ?? "")) yield { at: range, message: "everybody may connect" };
      }
    }
    if (certSANs.items().length === 0) yield { at: certSANs, message: "the certificate has no name for the endpoint" };
  },
});

/** How far the tunnel may stay behind the cluster: images appear after the version they are for. */
const TUNNEL_BEHIND = 3;

export const konnectivity = hostedRule({
  id: "kamaji-konnectivity",
  group: "tenancy",
  title: "Konnectivity on and pinned",
  severity: "medium",
  references: ["Kamaji konnectivity"],
  fix: "set addons.konnectivity, with versions v0.<minor>.<patch> of the cluster's minor, and leave hostNetwork off",
  docs: {
    why: "The API server cannot reach pods in the tenant's own network. Without the tunnel webhooks, logs and aggregated APIs fail, and a common workaround is to open the network.",
    pass: kamajiControlPlane(),
    fail: kamajiControlPlane({ addons: { coreDNS: {} } }),
  },
  *check({ konnectivity: tunnel, version }) {
    if (!tunnel.present) return yield { at: tunnel, message: "the API server cannot reach the tenant's network" };
    const host = tunnel.at("agent", "hostNetwork");
    if (host.on) yield { at: host, message: "the agent runs in the network of its node" };
    const minor = parseMinor(version.text);
    for (const side of ["server", "agent"]) {
      const own = tunnel.at(side, "version");
      const image = tunnel.at(side, "image");
      if (/:latest$/.test(image.text ?? "")) yield { at: image, message: "the image can change: its tag is latest" };
      // left out, Kamaji takes the one of the cluster's minor
      if (own.text === undefined || own.text === "") continue;
      const given = /^v?0\.(\d+)\.\d+$/.exec(own.text)?.[1];
      if (given === undefined) yield { at: own, message: `${own.text} is no exact version` };
      else if (minor !== undefined && (Number(given) > minor || minor - Number(given) > TUNNEL_BEHIND)) {
        yield { at: own, message: `${own.text} does not fit Kubernetes 1.${minor}`, unless: [version] };
      }
    }
  },
});

const VERSION_PARAMS = parameters("kamaji-version", (z) => ({
  deployed: textsByName(z).describe("Version that runs now, by `<namespace>/<name>` of the control plane."),
}));

export const version = hostedRule({
  id: "kamaji-version",
  group: "tenancy",
  title: "Version allowed",
  severity: "high",
  references: ["Kubernetes version skew policy"],
  fix: `set an exact version v1.<minor>.<patch> of a supported minor, one minor above what runs at most`,
  params: VERSION_PARAMS,
  docs: {
    why: "A version outside the window gets no fixes, or is one that Kamaji cannot start. A minor that is skipped, or a downgrade, leaves state in the DataStore that the API server does not read.",
    pass: kamajiControlPlane({ version: "v1.34.1" }),
    fail: kamajiControlPlane({ version: "v1.34" }),
  },
  *check(controlPlane, settings) {
    const { template, version: wanted } = controlPlane;
    if (template && !wanted.present) return;
    const parsed = wanted.text?.startsWith("v") === true ? parsePatchVersion(wanted.text) : undefined;
    if (parsed === undefined) return yield { at: wanted, message: `"${String(wanted.value)}" is no exact version` };
    const { oldest, newest } = SUPPORTED_VERSIONS;
    if (parsed.minor < oldest || parsed.minor > newest) {
      return yield { at: wanted, message: `1.${parsed.minor} is outside 1.${oldest} to 1.${newest}` };
    }
    yield* stepFaults(controlPlane, parsed, settings);
  },
});

/** What runs now is not part of the resource; a check that knows it says so by parameter `deployed`. */
function* stepFaults(
  { target, version: wanted }: HostedControlPlane,
  parsed: { readonly minor: number; readonly patch: number },
  settings: Settings,
): Generator<Violation> {
  const { deployed = {} } = VERSION_PARAMS.of(settings);
  const name = `${target.namespace.text ?? ""}/${target.name.text ?? ""}`;
  const running = Object.hasOwn(deployed, name) ? deployed[name] : undefined;
  const now = parsePatchVersion(running);
  if (now === undefined) return;
  if (parsed.minor > now.minor + 1) yield { at: wanted, message: `it skips a minor: ${running ?? ""} runs` };
  const back = parsed.minor < now.minor || (parsed.minor === now.minor && parsed.patch < now.patch);
  if (back) yield { at: wanted, message: `it is a downgrade: ${running ?? ""} runs` };
}
