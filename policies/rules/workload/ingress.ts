import { parameters, names } from "../../engine/parameters";
import { object } from "../../engine/library/examples";
import { isFields } from "../../engine/remediation";
import { objectRule, stackRule } from "../../engine/rule";
import type { Stack } from "../../engine/stack";
import type { Target } from "../../engine/target";
import type { View } from "../../engine/view";

/** What leads from outside to a service by name: Ingress and HTTPRoute. */

const INGRESS = "networking.k8s.io/Ingress";
const ROUTES = [INGRESS, "gateway.networking.k8s.io/HTTPRoute"];

const backend = { service: { name: "web", port: { number: 80 } } };
const paths = { http: { paths: [{ path: "/", pathType: "Prefix", backend }] } };

const ingress = (spec: object = {}, metadata: Readonly<Record<string, unknown>> = {}) =>
  object(
    "networking.k8s.io/v1",
    "Ingress",
    {
      spec: {
        tls: [{ hosts: ["shop.example.com"], secretName: "shop-tls" }],
        rules: [{ host: "shop.example.com", ...paths }],
        ...spec,
      },
    },
    metadata,
  );

const ALLOW_HTTP = ["kubernetes.io/ingress.allow-http", "ingress.kubernetes.io/allow-http"];

export const tls = objectRule({
  id: "ingress-tls",
  group: "workload",
  title: "Ingress TLS",
  severity: "high",
  references: ["C-0263", "gatekeeper k8shttpsonly"],
  kinds: [INGRESS],
  fix: "add the host to spec.tls with a secretName, e.g. one that cert-manager fills",
  docs: {
    why: "Without TLS passwords and sessions are sent unencrypted over every network on the way.",
    pass: ingress(),
    fail: ingress({ tls: undefined }),
  },
  *check({ spec, annotations }) {
    const section = spec.field("tls");
    const entries = section.items();
    const hosts = entries.flatMap((entry) => entry.field("hosts").items());
    const covered = hosts.flatMap((host) => host.text ?? []);
    // an entry without hosts is for every host of the ingress
    const all = entries.some((entry) => entry.field("hosts").items().length === 0 && !entry.field("hosts").unreadable);
    if (entries.length === 0) {
      yield { at: section, message: "the hosts are served without TLS" };
    } else if (!all) {
      for (const rule of spec.field("rules").items()) {
        const host = rule.field("host");
        const name = host.word;
        if (name === undefined || covered.some((each) => covers(each, name))) continue;
        yield { at: host, message: `${name} is served without TLS`, missing: true };
      }
    }
    for (const name of ALLOW_HTTP) {
      const value = annotations.field(name);
      if (value.is("true") || value.is(true)) yield { at: value, message: "plain HTTP is asked for" };
    }
  },
});

function covers(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  return pattern.startsWith("*.") && host.slice(host.indexOf(".")) === pattern.slice(1);
}

/** Hosts of an Ingress or HTTPRoute; the list itself where it says none. */
function hostsOf({ key, spec }: Target): readonly View[] {
  if (key !== INGRESS) {
    const names = spec.field("hostnames");
    return names.items().length > 0 ? names.items() : [names];
  }
  const rules = spec.field("rules").items();
  return rules.length > 0 ? rules.map((rule) => rule.field("host")) : [spec.field("rules")];
}

const WILDCARDS = parameters("ingress-wildcard-host", (z) => ({
  hosts: names(z).describe("Wildcard hosts that are meant."),
}));

export const wildcardHost = objectRule({
  id: "ingress-wildcard-host",
  group: "workload",
  title: "No wildcard host",
  severity: "medium",
  references: ["gatekeeper k8sblockwildcardingress", "Capsule"],
  kinds: ROUTES,
  fix: "name the host, or list the wildcard in the parameter `hosts`",
  params: WILDCARDS,
  docs: {
    why: "A route without a host, or with a wildcard, receives the requests of every host that no other route claims, also those of other tenants.",
    pass: ingress(),
    fail: ingress({ rules: [{ host: "*.example.com", ...paths }] }),
  },
  *check(target, settings) {
    const { hosts: allowed = [] } = WILDCARDS.of(settings);
    for (const host of hostsOf(target)) {
      const { text } = host;
      if (text === undefined || text === "")
        yield { at: host, message: "no host is named: it receives requests for all of them" };
      else if (text.includes("*") && !allowed.includes(text))
        yield { at: host, message: `${text} receives requests for hosts of others` };
    }
  },
});

export const hostUnique = stackRule({
  id: "ingress-host-unique",
  group: "workload",
  title: "Host owned once",
  severity: "high",
  references: ["gatekeeper k8suniqueingresshost", "Capsule"],
  types: ROUTES,
  fix: "use a host of your own, or one Ingress for both paths",
  docs: {
    why: "When two namespaces claim one host and path the controller decides which of them gets the requests and the sessions.",
    pass: {
      resources: [ingress(), ingress({ rules: [{ host: "blog.example.com", ...paths }] }, { namespace: "blog" })],
    },
    fail: { resources: [ingress(), ingress({}, { namespace: "blog" })] },
  },
  *check(stack) {
    const claims = claimsOf(stack);
    for (const same of claims.values()) {
      const namespaces = new Set(same.map(({ namespace }) => namespace));
      if (namespaces.size < 2) continue;
      for (const { at, what } of same)
        yield { at, message: `${what} is claimed by ${[...namespaces].sort().join(" and ")}` };
    }
  },
});

interface Claim {
  readonly at: View;
  readonly what: string;
  readonly namespace: string;
}

function claimsOf(stack: Stack): ReadonlyMap<string, Claim[]> {
  const claims = new Map<string, Claim[]>();
  for (const target of stack.all(...ROUTES)) {
    const namespace = target.namespace.text ?? "default";
    for (const { host, path } of placesOf(target)) {
      const name = host.text?.toLowerCase();
      if (name === undefined || name === "") continue;
      const what = `${name}${path}`;
      claims.set(what, [...(claims.get(what) ?? []), { at: host, what, namespace }]);
    }
  }
  return claims;
}

function placesOf({ key, spec }: Target): { readonly host: View; readonly path: string }[] {
  const orRoot = (found: string[]) => (found.length === 0 ? ["/"] : [...new Set(found)]);
  if (key === INGRESS) {
    return spec
      .field("rules")
      .items()
      .flatMap((rule) => {
        const found = rule
          .at("http", "paths")
          .items()
          .map((path) => path.field("path").text ?? "/");
        return orRoot(found).map((path) => ({ host: rule.field("host"), path }));
      });
  }
  const matches = spec
    .field("rules")
    .items()
    .flatMap((rule) => rule.field("matches").items());
  const found = orRoot(matches.map((match) => match.at("path", "value").text ?? "/"));
  return spec
    .field("hostnames")
    .items()
    .flatMap((host) => found.map((path) => ({ host, path })));
}

/** Annotations whose text becomes configuration of the proxy, by their last part. */
const SNIPPET = /-snippets?$/;
/** Annotations that a proxy built on nginx reads. */
const PROXY = /ingress|nginx\.(?:org|com)\//;
/** What the value of any of them smuggles in: other directives of nginx (CVE-2021-25746), files that only it has. */
const ESCAPES =
  /\balias\s|\balias;|(?:^|[\s;{])root\s[^;]{0,200};|_by_lua|\/etc\/(?:passwd|shadow|group|nginx|ingress-controller)|\/var\/run\/secrets/;
const ALIAS = /\/server-alias$/;
/** Annotations whose text stands in one directive of the proxy, and the characters that end the directive. */
const QUOTED = /\/(?:auth-url|auth-signin|auth-tls-match-cn|mirror-target|mirror-host)$/;
const ENDS_DIRECTIVE = /[\r\n<>"{}|^`\\;#]/;

/** Whether an annotation of an Ingress becomes configuration of the proxy beyond what it is for. */
function injects(name: string, value: () => unknown): boolean {
  return (
    SNIPPET.test(name) ||
    (QUOTED.test(name) && ENDS_DIRECTIVE.test(String(value()))) ||
    (PROXY.test(name) && ESCAPES.test(String(value())))
  );
}

export const snippets = objectRule({
  id: "ingress-snippets",
  group: "workload",
  title: "No snippet annotation",
  severity: "critical",
  references: ["CVE-2021-25742", "CVE-2025-1974", "CKV_K8S_152", "CKV_K8S_153", "CKV_K8S_154"],
  kinds: [INGRESS],
  fix: "remove the annotation",
  docs: {
    why: "The text of a snippet becomes configuration of the shared proxy: it reads the proxy's account and with it every Secret of the cluster.",
    pass: ingress(),
    fail: ingress({}, { annotations: { "nginx.ingress.kubernetes.io/configuration-snippet": "return 200;" } }),
  },
  remediate({ object: { metadata } }) {
    const annotations = isFields(metadata) ? metadata["annotations"] : undefined;
    if (!isFields(annotations)) return;
    for (const [name, value] of Object.entries(annotations)) {
      if (injects(name, () => value) || ALIAS.test(name)) delete annotations[name];
    }
  },
  *check({ annotations }) {
    for (const [name, value] of annotations.entries()) {
      if (injects(name, () => value.word))
        yield { at: value, message: "its text becomes configuration of the shared proxy" };
      else if (ALIAS.test(name)) yield { at: value, message: "it claims hosts that no rule names" };
    }
  },
});
