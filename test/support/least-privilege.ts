import * as https from "node:https";
import { clientOf } from "../../components/kubernetes/kubeconfig";
import type { PolicyRule } from "../../components/kubernetes/rbac";

/*
 * What an account may do, by the word of the API server itself: one SelfSubjectAccessReview for each verb on each resource
 * that it lists, compared with the rules that it should have.
 */

/** A rule and where it holds: in one namespace, or everywhere. */
export interface GrantedRule extends PolicyRule {
  readonly namespace?: string;
}

/** A resource or subresource, such as pods/eviction. */
export interface ApiResource {
  readonly group: string;
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** One thing that somebody might do. */
export interface Question {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  /** Default: all namespaces, or none. */
  readonly namespace?: string;
  /** Default: any object. */
  readonly name?: string;
}

/** What every account may do, by Kubernetes' own role system:basic-user: ask about itself. */
const EVERYBODY: readonly GrantedRule[] = [
  { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
  {
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    verbs: ["create"],
  },
];

/** What no verb of discovery shows: acting as others, and giving more rights than one has. */
const BEYOND: readonly Question[] = [
  { group: "", resource: "users", verb: "impersonate" },
  { group: "", resource: "groups", verb: "impersonate" },
  { group: "", resource: "serviceaccounts", verb: "impersonate" },
  ...["bind", "escalate"].flatMap((verb) =>
    ["roles", "clusterroles"].map((resource) => ({ group: "rbac.authorization.k8s.io", resource, verb })),
  ),
  { group: "certificates.k8s.io", resource: "signers", verb: "approve" },
  { group: "certificates.k8s.io", resource: "signers", verb: "sign" },
];

/** All that can be asked of resources in these namespaces and in none, and by name where rules have names. */
export function questions(
  resources: readonly ApiResource[],
  rules: readonly GrantedRule[],
  namespaces: readonly string[],
): Question[] {
  const places = [undefined, ...namespaces];
  const at = (place: string | undefined) => (place === undefined ? {} : { namespace: place });
  const listed = resources.flatMap(({ group, resource, namespaced, verbs }) =>
    (namespaced ? places : [undefined]).flatMap((place) =>
      verbs.map((verb) => ({ group, resource, verb, ...at(place) })),
    ),
  );
  // what is not served now may be tomorrow: rights to it count too
  const stated = rules.flatMap(({ apiGroups, resources: named, verbs, resourceNames = [] }) =>
    apiGroups.flatMap((group) =>
      named.flatMap((resource) =>
        verbs.flatMap((verb) =>
          places.flatMap((place) =>
            [{}, ...["another", ...resourceNames].map((name) => ({ name }))].map((name) => ({
              group,
              resource,
              verb,
              ...at(place),
              ...name,
            })),
          ),
        ),
      ),
    ),
  );
  return [...new Map([...listed, ...stated, ...BEYOND].map((each) => [textOf(each), each])).values()];
}

/** Whether rules allow something, as RBAC reads them. */
export function allows(rules: readonly GrantedRule[], asked: Question): boolean {
  return [...rules, ...EVERYBODY].some(
    ({ apiGroups, resources, verbs, resourceNames, namespace }) =>
      apiGroups.includes(asked.group) &&
      resources.includes(asked.resource) &&
      verbs.includes(asked.verb) &&
      (namespace === undefined || namespace === asked.namespace) &&
      (resourceNames === undefined || (asked.name !== undefined && resourceNames.includes(asked.name))),
  );
}

export function textOf({ group, resource, verb, namespace, name }: Question): string {
  const what = `${verb} ${group === "" ? resource : `${resource}.${group}`}`;
  return `${what}${name === undefined ? "" : ` ${name}`} in ${namespace ?? "all namespaces"}`;
}

/** An API server, as the owner of a token or, without one, as the administrator of the kubeconfig. */
export class AccountApi {
  private readonly options: https.RequestOptions;
  private readonly host: string;

  constructor(kubeconfig: string, token?: string) {
    const { host, caCertificate, clientCertificate, clientKey } = clientOf(kubeconfig);
    const decoded = (text: string) => Buffer.from(text, "base64");
    this.host = host;
    this.options = {
      agent: new https.Agent({ keepAlive: true, maxSockets: 16 }),
      ca: decoded(caCertificate),
      ...(token === undefined ? { cert: decoded(clientCertificate), key: decoded(clientKey) } : {}),
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    };
  }

  /** Answers that are no JSON, or another status than 2xx, are errors. */
  call(method: "GET" | "POST", at: string, body?: object, accept = "application/json"): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.options.headers, accept };
      const call = https.request(`${this.host}${at}`, { ...this.options, headers, method }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => {
          const { statusCode = 0 } = response;
          if (statusCode > 299) return reject(new Error(`${method} ${at}: ${statusCode} ${text}`));
          resolve(JSON.parse(text));
        });
      });
      call.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  /** Everything that the API server lists, in whatever version: rights know none. */
  async resources(): Promise<ApiResource[]> {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const lists = await Promise.all(["/api", "/apis"].map((at) => this.call("GET", at, undefined, accept)));
    const groups = lists.flatMap((each) => (each as Discovery).items);
    const found = groups.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ resources = [] }) =>
        resources.flatMap(({ resource, scope, verbs, subresources }) => {
          const of = { group: metadata?.name ?? "", namespaced: scope === "Namespaced" };
          return [
            // one that only has subresources says no verbs
            { ...of, resource, verbs: verbs ?? [] },
            ...(subresources ?? []).map((sub) => ({
              ...of,
              resource: `${resource}/${sub.subresource}`,
              verbs: sub.verbs ?? [],
            })),
          ];
        }),
      ),
    );
    const merged = new Map<string, ApiResource>();
    for (const each of found) {
      const key = `${each.resource}.${each.group}`;
      const verbs = [...new Set([...(merged.get(key)?.verbs ?? []), ...each.verbs])];
      merged.set(key, { ...each, verbs });
    }
    return [...merged.values()];
  }

  async may({ group, resource: whole, verb, namespace, name }: Question): Promise<boolean> {
    const [resource, subresource] = whole.split("/");
    const review = await this.call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectAccessReview",
      spec: { resourceAttributes: { group, resource, subresource, verb, namespace, name } },
    });
    return (review as { status: { allowed: boolean } }).status.allowed;
  }
}

interface Discovery {
  readonly items: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions: readonly {
      readonly resources?: readonly {
        readonly resource: string;
        readonly scope: "Namespaced" | "Cluster";
        readonly verbs?: readonly string[] | null;
        readonly subresources?: readonly { readonly subresource: string; readonly verbs?: readonly string[] | null }[];
      }[];
    }[];
  }[];
}

/** Where an account may do more or less than rules say. */
export interface Difference {
  readonly more: readonly string[];
  readonly less: readonly string[];
  /** How much was asked. */
  readonly asked: number;
}

/**
 * Asks an API server everything of an account.
 *
 * @param namespaces its own ones, and those of others.
 */
export async function difference(
  api: AccountApi,
  resources: readonly ApiResource[],
  rules: readonly GrantedRule[],
  namespaces: readonly string[],
): Promise<Difference> {
  const all = questions(resources, rules, namespaces);
  const answers = await Promise.all(all.map(async (each) => ({ each, allowed: await api.may(each) })));
  const wrong = (allowed: boolean) =>
    answers
      .filter((answer) => answer.allowed === allowed && allows(rules, answer.each) !== allowed)
      .map(({ each }) => textOf(each));
  return { more: wrong(true), less: wrong(false), asked: all.length };
}
